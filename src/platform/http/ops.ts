import { timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pendingMigrations } from '#platform/db/migrate';
import type { Platform } from '#platform/platform';

type OpsPlatform = Pick<Platform, 'clock' | 'config' | 'db' | 'log' | 'metrics' | 'queue'>;

/** Longest time for one check of readiness: below the time-outs of the usual probes. */
const checkMs = 2_000;

/** How long an answer about readiness is given again: anybody may ask, and each check costs the database. */
const keptMs = 1_000;

/** Answers /health/live, /health/ready and /metrics; false: the request is for something else. */
export async function answerOps(platform: OpsPlatform, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  switch ((request.url ?? '/').split('?', 1)[0]) {
    case '/health/live':
      sendJson(response, 200, { status: 'live' });
      return true;
    case '/health/ready': {
      const checks = await keptReadiness(platform);
      const ready = checks.database === 'ok' && checks.migrations === 'ok';
      sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'unavailable', checks });
      return true;
    }
    case '/metrics':
      await sendMetrics(platform, request, response);
      return true;
    default:
      return false;
  }
}

/** Health and metrics alone on a port of their own: for processes that serve nothing else. Port 0: any free one. */
export async function startOpsServer(platform: OpsPlatform, port: number): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answerOps(platform, request, response).then(
      (answered) => answered || sendJson(response, 404, { errors: [{ message: 'There is nothing at this address.' }] }),
      (error: unknown) => {
        platform.log.error({ err: error, path: request.url }, 'a request for health or metrics failed');
        sendJson(response, 500, { errors: [{ message: 'Something went wrong here.' }] });
      },
    );
  });
  await listen(server, port, platform.config.http.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Listens, or rejects with why it cannot. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

interface Readiness {
  readonly database: 'ok' | 'away';
  readonly migrations: 'ok' | 'pending' | 'unknown';
  /** Reported, not required: without Redis runs are pulled from PostgreSQL. */
  readonly queue: 'ok' | 'away';
}

/** Databases that had every migration: they do not lose one. */
const migrated = new WeakSet<OpsPlatform['db']>();

interface Kept {
  readonly checks: Promise<Readiness>;
  /** Of the clock's elapsed time; infinite while the check is under way. */
  until: number;
}

const kept = new WeakMap<OpsPlatform, Kept>();

function keptReadiness(platform: OpsPlatform): Promise<Readiness> {
  const { clock } = platform;
  const known = kept.get(platform);
  if (known !== undefined && clock.elapsed() < known.until) return known.checks;
  const checks = readiness(platform);
  const entry: Kept = { checks, until: Infinity };
  kept.set(platform, entry);
  void checks.finally(() => (entry.until = clock.elapsed() + keptMs));
  return checks;
}

async function readiness({ config, db, queue }: OpsPlatform): Promise<Readiness> {
  const [database, migrations, depth] = await Promise.all([
    within(db.sql.query({ name: 'ops.ping', text: 'SELECT 1' }, [])).then(
      () => 'ok' as const,
      () => 'away' as const,
    ),
    within(hasAllMigrations(config.database.url, db)).then(
      (all) => (all ? ('ok' as const) : ('pending' as const)),
      () => 'unknown' as const,
    ),
    within(queue.depth()).catch(() => null),
  ]);
  return { database, migrations, queue: depth === null ? 'away' : 'ok' };
}

async function hasAllMigrations(url: string, db: OpsPlatform['db']): Promise<boolean> {
  if (migrated.has(db)) return true;
  const all = (await pendingMigrations(url)).length === 0;
  if (all) migrated.add(db);
  return all;
}

function within<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkMs} ms`)), checkMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function sendMetrics({ config, metrics }: OpsPlatform, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { host, metricsToken } = config.http;
  if (metricsToken === null ? !isLoopbackName(host) || !isLoopback(request) : !hasToken(request, metricsToken)) {
    // Whoever may not read them learns no more than that.
    sendJson(response, metricsToken === null ? 403 : 401, { errors: [{ message: 'Metrics are not for this caller.' }] });
    return;
  }
  const body = await metrics.registry.metrics();
  response.writeHead(200, { 'content-type': metrics.registry.contentType, 'cache-control': 'no-store' }).end(body);
}

/** A proxy on this machine is loopback too: what it passes on is not, and says so by a header or by the name that was asked for. */
function isLoopback({ headers, socket }: IncomingMessage): boolean {
  const address = socket.remoteAddress ?? '';
  const local = address === '::1' || /^(::ffff:)?127\./.test(address);
  const name = (headers.host ?? '').replace(/:\d+$/, '');
  return local && isLoopbackName(name) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}

/** Without a port. */
function isLoopbackName(name: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(name);
}

function hasToken({ headers: { authorization = '' } }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(authorization);
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(JSON.stringify(body));
}

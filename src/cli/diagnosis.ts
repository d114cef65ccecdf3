import { pendingEvents } from '#domain/event/event.pending';
import { type StuckReason, stuckRuns } from '#domain/run/run.invariant';
import { systemClock } from '#platform/clock';
import type { Config } from '#platform/config/config';
import { type Database, openDatabase } from '#platform/db/database';
import { pendingMigrations } from '#platform/db/migrate';
import { openRedis } from '#platform/redis/redis';
import { createLog } from '#platform/telemetry/log';
import { secretFindings } from './diagnosis.secrets.js';

export interface Finding {
  readonly health: 'good' | 'odd' | 'wrong';
  readonly what: string;
  readonly seen: string;
  /** What to do; null: nothing. */
  readonly advice: string | null;
}

const good = (what: string, seen: string): Finding => ({ health: 'good', what, seen, advice: null });
const odd = (what: string, seen: string, advice: string): Finding => ({ health: 'odd', what, seen, advice });
const wrong = (what: string, seen: string, advice: string): Finding => ({ health: 'wrong', what, seen, advice });

/** Leases and timers are the database's; a clock that is off only shows wrong times in logs, which people then compare. */
const mostSkewMs = 2_000;
/** Workers look every 2 s; what is still overdue after this was not looked at. */
const graceMs = 30_000;
const answerMs = 5_000;
/** Automations are evaluated within a second; events that one record has many of wait for each other. */
const patientMs = 60_000;

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) return wrong('Node', version, 'Millrace needs Node 20.19 or newer; take 24.');
  if (major < 22) return odd('Node', version, 'Node 20 is past its end of life: it gets no security fixes. Take 24.');
  return good('Node', version);
}

export async function databaseFindings(config: Config): Promise<Finding[]> {
  const db = openDatabase(config.database, { onIdleError: () => undefined });
  try {
    const findings = [await versionOf(db), await skewOf(db)];
    const pending = await pendingMigrations(config.database.url);
    const [first] = pending;
    if (first !== undefined)
      return [...findings, wrong('Migrations', `${pending.length} not applied, the first is ${first}`, 'Run `millrace migrate`.')];
    return [
      ...findings,
      good('Migrations', 'all applied'),
      ...(await runsOf(db)),
      await eventsOf(db),
      ...(await secretFindings(db, config)),
    ];
  } catch (error) {
    // PostgreSQL's "invalid_catalog_name".
    if (error instanceof Error && 'code' in error && error.code === '3D000')
      return [wrong('PostgreSQL', messageOf(error), 'Run `millrace migrate`, which makes it, or check DATABASE_URL.')];
    return [
      wrong('PostgreSQL', `does not answer: ${messageOf(error)}`, 'Check DATABASE_URL, and that the server runs and lets this machine in.'),
    ];
  } finally {
    await db.close();
  }
}

async function versionOf(db: Database): Promise<Finding> {
  const [row] = await db.sql.query<{ number: number; name: string; synchronous: string }>(
    {
      name: 'doctor.version',
      text: `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name, current_setting('synchronous_commit') AS synchronous`,
    },
    [],
  );
  if (row === undefined) throw new Error('PostgreSQL did not tell its version.');
  if (row.number < 140_000) return wrong('PostgreSQL', row.name, 'Millrace needs PostgreSQL 14 or newer.');
  if (row.synchronous === 'off')
    return wrong(
      'PostgreSQL',
      'synchronous_commit is off',
      'A crash of the server would lose runs that were answered: set synchronous_commit = on.',
    );
  return good('PostgreSQL', row.name);
}

async function skewOf(db: Database): Promise<Finding> {
  const before = systemClock.now().getTime();
  const [row] = await db.sql.query<{ now: Date }>({ name: 'doctor.clock', text: 'SELECT clock_timestamp() AS now' }, []);
  const after = systemClock.now().getTime();
  if (row === undefined) throw new Error('PostgreSQL did not tell the time.');
  const skew = Math.round(row.now.getTime() - (before + after) / 2);
  const seen = `${Math.abs(skew)} ms ${skew < 0 ? 'behind' : 'ahead of'} this machine's`;
  return Math.abs(skew) > mostSkewMs
    ? wrong("The database's clock", seen, 'Set both machines by NTP: times in logs and in the graph do not agree.')
    : good("The database's clock", seen);
}

const stuckMeans: Record<StuckReason, string> = {
  NO_LEASE: "are RUNNING in nobody's hands",
  LEASE_OVERDUE: 'are RUNNING, but their worker is gone and no other one took them back',
  UNNAMED_WAIT: 'are WAITING for nothing that has a name',
  NO_TIMER: 'are WAITING for a retry without a time',
  TIMER_OVERDUE: 'are WAITING past their time',
  PAUSE_ENDED: 'are WAITING for a pause that has ended',
  THREAD_IDLE: 'are WAITING for their threads, on which nothing is under way',
  NOT_TAKEN: 'are QUEUED and no worker takes them',
};

/** What any worker would mend. */
const mended: ReadonlySet<StuckReason> = new Set(['LEASE_OVERDUE', 'TIMER_OVERDUE', 'PAUSE_ENDED', 'THREAD_IDLE', 'NOT_TAKEN']);

async function runsOf(db: Database): Promise<Finding[]> {
  const stuck = await stuckRuns(db.sql, graceMs);
  if (stuck.length === 0) return [good('Runs', 'every open run has a lease, a timer, a named wait or a place in dispatch')];
  return stuck.map(({ reason, runs, runId }) => {
    const overdue = mended.has(reason);
    const advice = overdue
      ? 'Start a worker (`npm run start:worker`), or more of them.'
      : 'This must not happen: please report it with the events of that run.';
    return wrong('Runs', `${runs} ${stuckMeans[reason]}, such as run_${runId}`, advice);
  });
}

async function eventsOf(db: Database): Promise<Finding> {
  const { events, held, eventId } = await pendingEvents(db.sql, patientMs);
  if (eventId === null) return good('Events', 'automations are evaluated for all that are older than a minute');
  return wrong(
    'Events',
    `${events} wait for longer than a minute for automations to be evaluated, such as evt_${eventId}${held === 0 ? '' : `; ${held} of them are held back`}`,
    held === 0
      ? 'Start a worker (`npm run start:worker`), or more of them.'
      : 'The queue of a workspace is full: end what is paused, or raise its `maxQueued`. Beyond that: start a worker (`npm run start:worker`), or more of them.',
  );
}

export async function redisFindings(config: Config): Promise<Finding[]> {
  if (config.redis === null)
    return [
      odd('Redis', 'REDIS_URL is not set: the queue runs on PostgreSQL', 'Good for trying Millrace out; set REDIS_URL in production.'),
    ];
  const redis = openRedis(config.redis.url, { name: 'doctor', log: createLog('silent', {}), whenAway: 'wait' });
  const late = AbortSignal.timeout(answerMs);
  const answer = new Promise<never>((_, reject) =>
    late.addEventListener('abort', () => reject(new Error(`no answer within ${answerMs / 1_000} s`))),
  );
  try {
    const text = await Promise.race([redis.info(), answer]);
    const facts = new Map(text.split('\r\n').map((line) => line.split(':', 2) as [string, string]));
    return [redisVersion(facts), evictionOf(facts)];
  } catch (error) {
    return [
      wrong(
        'Redis',
        `does not answer: ${messageOf(error)}`,
        'Check REDIS_URL and that the server runs. Runs are safe meanwhile, only slower.',
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

function redisVersion(facts: ReadonlyMap<string, string>): Finding {
  const valkey = facts.get('valkey_version');
  if (valkey !== undefined) return good('Valkey', valkey);
  const version = facts.get('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2)
    ? good('Redis', version)
    : wrong('Redis', version, 'Millrace needs Redis 6.2 or newer, or Valkey.');
}

function evictionOf(facts: ReadonlyMap<string, string>): Finding {
  const policy = facts.get('maxmemory_policy') ?? 'unknown';
  return policy === 'noeviction'
    ? good('Eviction', policy)
    : wrong('Eviction', `maxmemory-policy is ${policy}`, 'Redis may drop wake-ups, and runs start late: set maxmemory-policy noeviction.');
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

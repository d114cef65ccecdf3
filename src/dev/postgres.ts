import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { type PostgresHome, preparePostgres } from './postgres-home.js';
import { type ServerProcess, commandLine, freePort, run, startServer, stopOrphan } from './server-process.js';

export interface EmbeddedPostgres {
  /** Its database need not exist yet: `migrate` makes it. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Absolute; for this service and its kin alone. */
  readonly dir: string;
  readonly logDir: string;
  /** For one line that the person who starts it should read. */
  readonly note: (line: string) => void;
  /** More settings of PostgreSQL, over ours. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
}

// Fast shutdown, immediate shutdown, and what cannot be ignored (documentation of PostgreSQL, "Shutting Down the Server").
const stopBy = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;

/** A PostgreSQL of our own, on loopback, that keeps its data in `dir`. */
export async function startPostgres(options: ServiceOptions): Promise<EmbeddedPostgres> {
  const place = await preparePostgres(options.dir, options.note);
  const data = path.join(place.home, 'data');
  await stopEarlier(data, options.note);
  const password = await initialise(place, data);
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      const server = await start(place, data, port, password, options);
      return { url: urlOf(port, password, 'millrace'), pid: server.pid, stop: () => server.stop() };
    } catch (error) {
      // Somebody took the port in between.
      if (attempt === 3 || !String(error).includes('could not create any TCP/IP sockets')) throw error;
    }
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
}

function start(place: PostgresHome, data: string, port: number, password: string, options: ServiceOptions): Promise<ServerProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A socket file's path may be too long, and its folder closed.
    unix_socket_directories: '',
    synchronous_commit: 'on',
    max_connections: '200',
    shared_buffers: '128MB',
    timezone: 'UTC',
    ...options.postgresSettings,
  };
  return startServer({
    name: 'PostgreSQL',
    command: path.join(place.programs, 'bin', 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    account: place.account,
    logFile: path.join(options.logDir, 'postgres.log'),
    ready: () => connects(urlOf(port, password, 'postgres')),
    stopBy,
    onLoss: options.note,
  });
}

async function connects(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

/** Makes the data folder when there is none; answers the password of its superuser. */
async function initialise({ account, programs, home }: PostgresHome, data: string): Promise<string> {
  const passwordFile = path.join(home, 'password');
  const made = await stat(path.join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (made) return (await readFile(passwordFile, 'utf8')).trim();

  const password = randomBytes(24).toString('base64url');
  // Made under another name and then renamed, so that an interrupted start leaves nothing half made.
  const draft = path.join(home, 'data.new');
  await rm(draft, { recursive: true, force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account !== null) {
    await chown(passwordFile, account.uid, account.gid);
    await chown(home, account.uid, account.gid);
  }
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  await run(
    path.join(programs, 'bin', 'initdb'),
    ['-D', draft, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', ...locale],
    account,
  );
  await rename(draft, data);
  return password;
}

/** A server on this data folder can only be an orphan: whoever calls this holds the folder's lock. */
async function stopEarlier(data: string, note: (line: string) => void): Promise<void> {
  const pidFile = path.join(data, 'postmaster.pid');
  const [line] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
  const pid = Number(line);
  if (line === undefined || !Number.isSafeInteger(pid) || pid <= 0) return;
  const command = await commandLine(pid);
  if (command === null) return;
  if (command.includes('postgres') && command.includes(` -D ${data} `)) {
    note(`Stopping the PostgreSQL that an earlier start left behind (process ${pid}).`);
    await stopOrphan(pid, stopBy);
  }
  // The number belongs to another program now, and PostgreSQL would take that for a server of this folder.
  else await rm(pidFile);
}

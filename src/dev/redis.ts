import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import type { ServiceOptions } from './postgres.js';
import { commandLine, freePort, startServer, stopOrphan } from './server-process.js';

export interface PrivateRedis {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface RedisServiceOptions extends ServiceOptions {
  /** A new one when absent. */
  readonly password?: string;
  /** Whether a limit on the size of files is an error of its writes, as a full disk is, in place of its end. */
  readonly outlivesFileLimit?: boolean;
}

const stopBy = ['SIGTERM', 'SIGKILL'] as const;
const stateSchema = z.object({ pid: z.number(), port: z.number() });

/** A Redis or Valkey of our own, from `searchPath` (the form of PATH), on loopback, that keeps its data in `dir`; null: there is none. */
export async function startRedis(searchPath: string, options: RedisServiceOptions): Promise<PrivateRedis | null> {
  const command = await findOnPath(['redis-server', 'valkey-server'], searchPath);
  if (command === null) return null;
  const data = path.join(options.dir, 'redis');
  const stateFile = path.join(data, 'server.json');
  await mkdir(data, { recursive: true, mode: 0o700 });
  await stopEarlier(stateFile, options.note);
  const port = await freePort();
  const password = options.password ?? randomBytes(24).toString('base64url');
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: `"${data.replaceAll(/["\\]/g, '\\$&')}"`,
    // No other user of this machine may talk to it.
    requirepass: password,
    daemonize: 'no',
    appendonly: 'yes',
    save: '""',
    'maxmemory-policy': 'noeviction',
  };
  // A file that others cannot read, because a command line can be read by all. Its name also makes room for the address
  // that Redis writes over its arguments, by which an orphan is recognised.
  const settingsFile = path.join(data, 'redis.conf');
  await writeFile(
    settingsFile,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
    { mode: 0o600 },
  );
  const server = await startServer({
    name: 'Redis',
    // A signal that is ignored stays ignored in what the shell becomes.
    ...(options.outlivesFileLimit === true
      ? { command: '/bin/sh', args: ['-c', 'trap "" XFSZ; exec "$0" "$1"', command, settingsFile] }
      : { command, args: [settingsFile] }),
    account: null,
    logFile: path.join(options.logDir, 'redis.log'),
    ready: () => answersPing(port, password),
    stopBy,
    onLoss: options.note,
  });
  const draft = `${stateFile}.new`;
  await writeFile(draft, JSON.stringify({ pid: server.pid, port } satisfies z.infer<typeof stateSchema>));
  await rename(draft, stateFile);
  return { url: `redis://:${password}@127.0.0.1:${port}`, pid: server.pid, stop: () => server.stop() };
}

async function findOnPath(names: readonly string[], searchPath: string): Promise<string | null> {
  for (const name of names)
    for (const folder of searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder))) {
      const file = path.join(folder, name);
      const found = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return file;
    }
  return null;
}

function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (ready: boolean) => {
      resolve(ready);
      socket.destroy();
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      // It refuses commands while it loads its data.
      if (heard.split('\r\n').length > 2) settle(heard.includes('+PONG'));
    });
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
  });
}

/** A server of this folder can only be an orphan: whoever calls this holds the folder's lock. */
async function stopEarlier(stateFile: string, note: (line: string) => void): Promise<void> {
  const state = await readFile(stateFile, 'utf8').then(
    (text) => stateSchema.parse(JSON.parse(text)),
    () => null,
  );
  if (state === null) return;
  const { pid, port } = state;
  const command = await commandLine(pid);
  // Redis shows its address instead of its arguments.
  if (command === null || !/redis|valkey/.test(command) || !command.includes(`127.0.0.1:${port}`)) return;
  note(`Stopping the Redis that an earlier start left behind (process ${pid}).`);
  await stopOrphan(pid, stopBy);
}

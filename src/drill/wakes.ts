import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { DrillServices } from './services.js';
import type { Undo } from './undo.js';
import { present } from './watch.js';

/** Listens to everything that Redis is told, for runs that workers are woken for. */
export interface Wakes {
  /** Runs that were named in a wake-up and looked for at once. */
  readonly seen: number;
  /** Those of them that were not committed. */
  readonly early: number;
}

/** The payload of a job, as MONITOR quotes it. */
const jobPattern = /\{\\"runIds\\":\[([^\]]*)\]/;
const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const againMs = 300;

/** Goes on over restarts of Redis until the undoing. */
export function watchWakes(services: DrillServices, undo: Undo): Wakes {
  let seen = 0;
  let early = 0;
  let closed = false;
  let disconnect: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(runIds: readonly string[]): Promise<void> {
    // While the database is away nothing can be said.
    const there = await present(services, runIds).catch(() => null);
    if (there === null) return;
    seen += runIds.length;
    early += runIds.filter((id) => !there.has(id)).length;
  }

  function again(): void {
    if (!closed) timer = setTimeout(listen, againMs);
  }

  function listen(): void {
    const port = services.redisPort();
    if (port === null) return again();
    const socket = connect({ host: '127.0.0.1', port });
    disconnect = () => socket.destroy();
    socket.on('error', () => socket.destroy());
    socket.once('close', again);
    socket.write(`AUTH ${new URL(services.redisUrl(port)).password}\r\nMONITOR\r\n`);
    createInterface({ input: socket }).on('line', (line) => {
      // What scripts do inside is told once more.
      const ids = line.includes(' lua] ') ? undefined : jobPattern.exec(line)?.[1];
      if (ids !== undefined) void look([...ids.matchAll(idPattern)].map(([id]) => id));
    });
  }
  listen();
  undo.push(() => {
    closed = true;
    clearTimeout(timer);
    disconnect();
    return Promise.resolve();
  });
  return {
    get seen() {
      return seen;
    },
    get early() {
      return early;
    },
  };
}

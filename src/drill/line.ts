import { type Socket, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A way over TCP to a server, on loopback, that can be broken. */
export interface Line {
  readonly port: number;
  /** Connections that were made over it. */
  readonly connections: number;
  /** Ends every connection, and lets none in until it is mended. */
  cut(): void;
  /** Ends every connection; new ones are let in. */
  drop(): void;
  /** Connections stay open and take what is written; nothing arrives at either end, until it is mended. */
  halfOpen(): void;
  /** Everything arrives so much later, in both directions. */
  delay(ms: number): void;
  /**
   * For what commits in PostgreSQL: once the server has answered a request that holds one of these texts, the connection ends in place of
   * the answer, for the given share of such requests.
   */
  swallow(texts: readonly string[], share: () => boolean): void;
  mend(): void;
  close(): Promise<void>;
}

/** The server's port at the moment of a connection; null: it is away. */
export type Target = () => number | null;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** A request that commits is under way, and its answer is to be lost. */
  doomed: boolean;
}

export async function openLine(target: Target): Promise<Line> {
  const pairs = new Set<Pair>();
  let state: 'whole' | 'cut' | 'half-open' = 'whole';
  let delayMs = 0;
  let swallowing: { readonly texts: readonly Buffer[]; readonly share: () => boolean } | null = null;
  let connections = 0;
  const end = (pair: Pair): void => {
    pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  };

  const server = createServer((near) => {
    near.on('error', () => near.destroy());
    const port = state === 'cut' ? null : target();
    if (port === null) return void near.destroy();
    connections += 1;
    const pair: Pair = { near, far: connect({ host: '127.0.0.1', port }), doomed: false };
    pairs.add(pair);
    near.setNoDelay(true);
    pair.far.setNoDelay(true);
    void carry(pair, near, pair.far, (chunk) => {
      if (swallowing !== null && swallowing.texts.some((text) => chunk.includes(text)) && swallowing.share()) pair.doomed = true;
      return true;
    });
    void carry(pair, pair.far, near, () => !pair.doomed);
  });

  /** In order, however long each part is delayed. A part that is not `wanted` ends the pair. */
  async function carry(pair: Pair, from: Socket, to: Socket, wanted: (chunk: Buffer) => boolean): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
        // What is written into a line that is half open is gone.
        if (state === 'half-open') continue;
        if (!wanted(chunk)) break;
        if (!to.write(chunk)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      }
    } catch {
      // One of the ends is gone, and with it the other.
    }
    // A half that was lost in silence is not told to the other one.
    if (state !== 'half-open') end(pair);
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const drop = (): void => {
    for (const pair of [...pairs]) end(pair);
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get connections() {
      return connections;
    },
    cut: () => {
      state = 'cut';
      drop();
    },
    drop,
    halfOpen: () => {
      state = 'half-open';
    },
    delay: (ms) => {
      delayMs = ms;
    },
    swallow: (texts, share) => {
      swallowing = { texts: texts.map((text) => Buffer.from(text)), share };
    },
    mend: () => {
      // What was lost in between cannot be made up for: both ends have to begin anew.
      if (state === 'half-open') drop();
      state = 'whole';
      delayMs = 0;
      swallowing = null;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}

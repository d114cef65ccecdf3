import { type Socket, connect, createServer } from 'node:net';
import { atEnd } from './at-end.js';

/** A server reached over a line that a test can cut. */
export interface Line {
  /** The URL of the server, over the line. */
  readonly url: string;
  /** Ends every connection, and lets none in until it is mended. */
  cut(): void;
  mend(): void;
}

/** A line to the server of a URL. It is closed after the last test of the file. */
export async function lineTo(serverUrl: string): Promise<Line> {
  const url = new URL(serverUrl);
  const target = { host: url.hostname, port: Number(url.port) };
  const open = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of open) socket.destroy();
  };
  atEnd(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        end();
      }),
  );
  const address = server.address();
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    cut: () => {
      whole = false;
      end();
    },
    mend: () => {
      whole = true;
    },
  };
}

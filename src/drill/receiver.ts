import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A server outside of Millrace that honours idempotency keys, and keeps account of what was asked of it. */
export interface Receiver {
  readonly url: string;
  /** Requests by their key. */
  readonly requests: ReadonlyMap<string, number>;
  /** Keys by the subject that the caller named in the body: each should have one. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Requests without a key. */
  readonly keyless: number;
  close(): Promise<void>;
}

const bodySchema = z.object({ subject: z.string() });

/** `answerMs` says how long it thinks about each request. */
export async function startReceiver(answerMs: () => number): Promise<Receiver> {
  const requests = new Map<string, number>();
  const keys = new Map<string, Set<string>>();
  let keyless = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    request.on('end', () => {
      const key = request.headers['idempotency-key'];
      const body = bodySchema.safeParse(readJson(Buffer.concat(parts).toString('utf8')));
      if (typeof key !== 'string' || !body.success) keyless += 1;
      else {
        requests.set(key, (requests.get(key) ?? 0) + 1);
        const { subject } = body.data;
        keys.set(subject, (keys.get(subject) ?? new Set<string>()).add(key));
      }
      void sleep(answerMs()).then(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"done":true}'));
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    keys,
    get keyless() {
      return keyless;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

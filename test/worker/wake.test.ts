import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { expect, vi } from 'vitest';
import { createRedisWake } from '#platform/events/wake.redis';
import { createLog } from '#platform/telemetry/log';
import { itWithRedis, redisPrefix, redisUrl } from '#test/support/redis';

/** The way to Redis, which can be cut and mended. */
async function openWay(): Promise<{ readonly url: string; cut(): void; mend(): void; close(): Promise<void> }> {
  const target = new URL(redisUrl());
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(target.port || 6379), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined).on('close', () => void to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    mend: () => {
      isCut = false;
    },
    close: () => {
      cut();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

itWithRedis('drops wake-ups while Redis is away, says so once, and tells everyone to look when it is back', async () => {
  const way = await openWay();
  const log = createLog('silent', {});
  const warned = vi.spyOn(log, 'warn');
  const prefix = redisPrefix();
  const near = createRedisWake({ url: way.url, prefix, log });
  const far = createRedisWake({ url: redisUrl(), prefix, log: createLog('silent', {}) });
  await Promise.all([near.ready, far.ready]);
  const heardNear: (readonly string[])[] = [];
  const heardFar: string[] = [];
  const heardHere: string[] = [];
  near.on('runs', (ids) => heardNear.push(ids));
  near.on('cancel', (ids) => heardHere.push(...ids));
  far.on('cancel', (ids) => heardFar.push(...ids));

  near.send('cancel', ['one']);
  await vi.waitFor(() => expect(heardFar).toEqual(['one']));
  way.cut();
  await vi.waitFor(() => expect(warned).toHaveBeenCalled());
  for (let lost = 0; lost < 100; lost += 1) near.send('cancel', [`lost ${String(lost)}`]);
  // This process hears itself whatever happens to Redis.
  await vi.waitFor(() => expect(heardHere).toHaveLength(101));
  far.send('runs', ['missed']);
  way.mend();
  await vi.waitFor(() => expect(heardNear).toContainEqual([]), { timeout: 10_000 });
  await vi.waitFor(
    () => {
      near.send('cancel', ['two']);
      expect(heardFar).toContain('two');
    },
    { timeout: 10_000 },
  );
  expect(heardNear.flat()).not.toContain('missed');
  expect(warned.mock.calls.length).toBeLessThanOrEqual(2);
  await near.close();
  await far.close();
  await way.close();
});

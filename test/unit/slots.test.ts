import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createSlots } from '#worker/slots';

it('gives a place in its turn to one who wants whatever is free, however many others come for ever', async () => {
  const slots = createSlots(1, () => undefined);
  const pulled = new AbortController();
  const jobs = Array.from({ length: 3 }, async () => {
    while (!pulled.signal.aborted) {
      const count = await slots.take(1, 60_000);
      await setImmediate();
      slots.give(count);
    }
  });
  const places = await slots.take(1, AbortSignal.timeout(5_000));
  pulled.abort();
  slots.give(places);
  await Promise.all(jobs);
  expect([places, slots.free()]).toEqual([1, 1]);
  expect(await slots.take(1, pulled.signal)).toBe(1);
  expect(await slots.take(1, pulled.signal)).toBe(0);
});

it('gives a place that becomes free to one of those who wait, and lets the others wait on', async () => {
  const slots = createSlots(2, () => undefined);
  expect(await slots.take(2, 0)).toBe(2);
  const got: string[] = [];
  const wanting = ['first', 'second', 'third'].map(async (name) => {
    const count = await slots.take(5, 60_000);
    got.push(`${name} ${count}`);
  });
  slots.give(1);
  await wanting[0];
  slots.give(2);
  await wanting[1];
  expect(got).toEqual(['first 1', 'second 2']);
  slots.give(1);
  await wanting[2];
  expect(got).toEqual(['first 1', 'second 2', 'third 1']);
  expect([slots.free(), await slots.take(1, 0), await slots.take(1, 1)]).toEqual([0, 0, 0]);
});

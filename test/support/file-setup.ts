import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { undoAll } from './at-end.js';
import { type Handles, leaked, openHandles } from './handles.js';

let before: Handles = new Map();

beforeAll(() => {
  before = openHandles();
});

// Registered first, so it runs after every hook of the test file.
afterAll(async () => {
  const failures = await undoAll();
  // Sockets close in their own time; a handle that is still there after five seconds was left behind. Not with vi.waitFor: it would
  // count its own timer.
  for (let wait = 0; wait < 200 && leaked(before, openHandles()).length > 0; wait++) await setTimeout(25);
  expect(leaked(before, openHandles()), 'handles that this test file left open').toEqual([]);
  if (failures.length > 0) throw new AggregateError(failures, `Cleaning up after the test file failed: ${failures.map(String).join('; ')}`);
});

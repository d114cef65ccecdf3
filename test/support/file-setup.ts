import { afterAll, beforeAll, expect, vi } from 'vitest';
import { undoAll } from './at-end.js';
import { type Handles, leaked, openHandles } from './handles.js';

let before: Handles = new Map();

beforeAll(() => {
  before = openHandles();
});

// Registered first, so it runs after every hook of the test file.
afterAll(async () => {
  const failures = await undoAll();
  // Sockets close in their own time; a handle that is still there after five seconds was left behind.
  await vi.waitFor(() => expect(leaked(before, openHandles()), 'handles that this test file left open').toEqual([]), { timeout: 5_000, interval: 25 });
  if (failures.length > 0) throw new AggregateError(failures, `Cleaning up after the test file failed: ${failures.map(String).join('; ')}`);
});

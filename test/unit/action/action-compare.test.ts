import { applyPatch } from 'diff';
import { expect, test } from 'vitest';
import { compareStates } from '#domain/action/action.compare';
import { type ActionSpec, noRetry } from '#domain/action/action.spec';

const state = (code: string) => ({ spec: { code, retry: noRetry, timeoutMs: null, priority: 3 } satisfies ActionSpec, secrets: [] });
const lines = (letter: string, end: string) => Array.from({ length: 20_000 }, (_, index) => `${letter}${String(index)}`).join('\n') + end;

test.each([
  ['', ''],
  ['\n', ''],
  ['', '\n'],
])('code of which every line differs is told as a patch within a moment (ends: %j, %j)', (end, other) => {
  const [from, to] = [lines('a', end), lines('b', other)];
  const begun = performance.now();
  const { code } = compareStates(state(from), state(to));
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(code).toMatch(/^--- before\n\+\+\+ after\n@@ -1,20000 \+1,20000 @@\n-a0\n/);
  expect(applyPatch(from, code)).toBe(to);
});

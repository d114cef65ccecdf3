import { expect, test } from 'vitest';
import { keptValues } from '#domain/rule/rule.values';

test('of the values of an evaluation a bounded amount is kept, and what is cut says so', () => {
  const long = 'x'.repeat(7_000);
  const kept = keptValues(Array.from({ length: 5_000 }, (_, i) => ({ name: `v${String(i)}`, value: long })));
  expect(kept[0]).toEqual({ name: 'v0', value: long, shown: long });
  expect(kept.at(-1)).toEqual({ name: 'v4999', value: { truncated: '…' }, shown: '…' });
  expect(kept.filter(({ shown }) => shown === long)).toHaveLength(9);
});

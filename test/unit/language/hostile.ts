import type { JsonValue, ObjectValue } from '#language/value';

/** Milliseconds of the processor that one input may take: 100 at most on a machine that is left alone; others may share this one. */
export const mostMs = Number(process.env['HOSTILE_MS'] ?? 400);

/** What it takes of the processor, in milliseconds. */
export function costOf(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

export function keys(count: number, prefix = 'k'): ObjectValue {
  const made = Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${String(i)}`, i]));
  // As a payload makes it, which is stored otherwise than one that grew key by key.
  return JSON.parse(JSON.stringify(made)) as ObjectValue;
}

export const nested = (levels: number, open: string, close: string) =>
  JSON.parse(`${open.repeat(levels)}1${close.repeat(levels)}`) as JsonValue;

/** A context in which everything is large. */
export function largeContext(size: number): ObjectValue {
  const numbers = Array.from({ length: size }, (_, i) => i);
  return {
    keys: keys(size / 2),
    same: keys(size / 2),
    other: keys(size / 2, 'o'),
    list: numbers,
    texts: numbers.map((i) => `text ${String((i * 7919) % 100_003)}`),
    records: numbers.map((i) => ({ id: i, name: `n${String(i)}`, tags: ['a', i] })),
    pairs: numbers.map((i) => [i, String(i)]),
    long: 'x'.repeat(10 * size),
    letters: 'Äß'.repeat(5 * size),
    astral: '👋'.repeat(5 * size),
    spaces: `${' '.repeat(5 * size)}x${' '.repeat(5 * size)}`,
    words: 'a '.repeat(5 * size),
    digits: `${'1'.repeat(5 * size)}x`,
    fraction: `2026-01-01T00:00:00.${'1'.repeat(5 * size)}`,
    format: '%A'.repeat(5 * size),
    near: `${'x'.repeat(400)}y`,
    deep: nested(400, '[', ']'),
    deeper: nested(5_000, '[', ']'),
    deepest: nested(5_000, '{"a":', '}'),
    quotes: Array.from({ length: 15 }, () => '\u0001'.repeat(65_000)),
    small: { a: 1, b: [true, null, 'x'], c: { d: '2026-01-01' } },
    nothing: null,
  };
}

import type { Prisma } from '#platform/db/generated/prisma/client';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';

// Templates and schemas may be long; a short value is told as it was and as it is.
const mostShown = 1_000;

/** What of a row is changed, for the audit: `{ name: { from, to } }`, and of what is long only that it changed. Null: nothing. */
export function changed(before: object, columns: Readonly<Record<string, unknown>>): Prisma.InputJsonObject | null {
  const stored = before as Readonly<Record<string, unknown>>;
  const change = Object.entries(columns).flatMap(([name, value]) => {
    const [from, to] = [canonicalJson((stored[name] ?? null) as Json), canonicalJson((value ?? null) as Json)];
    if (from === to) return [];
    const short = from.length + to.length <= mostShown;
    return [
      [
        name,
        short ? { from: JSON.parse(from) as Prisma.InputJsonValue, to: JSON.parse(to) as Prisma.InputJsonValue } : { changed: true },
      ] as const,
    ];
  });
  return change.length === 0 ? null : Object.fromEntries(change);
}

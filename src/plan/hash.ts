import { createHash } from 'node:crypto';
import type { Json, Plan } from './plan.js';

/** JSON with the keys of every object sorted and nothing else between: equal values have equal texts. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) : member,
  );
}

/** The name of a plan: SHA-256 of its canonical form, in hexadecimal. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(canonicalJson(plan as unknown as Json)).digest('hex');
}

import { createHash } from 'node:crypto';
import type { Json, Plan } from './plan.js';

/** The one text of a JSON value: keys sorted by code unit, no white space. Equal values have equal texts. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson((value as { readonly [key: string]: Json })[key] ?? null)}`).join(',')}}`;
}

/** The name of a plan: SHA-256 of its canonical form, in hexadecimal. */
export function planHash(plan: Plan): string {
  return createHash('sha256')
    .update(canonicalJson(plan as unknown as Json))
    .digest('hex');
}

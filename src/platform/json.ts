/** Why a value cannot be stored as JSON, or null when it can. */
export interface JsonProblem {
  readonly message: string;
  readonly code: 'TOO_DEEP' | 'BAD_TEXT' | 'NOT_JSON';
}

/** Whether PostgreSQL can store the text: no NUL, no half of a surrogate pair (limits.md, text). */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

const [firstMs, lastMs] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** Whether the moment is written with a year of four digits, as PostgreSQL and RFC 3339 have it. */
export function isStorableMoment(moment: Date): boolean {
  return moment.getTime() >= firstMs && moment.getTime() <= lastMs;
}

/** The text with what PostgreSQL cannot store replaced by U+FFFD: for logs and messages, which must not fail. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

const badText: JsonProblem = { message: 'Text must not contain NUL or half of a surrogate pair.', code: 'BAD_TEXT' };

/** Checks depth and texts without recursion, so that a hostile value cannot end the process. */
export function jsonProblem(value: unknown, mostDepth: number): JsonProblem | null {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > mostDepth) return { message: `Values may be nested ${mostDepth} deep.`, code: 'TOO_DEEP' };
    const inner: unknown[] = [];
    for (const item of level) {
      if (typeof item === 'string') {
        if (!isStorableText(item)) return badText;
      } else if (Array.isArray(item)) for (const member of item as unknown[]) inner.push(member);
      else if (typeof item === 'object' && item !== null) {
        for (const [key, member] of Object.entries(item)) {
          if (!isStorableText(key)) return badText;
          inner.push(member);
        }
      } else if (item !== null && typeof item !== 'boolean' && !(typeof item === 'number' && Number.isFinite(item)))
        return { message: 'Only JSON values can be stored.', code: 'NOT_JSON' };
    }
    level = inner;
  }
  return null;
}

import { z } from 'zod';
import { isStorableText } from '#platform/json';
import { parseDuration } from '#domain/duration';
import { type FieldProblem, InvalidInputError } from '#domain/errors';

/** Checks an input of a service. Throws {@link InvalidInputError} naming every field at fault. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(problemsOf(parsed.error));
}

/** Every field at fault, of what a schema refused. */
export function problemsOf({ issues }: z.ZodError): FieldProblem[] {
  return issues.flatMap(problems);
}

/** A single problem of one field, for what a schema cannot see. */
export function invalid(path: readonly string[], message: string, code: string): InvalidInputError {
  return new InvalidInputError([{ path, message, code }]);
}

/** What a write finds at fault, told otherwise: where it stands in what the caller was given. */
export async function retold<Result>(write: () => Promise<Result>, tell: (field: FieldProblem) => FieldProblem): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.fields.map(tell));
  }
}

function problems(issue: z.core.$ZodIssue): FieldProblem[] {
  const path = issue.path.map(String);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: 'There is no such field.', code: 'UNKNOWN_FIELD' }));
    case 'invalid_type':
      return [
        issue.input === undefined
          ? { path, message: 'This field is required.', code: 'REQUIRED' }
          : { path, message: issue.message, code: 'INVALID' },
      ];
    case 'too_big':
      return [
        {
          path,
          message: boundOf(issue, 'most', issue.maximum),
          code: issue.origin === 'string' || issue.origin === 'array' ? 'TOO_LONG' : 'TOO_BIG',
        },
      ];
    case 'too_small':
      return [
        {
          path,
          message: boundOf(issue, 'least', issue.minimum),
          code: issue.origin === 'string' || issue.origin === 'array' ? 'TOO_SHORT' : 'TOO_SMALL',
        },
      ];
    case 'invalid_format':
      return [{ path, message: issue.message, code: 'FORMAT' }];
    case 'custom': {
      const { code, line, column } = (issue.params ?? {}) as { readonly [name in 'code' | 'line' | 'column']?: unknown };
      return [
        {
          path,
          message: issue.message,
          code: typeof code === 'string' ? code : 'INVALID',
          ...(typeof line === 'number' && typeof column === 'number' ? { line, column } : {}),
        },
      ];
    }
    default:
      return [{ path, message: issue.message, code: 'INVALID' }];
  }
}

/** A bound in words, where its schema has none of its own. */
function boundOf(
  { message, origin, inclusive }: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  end: 'least' | 'most',
  bound: number | bigint,
): string {
  if (!/^Too (?:small|big)/.test(message)) return message;
  const of = origin === 'string' ? ` character${bound === 1 ? '' : 's'}` : origin === 'array' ? ` item${bound === 1 ? '' : 's'}` : '';
  if (of !== '') return `This has at ${end} ${String(bound)}${of}.`;
  return inclusive === false
    ? `This is ${end === 'least' ? 'more' : 'less'} than ${String(bound)}.`
    : `This is at ${end} ${String(bound)}.`;
}

/** Text that PostgreSQL and JSON can carry: no NUL, no half of a surrogate pair. */
export function wellFormed<Schema extends z.ZodType<string>>(schema: Schema) {
  return schema.refine(isStorableText, { message: 'The text holds a NUL or a lone surrogate.', params: { code: 'MALFORMED_TEXT' } });
}

/** A name that people read; spaces around it are dropped. */
export const nameInput = wellFormed(z.string().trim().min(1).max(128));

/** What a thing is for, in words. */
export const descriptionInput = wellFormed(z.string().max(10_000));

/** Words to find a thing by. */
export const labelsInput = z
  .array(wellFormed(z.string().trim().min(1).max(64)))
  .max(50)
  .transform((given) => [...new Set(given)]);

export const keyPattern = /^[a-z0-9_.-]{1,128}$/;

/** A name that programs use, chosen by the client. */
export const keyInput = z.string().regex(keyPattern, 'A key has 1 to 128 characters of a-z, 0-9, _, . and -.');

/** The key for a name when the client chose none: "Greet the World!" becomes "greet-the-world". Null when nothing of the name can be kept. */
export function keyFromName(name: string): string | null {
  const key = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 128);
  return key === '' ? null : key;
}

/** An e-mail address in the one spelling that is stored. */
export const emailInput = z.string().trim().toLowerCase().pipe(z.email().max(254));

/** A thing that an input refers to, decoded: by its id or by its key. */
export const referenceInput = z.union([z.strictObject({ id: z.guid() }), z.strictObject({ key: z.string() })]);

/** An ISO 8601 duration, read as milliseconds. */
export function durationInput(least: number, most: number) {
  return z.string().transform((text, check) => {
    const milliseconds = parseDuration(text);
    if (milliseconds === null) {
      check.addIssue({
        code: 'custom',
        message: 'A duration is written as in ISO 8601, without years and months: PT30S.',
        params: { code: 'FORMAT' },
      });
      return z.NEVER;
    }
    if (milliseconds < least || milliseconds > most) {
      check.addIssue({ code: 'custom', message: `This lies between ${least} and ${most} milliseconds.`, params: { code: 'OUT_OF_RANGE' } });
      return z.NEVER;
    }
    return milliseconds;
  });
}

/** For `.refine(...)` of a list: no two of its items have the same name. */
export const unique = <Item>(nameOf: (item: Item) => string, noun: string) =>
  [
    (items: readonly Item[]) => new Set(items.map(nameOf)).size === items.length,
    { message: `The same ${noun} stands here twice.`, params: { code: 'DUPLICATE' } },
  ] as const;

import { z } from 'zod';
import { formatDuration, parseDuration } from '#domain/duration';

/** Where the value of a secret comes from. The value itself never stands in a file. */
const secretReference = z.strictObject({ env: z.string().min(1) });

const duration = z.string().transform((text, check) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== null) return formatDuration(milliseconds);
  check.addIssue({ code: 'custom', message: 'A duration is written as in ISO 8601, without years and months: PT30S.' });
  return z.NEVER;
});

const minute = 60_000;

const retryPolicy = z
  .strictObject({
    maxRetries: z.int().default(0),
    delay: duration.default('PT1S'),
    backoff: z.enum(['FIXED', 'EXPONENTIAL']).default('EXPONENTIAL'),
    maxDelay: duration.optional(),
    jitter: z.number().default(0.2),
    on: z.array(z.int()).nullable().default(null),
  })
  // As the server does.
  .transform(({ maxRetries, delay, backoff, maxDelay, jitter, on }) => ({
    maxRetries,
    delay,
    backoff,
    maxDelay: maxDelay ?? formatDuration(Math.max(minute, parseDuration(delay) ?? 0)),
    jitter,
    on: on === null ? null : [...new Set(on)].sort((a, b) => a - b),
  }));

/** `action.json`: an action without its code. What is absent is the default. */
const actionFile = z
  .strictObject({
    $schema: z.string().optional(),
    name: z.string().trim(),
    description: z.string().default(''),
    labels: z.array(z.string()).default([]),
    triggerPoint: z.string().nullable().default(null),
    publishPolicy: z.enum(['AUTO', 'MANUAL']).optional(),
    language: z.enum(['JAVASCRIPT', 'TYPESCRIPT']).default('JAVASCRIPT'),
    runtime: z.string().default('node22'),
    /** Packages and their versions. */
    dependencies: z.record(z.string(), z.string()).default({}),
    /** Keys of modules and their numbers. */
    modules: z.record(z.string(), z.int().min(1)).default({}),
    configuration: z.record(z.string(), z.string()).default({}),
    /** Null: those of the server are nobody's business here. */
    secrets: z.record(z.string(), secretReference).nullable().default(null),
    payload: z.json().default(null),
    app: z.string().nullable().default(null),
    namespace: z.string().nullable().default(null),
    threadMode: z.enum(['NEW_EACH_RUN', 'FIXED', 'TEMPLATE']).default('NEW_EACH_RUN'),
    thread: z.string().nullable().default(null),
    threadTemplate: z.string().nullable().default(null),
    retry: retryPolicy.prefault({}),
    timeout: duration.nullable().default(null),
    priority: z.int().default(3),
    notifyOwner: z.boolean().default(true),
  })
  .transform(({ $schema: _schema, publishPolicy, ...rest }) => ({
    ...rest,
    publishPolicy: publishPolicy ?? (rest.triggerPoint === null ? ('AUTO' as const) : ('MANUAL' as const)),
  }));

export type ActionFile = z.output<typeof actionFile>;
export type SecretReferences = Readonly<Record<string, { readonly env: string }>>;

export interface LocalAction {
  readonly file: ActionFile;
  readonly code: string;
}

/** What stands in an `action.json`, or what a server said in its form. Throws an Error that names each field at fault. */
export function readActionFile(value: unknown): ActionFile {
  const parsed = actionFile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`).join('\n'));
}

/** In which order the fields are written. */
const order = [
  'name',
  'description',
  'labels',
  'triggerPoint',
  'publishPolicy',
  'language',
  'runtime',
  'dependencies',
  'modules',
  'configuration',
  'secrets',
  'payload',
  'app',
  'namespace',
  'threadMode',
  'thread',
  'threadTemplate',
  'retry',
  'timeout',
  'priority',
  'notifyOwner',
] as const satisfies readonly (keyof ActionFile)[];

/** The text of an `action.json`: the same for all that mean the same. What is the default is left out, but for what tells how it is executed. */
export function writeActionFile(file: ActionFile): string {
  const defaults = readActionFile({ name: '' });
  const always = new Set<string>(['name', 'publishPolicy', 'language', 'secrets']);
  const shown = order.filter(
    (field) =>
      file[field] !== null && (always.has(field) || JSON.stringify(sorted(file[field])) !== JSON.stringify(sorted(defaults[field]))),
  );
  const { on, ...retry } = file.retry;
  const written = { ...file, retry: on === null ? retry : file.retry };
  const entries = shown.map((field) => [field, field === 'retry' ? written.retry : sorted(written[field])] as const);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

/** With the keys of all its objects in one order: a server keeps none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

export function sameFile(one: ActionFile, other: ActionFile): boolean {
  return writeActionFile(one) === writeActionFile(other);
}

/** `code.js` or `code.ts`. */
export function codeName({ language }: Pick<ActionFile, 'language'>): 'code.js' | 'code.ts' {
  return language === 'TYPESCRIPT' ? 'code.ts' : 'code.js';
}

/** References for the secrets that a server has: as they are written already, or to a variable of the same name. */
export function referencesFor(names: readonly string[], written: SecretReferences = {}): SecretReferences {
  return Object.fromEntries(names.map((name) => [name, written[name] ?? { env: name }]));
}

import { z } from 'zod';
import { flowKinds } from './flow-kinds.js';
import type { Json } from './plan.js';

/** What a step may do outside its own output. */
export type StepEffect = 'HTTP' | 'RECORD' | 'MESSAGE';

/** What the API publishes of a step kind; its implementation lives with the worker. */
export interface StepKind {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  /** Of a step in a plan. */
  readonly args: z.ZodType;
  /** Of a step that somebody writes, where plans say more than an author may. */
  readonly written?: z.ZodType;
  readonly output: z.ZodType;
  /** For one attempt when the step names no time-out, in milliseconds; null: the server's default for user code. */
  readonly timeoutMs: number | null;
  readonly effects: readonly StepEffect[];
}

const anyJson = z.json().describe('Any JSON value.');

const flowInput = z.json().optional().describe('In a flow: what it gets; the input of the run when absent.');

const source = z.string().min(1);
const moduleText = 'An ES module whose default export is called with the input of the run and its context.';
const configuration = z.record(z.string(), z.string()).optional().describe('Values that its code finds by name.');

const actionKinds = {
  code: {
    kind: 'code',
    title: 'Code',
    description: 'Runs JavaScript in a sandbox without network or files: export default async (input, context) => output.',
    args: z
      .strictObject({
        code: source.optional().describe(`${moduleText} Absent with a build.`),
        build: z.string().min(1).optional().describe('The build of the code, where it was built beforehand.'),
        version: z.uuid().optional().describe('The version of the action whose code was built.'),
        binding: z.uuid().optional().describe('At a trigger point: the binding, whose secrets come before those of the version.'),
        secrets: z.uuid().optional().describe('To what its secrets belong; to the automation of the run when absent.'),
        configuration,
        input: flowInput,
      })
      .refine(({ code, build }) => (code === undefined) !== (build === undefined), {
        message: 'Exactly one of code and build is there.',
        path: ['code'],
      }),
    // Whose secrets code is given, and which build it is, is for the compiler of actions to say: an author could name anybody's.
    written: z.strictObject({ code: source.describe(moduleText), configuration, input: flowInput }),
    output: anyJson,
    timeoutMs: null,
    effects: [],
  },
  transform: {
    kind: 'transform',
    title: 'Transform',
    description: 'Makes its output from a JSON mapping whose strings may hold {{ … }} templates over payload, input, run and now.',
    args: z.strictObject({ mapping: z.json().describe('The output, with templates where values come from the run.') }),
    output: anyJson,
    timeoutMs: 5_000,
    effects: [],
  },
  endpoint: {
    kind: 'endpoint',
    title: 'Endpoint',
    description: 'Calls an endpoint with the payload of the run and answers what its output template makes of the response.',
    args: z.strictObject({ endpointId: z.uuid().describe('Which endpoint.'), input: flowInput }),
    output: anyJson,
    timeoutMs: 30_000,
    effects: ['HTTP'],
  },
} as const satisfies Record<string, StepKind>;

export const stepKinds = { ...actionKinds, ...flowKinds } as const satisfies Record<string, StepKind>;

export type StepKindName = keyof typeof stepKinds;

export const isStepKind = (kind: string): kind is StepKindName => Object.hasOwn(stepKinds, kind);

/** What the arguments of a step are checked against that somebody has written. */
export function writtenArgs(kind: StepKindName): z.ZodType {
  const { args, written }: StepKind = stepKinds[kind];
  return written ?? args;
}

export interface StepKindSchemas {
  readonly argumentSchema: Json;
  readonly outputSchema: Json;
}

/** A kind's arguments, as they are written, and output as JSON Schema 2020-12. */
export function schemasOf(kind: StepKindName): StepKindSchemas {
  const { output } = stepKinds[kind];
  return { argumentSchema: z.toJSONSchema(writtenArgs(kind)) as Json, outputSchema: z.toJSONSchema(output) as Json };
}

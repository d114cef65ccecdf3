import type { StepRun as StepRow } from '#platform/db/generated/prisma/client';
import { type LightStep, readSteps, readStepsAt } from '#domain/run/run.steps';
import type { StepAttempt } from '#domain/run/run.write';
import { builder, heavyComplexity } from '#schema/builder';
import { madeOf } from '#schema/columns';
import { forParents } from '#schema/connection';
import { type SignedIn, batched, byKey, groupedBy } from '#schema/context';
import type { WaitKind as WaitKindValue } from '#platform/db/generated/prisma/enums';
import { StepStatus, WaitKind } from '#schema/enums';
import { encodeId } from '#schema/node';

const keyOf = (step: Pick<StepRow, 'runId' | 'path'>) => `${step.runId} ${step.path}`;

function places(keys: readonly string[]): { runId: string; path: string }[] {
  return keys.map((key) => ({ runId: key.slice(0, 36), path: key.slice(37) }));
}

const loadOutput = batched<Pick<StepRow, 'output'>>(async ({ app }, keys) => {
  const rows = await app.db.prisma.stepRun.findMany({ where: { OR: places(keys) }, select: { runId: true, path: true, output: true } });
  return byKey(rows, keyOf);
});

/** One step by its run and path, written as `<run id> <path>`. */
export const loadStep = batched<LightStep>(async ({ app }, keys) => byKey(await readStepsAt(app.db.sql, places(keys)), keyOf));

/** The steps of a run in their order, by the run's UUID. `asked`: the columns that are needed; null: all. Others may be missing. */
export function loadSteps(context: SignedIn, runId: string, asked: ReadonlySet<string> | null = null): Promise<readonly LightStep[]> {
  const read = async (runIds: readonly string[]) => groupedBy(await readSteps(context.app.db.sql, runIds, asked), (step) => step.runId);
  return forParents<readonly LightStep[]>(context, 'Run.steps', asked === null ? null : [...asked], runId, read, []);
}

/** Why a run, a step or an attempt failed. `detail` is what its kind of step has to say beyond that. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail: unknown;
}

export function failureOf(row: {
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly errorDetail: unknown;
}): Failure | null {
  return row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? '', detail: row.errorDetail };
}

function detailOf<Kind extends 'number' | 'string'>(
  detail: unknown,
  name: string,
  kind: Kind,
): (Kind extends 'number' ? number : string) | null {
  const value: unknown = typeof detail === 'object' && detail !== null ? (detail as Record<string, unknown>)[name] : null;
  return typeof value === kind ? (value as Kind extends 'number' ? number : string) : null;
}

export const RunError = builder.objectRef<Failure>('RunError').implement({
  description: 'Why a run, a step or an attempt failed.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Why, for a program to read.' }),
    message: t.exposeString('message', { description: 'Why, for a person to read.' }),
    line: t.int({
      nullable: true,
      description: 'Line of the code of the user, counted from 1.',
      resolve: ({ detail }) => detailOf(detail, 'line', 'number'),
    }),
    column: t.int({
      nullable: true,
      description: 'Column of the code of the user, counted from 1.',
      resolve: ({ detail }) => detailOf(detail, 'column', 'number'),
    }),
    stepPath: t.string({
      nullable: true,
      description: 'Path of the step that failed.',
      resolve: ({ detail }) => detailOf(detail, 'step', 'string'),
    }),
    action: t.string({
      nullable: true,
      description: 'Key of the action that failed, in an execution of a trigger point.',
      resolve: ({ detail }) => detailOf(detail, 'action', 'string'),
    }),
  }),
});

const Attempt = builder.objectRef<StepAttempt>('Attempt').implement({
  description: 'One try of a step.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Counts the attempts of the step: 1, 2, 3.' }),
    startedAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: ({ startedAt }) => new Date(startedAt) }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it goes on.',
      resolve: ({ finishedAt }) => (finishedAt === null ? null : new Date(finishedAt)),
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed; null when it did not.',
      resolve: ({ error }) => (error === null ? null : { code: error.code, message: error.message, detail: error }),
    }),
  }),
});

/** As the engine keeps it with a step that waits. */
interface StepWaiting {
  readonly kind: WaitKindValue;
  readonly until?: string | null;
  readonly detail?: string;
  readonly child?: string;
}

function waitingOf({ status, wait }: LightStep): StepWaiting | null {
  if (status !== 'WAITING' && status !== 'RETRYING') return null;
  if (typeof wait !== 'object' || wait === null || Array.isArray(wait) || typeof wait['kind'] !== 'string') return null;
  return wait as unknown as StepWaiting;
}

const StepWait = builder.objectRef<StepWaiting>('StepWait').implement({
  description: 'What a step waits for.',
  fields: (t) => ({
    kind: t.expose('kind', { type: WaitKind, description: 'What it waits for.' }),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when at most; null when no time ends it.',
      resolve: ({ until }) => (until == null ? null : new Date(until)),
    }),
    detail: t.string({ nullable: true, description: 'More about it, for a person to read.', resolve: ({ detail }) => detail ?? null }),
    runId: t.id({
      nullable: true,
      description: 'The run whose end it waits for; null when it waits for none.',
      resolve: ({ child }) => (child === undefined ? null : encodeId('Run', child)),
    }),
  }),
});

export const StepRun = builder.objectRef<LightStep>('StepRun').implement({
  description: 'What became of one step of a run.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where in the plan it stands, unique in the run.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    kind: t.exposeString('kind', { description: 'Its kind, one of `stepKinds`.' }),
    status: t.expose('status', { type: StepStatus, description: 'Where it stands.' }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it answered; null without an answer.',
      complexity: heavyComplexity,
      ...madeOf<LightStep>('runId', 'path'),
      resolve: async (step, _args, context) => (await loadOutput(context, keyOf(step)))?.output ?? null,
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed; null when it did not.',
      ...madeOf<LightStep>('errorCode', 'errorMessage', 'errorDetail'),
      resolve: failureOf,
    }),
    attempts: t.field({
      type: [Attempt],
      description: 'Its tries, the oldest first.',
      ...madeOf<LightStep>('attempts'),
      // Written by the engine, in this form.
      resolve: ({ attempts }) => attempts as unknown as StepAttempt[],
    }),
    waitingFor: t.field({
      type: StepWait,
      nullable: true,
      description: 'What it waits for; null unless its status is WAITING or RETRYING.',
      ...madeOf<LightStep>('status', 'wait'),
      resolve: waitingOf,
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When its first attempt began.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it became final; null until then.' }),
  }),
});

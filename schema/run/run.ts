import type { GraphQLResolveInfo } from 'graphql';
import { Prisma, type Run as RunRow } from '#platform/db/generated/prisma/client';
import { readableRuns } from '#domain/run/run.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { AutomationVersion, loadSpec, loadVersion } from '#schema/automation/version';
import { builder, heavyComplexity } from '#schema/builder';
import { columnsAsked, madeOf } from '#schema/columns';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { type SignedIn, batched, byKey } from '#schema/context';
import { RunStatus, RunTrigger, WaitKind } from '#schema/enums';
import type { Order } from '#schema/keyset';
import { Node, encodeId, nodeType } from '#schema/node';
import { Environment, loadEnvironment } from '#schema/tenant/environment';
import { RunError, StepRun, failureOf, loadSteps } from './step-run.js';

type Heavy = 'input' | 'output' | 'resolvedPayload';
/** What came with a return from a redirect is for its action alone. */
type Hidden = 'resumeEvent';

/** A run without what may be long; a row that has it is shown as it is. */
export type LightRun = Omit<RunRow, Heavy | Hidden> & Partial<Pick<RunRow, Heavy>>;

/** For Prisma: all columns but the heavy ones. */
export const lightRun = { input: true, output: true, resolvedPayload: true, resumeEvent: true } as const satisfies Prisma.RunOmit;

const lightColumns = Object.values(Prisma.RunScalarFieldEnum).filter((column) => !(column in lightRun));

/** For Prisma: what a list of runs needs, which has an order and stands at a path of fields below the one that is being resolved. */
export function runColumns(info: GraphQLResolveInfo, order: Order): { readonly select: Prisma.RunSelect } {
  const asked = columnsAsked(info, 'Run', ['edges', 'node']) ?? lightColumns;
  return { select: Object.fromEntries(['id', ...order.map(({ column }) => column), ...asked].map((column) => [column, true])) };
}

/** A run by its UUID, when the viewer may read it. */
export const loadRun = nodeType<LightRun>('Run', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.run.findMany({ where: { id: { in: [...ids] }, ...readableRuns(viewer) }, omit: lightRun });
  return byKey(rows, (row) => row.id);
});

const loadHeavy = batched<Pick<RunRow, Heavy>>(async ({ app }, ids) => {
  const rows = await app.db.prisma.run.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, input: true, output: true, resolvedPayload: true },
  });
  return byKey(rows, (row) => row.id);
});

async function heavy(context: SignedIn, run: LightRun, column: Heavy): Promise<unknown> {
  const known = run[column];
  return known === undefined ? ((await loadHeavy(context, run.id))?.[column] ?? null) : known;
}

/** What it answered. */
export function outputOf(context: SignedIn, run: LightRun): Promise<unknown> {
  return heavy(context, run, 'output');
}

/** What its steps get. With a template it is null until that is rendered; what a template made of nothing is null, too. */
async function payloadOf(context: SignedIn, run: LightRun): Promise<unknown> {
  const resolved = await heavy(context, run, 'resolvedPayload');
  if (resolved !== null) return resolved;
  const spec = run.versionId === null ? null : ((await loadSpec(context, run.versionId))?.spec ?? null);
  const templated = typeof spec === 'object' && spec !== null && 'payload' in spec;
  return templated ? null : heavy(context, run, 'input');
}

type Waiting = LightRun & { readonly waitKind: NonNullable<LightRun['waitKind']> };

function waits(run: LightRun): run is Waiting {
  return run.status === 'WAITING' && run.waitKind !== null;
}

export const WaitingFor = builder.objectRef<Waiting>('WaitingFor').implement({
  description: 'What a waiting run waits for.',
  fields: (t) => ({
    kind: t.expose('waitKind', { type: WaitKind, description: 'What it waits for.' }),
    since: t.expose('waitSince', { type: 'DateTime', nullable: true, description: 'Since when.' }),
    until: t.expose('waitUntil', { type: 'DateTime', nullable: true, description: 'Until when at most; null when no time ends it.' }),
    detail: t.exposeString('waitDetail', { nullable: true, description: 'More about it, for a person to read.' }),
  }),
});

export const Run = builder.objectRef<LightRun>('Run').implement({
  description: 'One execution of an automation.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      description: 'The id. Ids sort by the time at which the runs were queued.',
      ...madeOf<LightRun>('id'),
      resolve: ({ id }) => encodeId('Run', id),
    }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'What ran.',
      ...madeOf<LightRun>('automationId'),
      resolve: ({ automationId }, _args, context) => (automationId === null ? null : loadAutomation(context, automationId)),
    }),
    version: t.field({
      type: AutomationVersion,
      nullable: true,
      description: 'The version that ran; it was fixed when the run was queued.',
      ...madeOf<LightRun>('versionId'),
      resolve: ({ versionId }, _args, context) => (versionId === null ? null : loadVersion(context, versionId)),
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it ran.',
      ...madeOf<LightRun>('environmentId'),
      resolve: ({ environmentId }, _args, context) => loadEnvironment(context, environmentId),
    }),
    status: t.expose('status', { type: RunStatus, description: 'Where it stands.' }),
    trigger: t.expose('trigger', { type: RunTrigger, description: 'What started it.' }),
    input: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The payload that it was triggered with: what the templates of the action see.',
      complexity: heavyComplexity,
      ...madeOf<LightRun>('id'),
      resolve: (run, _args, context) => heavy(context, run, 'input'),
    }),
    resolvedPayload: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'What its step gets: what the payload template made of the input, once, for all attempts; or what the trigger gave in its place; without a template the input. Null until it is made.',
      complexity: heavyComplexity,
      ...madeOf<LightRun>('id', 'versionId'),
      resolve: (run, _args, context) => payloadOf(context, run),
    }),
    resolvedThread: t.string({
      nullable: true,
      description: 'The name of its thread: its own id when it has one of its own. Null until it is made.',
      ...madeOf<LightRun>('id', 'threadKey', 'versionId'),
      resolve: async ({ id, threadKey, versionId }, _args, context) => {
        if (threadKey !== null || versionId === null) return threadKey;
        const version = await loadVersion(context, versionId);
        return version?.threadMode === 'NEW_EACH_RUN' ? encodeId('Run', id) : null;
      },
    }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it answered; null until it succeeded.',
      complexity: heavyComplexity,
      ...madeOf<LightRun>('id'),
      resolve: (run, _args, context) => heavy(context, run, 'output'),
    }),
    error: t.field({
      type: RunError,
      nullable: true,
      description: 'Why it failed; null when it did not.',
      ...madeOf<LightRun>('errorCode', 'errorMessage', 'errorDetail'),
      resolve: failureOf,
    }),
    attempt: t.exposeInt('attempt', { description: 'The attempt that it is at, 0 before the first one.' }),
    maxAttempts: t.exposeInt('maxAttempts', { description: 'How often a step is tried at most.' }),
    priority: t.exposeInt('priority', { description: 'Its priority in the queue, 1 (highest) to 5.' }),
    idempotencyKey: t.exposeString('idempotencyKey', { nullable: true, description: 'The key that it was triggered with.' }),
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether it only tells what it would do.' }),
    depth: t.exposeInt('depth', { description: 'How many runs stand above it, 0 when it was started from outside.' }),
    queuedAt: t.expose('queuedAt', { type: 'DateTime', description: 'When it was committed.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When a worker first took it; null before.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it became final; null before.' }),
    duration: t.field({
      type: 'Duration',
      nullable: true,
      description: 'From its start to its end, waits included; null until it is final, and when it never started.',
      ...madeOf<LightRun>('startedAt', 'finishedAt'),
      resolve: ({ startedAt, finishedAt }) =>
        startedAt === null || finishedAt === null ? null : Math.max(0, finishedAt.getTime() - startedAt.getTime()),
    }),
    cancelRequestedAt: t.expose('cancelRequestedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When someone asked for it to be cancelled.',
    }),
    waitingFor: t.field({
      type: WaitingFor,
      nullable: true,
      description: 'What it waits for; null unless its status is WAITING.',
      ...madeOf<LightRun>('status', 'waitKind', 'waitSince', 'waitUntil', 'waitDetail'),
      resolve: (run) => (waits(run) ? run : null),
    }),
    steps: t.field({
      type: [StepRun],
      description: 'Its steps, in the order of the plan.',
      ...madeOf<LightRun>('id'),
      resolve: async ({ id }, _args, context, info) => [...(await loadSteps(context, id, columnsAsked(info, 'StepRun')))],
    }),
  }),
});

export const RunConnection = connectionType('Run', Run);

/** The newest first. Ids are UUIDs version 7: their order is the order of queueing. */
export const newestRuns = [{ column: 'id', direction: 'desc' }] as const;

builder.objectFields(Run, (t) => ({
  retriedFrom: t.field({
    type: Run,
    nullable: true,
    description: 'The run that this one repeats.',
    ...madeOf<LightRun>('retriedFromId'),
    resolve: ({ retriedFromId }, _args, context) => (retriedFromId === null ? null : loadRun(context, retriedFromId)),
  }),
  retries: t.field({
    type: RunConnection,
    description: 'The runs that repeat this one, the newest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    ...madeOf<LightRun>('id'),
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      return connection<Prisma.RunWhereInput, Prisma.RunOrderByWithRelationInput, LightRun>(context, newestRuns, args, {
        find: ({ where, orderBy, take }) =>
          forParents<readonly LightRun[]>(
            context,
            'Run.retries',
            { where, orderBy, take },
            id,
            async (ids) => {
              const rows = await prisma.run.findMany({
                relationLoadStrategy: 'join',
                where: { id: { in: [...ids] } },
                select: { id: true, retries: { where, orderBy, take, omit: lightRun } },
              });
              return new Map(rows.map((row) => [row.id, row.retries]));
            },
            [],
          ),
        count: () =>
          forParents<number>(
            context,
            'Run.retries#',
            null,
            id,
            async (ids) => {
              const rows = await prisma.run.groupBy({ by: ['retriedFromId'], where: { retriedFromId: { in: [...ids] } }, _count: true });
              return new Map(rows.map((row) => [row.retriedFromId ?? '', row._count]));
            },
            0,
          ),
      });
    },
  }),
}));

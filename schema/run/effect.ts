import type { Effect as EffectRow, Prisma } from '#platform/db/generated/prisma/client';
import type { EffectMessage as Message } from '#domain/run/run.effect';
import { readableRuns } from '#domain/run/run.policy';
import { builder, heavyComplexity } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { type SignedIn, batched, byKey } from '#schema/context';
import { EffectKind, EffectStatus } from '#schema/enums';
import { Node, encodeId, nodeType } from '#schema/node';
import { Run } from './run.js';
import { type Failure, RunError } from './step-run.js';

type Heavy = 'request' | 'response';
/** What was sent and answered may be long: it is read when asked for. */
type LightEffect = Omit<EffectRow, Heavy>;
const lightEffect = { request: true, response: true } as const satisfies Prisma.EffectOmit;

nodeType<LightEffect>('Effect', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.effect.findMany({ where: { id: { in: [...ids] }, run: readableRuns(viewer) }, omit: lightEffect });
  return byKey(rows, (row) => row.id);
});

const loadHeavy = batched<Pick<EffectRow, Heavy>>(async ({ app }, ids) => {
  const rows = await app.db.prisma.effect.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, request: true, response: true },
  });
  return byKey(rows, (row) => row.id);
});

const EffectMessage = builder.objectRef<Message>('EffectMessage').implement({
  description: 'What was sent or answered in a call: bounded, and without the values of secrets.',
  fields: (t) => ({
    headers: t.field({
      type: 'JSON',
      description: 'The headers by their names in lower case. Those that prove who calls stand as `[redacted]`.',
      resolve: ({ headers }) => headers,
    }),
    body: t.exposeString('body', { nullable: true, description: 'The body; null when there was none, and when it is not text.' }),
    truncated: t.exposeBoolean('truncated', { description: 'Whether the body is not kept whole.' }),
  }),
});

async function message(context: SignedIn, { id }: LightEffect, column: Heavy): Promise<Message | null> {
  // Written by the worker, in this form.
  return ((await loadHeavy(context, id))?.[column] ?? null) as Message | null;
}

const failureOf = ({ errorCode, errorMessage }: LightEffect): Failure | null =>
  errorCode === null ? null : { code: errorCode, message: errorMessage ?? '', detail: null };

const Effect = builder.objectRef<LightEffect>('Effect').implement({
  description:
    'A call of another server that a step made. It was committed before the call: one without an outcome may or may not have arrived.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id. Ids sort by the time of the calls.', resolve: ({ id }) => encodeId('Effect', id) }),
    kind: t.expose('kind', { type: EffectKind, description: 'What kind of effect it is.' }),
    status: t.expose('status', { type: EffectStatus, description: 'What became of it.' }),
    stepPath: t.exposeString('stepPath', { description: 'Path of the step that made it.' }),
    ordinal: t.exposeInt('ordinal', { description: 'Which call of the step it is, from 1; the same over attempts.' }),
    attempt: t.exposeInt('attempt', { description: 'Which attempt of the step made it.' }),
    idempotencyKey: t.exposeString('idempotencyKey', {
      description: 'The same over attempts. It was sent as `Idempotency-Key`, so that a receiver can recognise a repeat.',
    }),
    method: t.exposeString('method', { description: 'The method of the request.' }),
    url: t.exposeString('url', { description: 'What was called, without secrets.' }),
    host: t.exposeString('host', { description: "The host, with the port where it is not the scheme's own." }),
    statusCode: t.exposeInt('statusCode', { nullable: true, description: 'The status of the answer; null without one.' }),
    request: t.field({
      type: EffectMessage,
      nullable: true,
      description: 'What was sent.',
      complexity: heavyComplexity,
      resolve: (effect, _args, context) => message(context, effect, 'request'),
    }),
    response: t.field({
      type: EffectMessage,
      nullable: true,
      description: 'What was answered; null without an answer.',
      complexity: heavyComplexity,
      resolve: (effect, _args, context) => message(context, effect, 'response'),
    }),
    error: t.field({ type: RunError, nullable: true, description: 'Why it failed; null when it did not.', resolve: failureOf }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it was committed, right before the call.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When its outcome was known; null before.' }),
  }),
});

const EffectConnection = connectionType('Effect', Effect);

/** In the order of the calls: ids are UUIDs version 7. */
const inOrder = [{ column: 'id', direction: 'asc' }] as const;

builder.objectFields(Run, (t) => ({
  effects: t.field({
    type: EffectConnection,
    description: 'The calls of other servers that its steps made, the oldest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      return connection<Prisma.EffectWhereInput, Prisma.EffectOrderByWithRelationInput, LightEffect>(context, inOrder, args, {
        find: ({ where, orderBy, take }) =>
          forParents<readonly LightEffect[]>(
            context,
            'Run.effects',
            { where, orderBy, take },
            id,
            async (ids) => {
              const rows = await prisma.run.findMany({
                relationLoadStrategy: 'join',
                where: { id: { in: [...ids] } },
                select: { id: true, effects: { where, orderBy, take, omit: lightEffect } },
              });
              return new Map(rows.map((row) => [row.id, row.effects]));
            },
            [],
          ),
        count: () =>
          forParents<number>(
            context,
            'Run.effects#',
            null,
            id,
            async (ids) => {
              const rows = await prisma.effect.groupBy({ by: ['runId'], where: { runId: { in: [...ids] } }, _count: true });
              return new Map(rows.map((row) => [row.runId, row._count]));
            },
            0,
          ),
      });
    },
  }),
}));

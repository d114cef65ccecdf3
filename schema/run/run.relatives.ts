import type { Prisma } from '#platform/db/generated/prisma/client';
import { readableRuns } from '#domain/run/run.policy';
import { builder } from '#schema/builder';
import { pageArguments, pageComplexity } from '#schema/connection';
import { batched } from '#schema/context';
import { Tag } from '#schema/flow/tag';
import { nestedList } from '#schema/tenant/nested';
import { type LightRun, Run, RunConnection, lightRun, loadRun, newestRuns } from './run.js';

/** By the kind and the UUID of who acted. */
const loadActorName = batched<{ readonly id: string; readonly name: string }>(async ({ app }, keys) => {
  const idsOf = (kind: string) => keys.flatMap((key) => (key.startsWith(`${kind} `) ? [key.slice(kind.length + 1)] : []));
  const select = { id: true, name: true } as const;
  const [users, tokens] = await Promise.all([
    app.db.prisma.user.findMany({ where: { id: { in: idsOf('USER') } }, select }),
    app.db.prisma.apiToken.findMany({ where: { id: { in: idsOf('TOKEN') } }, select }),
  ]);
  return new Map([
    ...users.map((user) => [`USER ${user.id}`, user] as const),
    ...tokens.map((token) => [`TOKEN ${token.id}`, token] as const),
  ]);
});

builder.objectFields(Run, (t) => ({
  parent: t.field({
    type: Run,
    nullable: true,
    description: 'The run whose step started it; null when it was started otherwise.',
    resolve: ({ parentId }, _args, context) => (parentId === null ? null : loadRun(context, parentId)),
  }),
  parentStepPath: t.exposeString('parentPath', { nullable: true, description: 'Path of the step of its parent that started it.' }),
  children: t.field({
    type: RunConnection,
    description: 'The runs that its steps started, the newest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = readableRuns(context.viewer);
      return nestedList<Prisma.RunWhereInput, Prisma.RunOrderByWithRelationInput, LightRun>(context, {
        what: 'Run.children',
        parentId: id,
        order: newestRuns,
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.run.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, children: { where: { AND: [visible, where] }, orderBy, take, omit: lightRun } },
          });
          return new Map(rows.map((row) => [row.id, row.children]));
        },
        count: async (ids) => {
          const rows = await prisma.run.groupBy({ by: ['parentId'], where: { parentId: { in: ids }, AND: visible }, _count: true });
          return new Map(rows.map((row) => [row.parentId ?? '', row._count]));
        },
      });
    },
  }),
  key: t.exposeString('key', { nullable: true, description: 'The name that a client gave it, unique in the workspace; null without one.' }),
  tags: t.field({
    type: [Tag],
    description: 'What a client gave it to be found by.',
    // Written by the trigger, in this form.
    resolve: ({ tags }) => (tags ?? []) as unknown as { key: string; value: string }[],
  }),
  stoppedBy: t.exposeString('stoppedBy', {
    nullable: true,
    description: 'Path of the step that ended it quietly, because it found nothing; null when all steps had their turn.',
  }),
  startedBy: t.string({
    description: 'Who started it, by the name of now: a person, a service, or Millrace itself.',
    resolve: async ({ actorKind, actorId }, _args, context) =>
      (actorId === null ? null : (await loadActorName(context, `${actorKind} ${actorId}`))?.name) ?? 'Millrace',
  }),
}));

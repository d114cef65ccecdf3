import type { Prisma, Thread as ThreadRow } from '#platform/db/generated/prisma/client';
import { readableRuns } from '#domain/run/run.policy';
import { readableApps } from '#domain/tenant/app.policy';
import { builder } from '#schema/builder';
import { connection, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { searchField } from '#schema/keyed';
import { containing } from '#schema/filter';
import { listing, nestedField } from '#schema/listing';
import { Node, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { Namespace, loadNamespace } from './namespace.js';
import { type LightRun, Run, RunConnection, lightRun } from './run.js';

export const loadThread = nodeType<ThreadRow>('Thread', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.thread.findMany({ where: { AND: [{ id: { in: [...ids] } }, readableApps(viewer)] } });
  return byKey(rows, (row) => row.id);
});

/** In the order of queueing, which is the order in which they run. */
const oldestRuns = [{ column: 'id', direction: 'asc' }] as const;

export const Thread = builder.objectRef<ThreadRow>('Thread').implement({
  description: 'Runs that wait for each other: of the runs on a thread one executes at a time, in the order in which they were queued.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Thread', id) }),
    key: t.exposeString('key', { description: 'Its name, unique in its namespace.' }),
    namespace: t.field({
      type: Namespace,
      nullable: true,
      description: 'Where it has its name.',
      resolve: ({ namespaceId }, _args, context) => loadNamespace(context, namespaceId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When its first run came.' }),
    runs: t.field({
      type: RunConnection,
      description: 'Its runs, in their order: the oldest first.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: ({ id }, args, context) => {
        const { prisma } = context.app.db;
        const visible = readableRuns(context.viewer);
        return connection<Prisma.RunWhereInput, Prisma.RunOrderByWithRelationInput, LightRun>(context, oldestRuns, args, {
          find: ({ where, orderBy, take }) =>
            forParents<readonly LightRun[]>(
              context,
              'Thread.runs',
              { where, orderBy, take },
              id,
              async (ids) => {
                const rows = await prisma.thread.findMany({
                  relationLoadStrategy: 'join',
                  where: { id: { in: [...ids] } },
                  select: { id: true, runs: { where: { AND: [visible, where] }, orderBy, take, omit: lightRun } },
                });
                return new Map(rows.map((row) => [row.id, row.runs]));
              },
              [],
            ),
          count: () =>
            forParents<number>(
              context,
              'Thread.runs#',
              null,
              id,
              async (ids) => {
                const where = { AND: [{ threadId: { in: [...ids] } }, visible] };
                const rows = await prisma.run.groupBy({ by: ['threadId'], where, _count: true });
                return new Map(rows.flatMap(({ threadId, _count }) => (threadId === null ? [] : [[threadId, _count] as const])));
              },
              0,
            ),
        });
      },
    }),
  }),
});

const ThreadFilter = builder.inputType('ThreadFilter', {
  description: 'Which threads are wanted.',
  fields: (t) => searchField(t, 'key'),
});

const order = orderInput(
  'Thread',
  {
    KEY: { column: 'key', description: 'By key.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when their first run came.' },
  },
  [{ column: 'id', direction: 'desc' }],
);

const threads = listing<Prisma.ThreadWhereInput, Prisma.ThreadOrderByWithRelationInput, ThreadRow, typeof ThreadFilter.$inferInput>({
  name: 'Thread',
  type: Thread,
  find: (prisma, asked) => prisma.thread.findMany(asked),
  count: (prisma, asked) => prisma.thread.count(asked),
  visible: readableApps,
  filter: ThreadFilter,
  matching: ({ search }) => (typeof search === 'string' && search !== '' ? [{ key: containing(search) }] : []),
  order,
  inOrder: 'the newest first',
});

nestedField(threads, Namespace, 'threads', {
  description: 'Its threads.',
  find: async (prisma, ids, threads) => {
    const rows = await prisma.namespace.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, threads },
    });
    return rows.map((row) => [row.id, row.threads]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.thread.groupBy({ by: ['namespaceId'], where: { AND: [{ namespaceId: { in: ids } }, where] }, _count: true });
    return rows.map(({ namespaceId, _count }) => [namespaceId, _count]);
  },
});

builder.objectField(Run, 'thread', (t) =>
  t.field({
    type: Thread,
    nullable: true,
    description: 'Its thread; null while it waits to be put on one, and when it has one of its own.',
    resolve: ({ threadId }, _args, context) => (threadId === null ? null : loadThread(context, threadId)),
  }),
);

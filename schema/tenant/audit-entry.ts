import type { AuditEntry as AuditEntryRow, Prisma } from '#platform/db/generated/prisma/client';
import { visibleAuditEntries } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { anyOf } from '#schema/filter';
import { Node, type NodeName, encodeId, nodeNames, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { workspacesOf } from '#schema/scope';
import { actorFields } from './actor.js';
import { type ArgBuilder, countsByWorkspace, nestedList } from './nested.js';
import { Workspace, loadWorkspace } from './workspace.js';

export const loadAuditEntry = nodeType<AuditEntryRow>('AuditEntry', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.auditEntry.findMany({ where: { AND: [{ id: { in: [...ids] } }, visibleAuditEntries(viewer)] } });
  return byKey(rows, (row) => row.id);
});

const isNodeName = (name: string): name is NodeName => (nodeNames as readonly string[]).includes(name);

export const AuditEntry = builder.objectRef<AuditEntryRow>('AuditEntry').implement({
  description: 'Who changed what. Entries are written with the change and never edited. Triggers leave none: the run is the entry.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('AuditEntry', id) }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'Where it happened.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    ...actorFields(t),
    operation: t.exposeString('operation', { description: 'The mutation: `createAction`.' }),
    subjectType: t.exposeString('subjectType', { description: 'The type of what was changed: `Action`.' }),
    subjectId: t.id({
      description: 'The id of what was changed, which may be gone.',
      resolve: ({ subjectType, subjectId }) => (isNodeName(subjectType) ? encodeId(subjectType, subjectId) : subjectId),
    }),
    change: t.field({ type: 'JSON', nullable: true, description: 'What changed, without secrets.', resolve: ({ change }) => change }),
  }),
});

const AuditEntryConnection = connectionType('AuditEntry', AuditEntry);

const order = orderInput('AuditEntry', { AT: { column: 'at', moment: true, description: 'By when it happened.' } }, [
  { column: 'at', direction: 'desc', moment: true },
]);

const AuditEntryFilter = builder.inputType('AuditEntryFilter', {
  description: 'Which entries. All that is given must hold.',
  fields: (t) => ({
    operation: t.stringList({ description: 'One of these operations.' }),
    subjectType: t.string({ description: 'About things of this type.' }),
    since: t.field({ type: 'DateTime', description: 'From this moment on.' }),
    until: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
});

interface Wanted {
  readonly operation?: readonly string[] | null | undefined;
  readonly subjectType?: string | null | undefined;
  readonly since?: Date | null | undefined;
  readonly until?: Date | null | undefined;
}

function matching(wanted: Wanted | null | undefined): Prisma.AuditEntryWhereInput {
  const { operation, subjectType, since, until } = wanted ?? {};
  return {
    AND: [
      ...(operation ? [{ operation: { in: anyOf('operation', operation) } }] : []),
      ...(typeof subjectType === 'string' ? [{ subjectType }] : []),
      ...(since ? [{ at: { gte: since } }] : []),
      ...(until ? [{ at: { lt: until } }] : []),
    ],
  };
}

const listArguments = (arg: ArgBuilder) => ({
  ...pageArguments(arg),
  filter: arg({ type: AuditEntryFilter, description: 'Which ones.' }),
  orderBy: arg({ type: [order.input], description: 'In which order; the newest first when absent.' }),
});

builder.queryField('auditEntries', (t) =>
  t.field({
    type: AuditEntryConnection,
    description: 'Who did what in the workspaces whose audit the viewer may see.',
    args: { ...listArguments(t.arg), workspace: t.arg.id({ description: "The workspace; all of the viewer's when absent." }) },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { prisma } = context.app.db;
      const where = { AND: [{ workspaceId: { in: workspacesOf(context, 'audit.read', args.workspace) } }, matching(args.filter)] };
      return connection<Prisma.AuditEntryWhereInput, Prisma.AuditEntryOrderByWithRelationInput, AuditEntryRow>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: (page) => prisma.auditEntry.findMany({ where: { AND: [where, page.where] }, orderBy: page.orderBy, take: page.take }),
          count: () => prisma.auditEntry.count({ where }),
        },
      );
    },
  }),
);

builder.objectField(Workspace, 'auditEntries', (t) =>
  t.field({
    type: AuditEntryConnection,
    description: 'Who did what here; none for who may not see it.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [visibleAuditEntries(context.viewer), matching(args.filter)] };
      return nestedList<Prisma.AuditEntryWhereInput, Prisma.AuditEntryOrderByWithRelationInput, AuditEntryRow>(context, {
        what: 'Workspace.auditEntries',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.workspace.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, auditEntries: { where: { AND: [visible, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.auditEntries]));
        },
        count: async (ids) => {
          const rows = await prisma.auditEntry.groupBy({
            by: ['workspaceId'],
            where: { AND: [{ workspaceId: { in: ids } }, visible] },
            _count: true,
          });
          return countsByWorkspace(rows);
        },
      });
    },
  }),
);

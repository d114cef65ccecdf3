import type { Environment as EnvironmentRow, Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { Node, encodeId, nodeType } from '#schema/node';
import { workspacesOf } from '#schema/scope';

export const loadEnvironment = nodeType<EnvironmentRow>('Environment', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.environment.findMany({ where: { id: { in: [...ids] }, workspaceId: { in: workspacesWhere(viewer, 'workspace.read') } } });
  return byKey(rows, (row) => row.id);
});

export const Environment = builder.objectRef<EnvironmentRow>('Environment').implement({
  description: 'A place where a version of an automation is live. Every workspace has `production`.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Environment', id) }),
    key: t.exposeString('key', { description: 'The name that programs use, unique in the workspace.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

export const EnvironmentConnection = connectionType('Environment', Environment);

export const environmentOrder = [{ column: 'key', direction: 'asc' }, { column: 'id', direction: 'asc' }] as const;

builder.queryField('environments', (t) =>
  t.field({
    type: EnvironmentConnection,
    description: 'The environments of the workspaces that the viewer may read, by key.',
    args: { workspace: t.arg.id({ description: 'Only those of this workspace.' }), ...pageArguments(t.arg) },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { environment } = context.app.db.prisma;
      const scope = { workspaceId: { in: workspacesOf(context, 'workspace.read', args.workspace) } };
      return connection<Prisma.EnvironmentWhereInput, Prisma.EnvironmentOrderByWithRelationInput, EnvironmentRow>(context, environmentOrder, args, {
        find: ({ where, orderBy, take }) => environment.findMany({ where: { AND: [scope, where] }, orderBy, take }),
        count: () => environment.count({ where: scope }),
      });
    },
  }),
);

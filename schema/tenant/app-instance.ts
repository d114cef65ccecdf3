import type { AppInstance as InstanceRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableInstances } from '#domain/tenant/app.policy';
import { builder } from '#schema/builder';
import { byKey } from '#schema/context';
import { listing, nestedField, rootField } from '#schema/listing';
import { Node, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { referenceOf } from '#schema/written';
import { App, loadApp } from './app.js';
import { Workspace, loadWorkspace } from './workspace.js';

export const loadInstance = nodeType<InstanceRow>('AppInstance', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.appInstance.findMany({ where: { AND: [{ id: { in: [...ids] } }, readableInstances(viewer)] } });
  return byKey(rows, (row) => row.id);
});

export const AppInstance = builder.objectRef<InstanceRow>('AppInstance').implement({
  description: 'An app in a workspace: the rules of the app act on the records of that workspace while it is enabled and not suspended.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('AppInstance', id) }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app; null when it belongs to a workspace whose apps the viewer may not read.',
      resolve: ({ appId }, _args, context) => loadApp(context, appId),
    }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'Where it acts.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether the rules of the app act here.' }),
    suspended: t.exposeBoolean('suspended', { description: 'Whether they are kept from it nevertheless.' }),
    suspendedComment: t.exposeString('suspendedComment', { description: 'Why it is suspended; empty when nobody said.' }),
    scopes: t.field({
      type: ['String'],
      description: 'What its rules may do here, of what the app may do.',
      resolve: ({ scopes }) => scopes,
    }),
    customFields: t.field({
      type: 'JSONObject',
      description: 'What its rules find at `rule_app_instance.custom_fields`.',
      resolve: ({ customFields }) => customFields as Readonly<Record<string, unknown>>,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const AppInstanceFilter = builder.inputType('AppInstanceFilter', {
  description: 'Which instances are wanted. All given conditions hold.',
  fields: (t) => ({
    app: t.id({ description: 'Those of this app: its id, or its key.' }),
    enabled: t.boolean({ description: 'Whether they are enabled.' }),
    suspended: t.boolean({ description: 'Whether they are suspended.' }),
  }),
});

const instances = listing<
  Prisma.AppInstanceWhereInput,
  Prisma.AppInstanceOrderByWithRelationInput,
  InstanceRow,
  typeof AppInstanceFilter.$inferInput
>({
  name: 'AppInstance',
  type: AppInstance,
  find: (prisma, asked) => prisma.appInstance.findMany(asked),
  count: (prisma, asked) => prisma.appInstance.count(asked),
  visible: readableInstances,
  filter: AppInstanceFilter,
  matching: ({ app, enabled, suspended }) => {
    const of = referenceOf('App', app, ['filter', 'app']);
    return [...(of == null ? [] : [{ app: of }]), ...(enabled == null ? [] : [{ enabled }]), ...(suspended == null ? [] : [{ suspended }])];
  },
  order: orderInput(
    'AppInstance',
    {
      CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
      UPDATED_AT: { column: 'updatedAt', moment: true, description: 'By when they were last changed.' },
    },
    [{ column: 'createdAt', direction: 'asc', moment: true }],
  ),
  inOrder: 'the oldest first',
});

rootField(instances, 'appInstances', 'app.read', 'The instances of apps that the viewer may read.');

nestedField(instances, App, 'instances', {
  description: 'Where it acts, as far as the viewer may read there.',
  find: async (prisma, ids, asked) => {
    const rows = await prisma.app.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, instances: asked },
    });
    return rows.map((row) => [row.id, row.instances]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.appInstance.groupBy({ by: ['appId'], where: { AND: [{ appId: { in: ids } }, where] }, _count: true });
    return rows.map(({ appId, _count }) => [appId, _count]);
  },
});

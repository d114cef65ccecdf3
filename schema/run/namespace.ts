import type { Namespace as NamespaceRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableApps } from '#domain/tenant/app.policy';
import { builder } from '#schema/builder';
import { keyed, searchField } from '#schema/keyed';
import { nestedField } from '#schema/listing';
import { decodeId } from '#schema/node';
import { App, loadApp } from '#schema/tenant/app';

const NamespaceFilter = builder.inputType('NamespaceFilter', {
  description: 'Which namespaces are wanted.',
  fields: (t) => ({ ...searchField(t), app: t.id({ description: 'Those of the app with this id.' }) }),
});

const namespaces = keyed<
  Prisma.NamespaceWhereInput,
  Prisma.NamespaceOrderByWithRelationInput,
  NamespaceRow,
  typeof NamespaceFilter.$inferInput
>({
  name: 'Namespace',
  one: 'namespace',
  many: 'namespaces',
  see: 'app.read',
  description: 'Where threads have their names: the same name in two namespaces is two threads.',
  fields: (t) => ({
    description: t.exposeString('description', { description: 'What it is for; empty when nobody said.' }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app that it belongs to.',
      resolve: ({ appId }, _args, context) => (appId === null ? null : loadApp(context, appId)),
    }),
  }),
  find: (prisma, asked) => prisma.namespace.findMany(asked),
  count: (prisma, asked) => prisma.namespace.count(asked),
  visible: readableApps,
  filter: NamespaceFilter,
  searched: ['name', 'key', 'description'],
  matching: ({ app }) => (app == null ? [] : [{ appId: decodeId('App', app, ['filter', 'app']) }]),
});

export const { node: Namespace, load: loadNamespace } = namespaces;

nestedField(namespaces, App, 'namespaces', {
  description: 'Its namespaces.',
  find: async (prisma, ids, namespaces) => {
    const rows = await prisma.app.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, namespaces },
    });
    return rows.map((row) => [row.id, row.namespaces]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.namespace.groupBy({ by: ['appId'], where: { AND: [{ appId: { in: ids } }, where] }, _count: true });
    return rows.map(({ appId, _count }) => [appId, _count]);
  },
});

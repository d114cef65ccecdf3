import type { App as AppRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableApps } from '#domain/tenant/app.policy';
import { builder } from '#schema/builder';
import { keyed, searchField } from '#schema/keyed';

const AppFilter = builder.inputType('AppFilter', {
  description: 'Which apps are wanted.',
  fields: (t) => searchField(t),
});

const apps = keyed<Prisma.AppWhereInput, Prisma.AppOrderByWithRelationInput, AppRow, typeof AppFilter.$inferInput>({
  name: 'App',
  one: 'app',
  many: 'apps',
  see: 'app.read',
  description: 'Automations, endpoints and namespaces that belong together.',
  fields: (t) => ({
    description: t.exposeString('description', { description: 'What it is for; empty when nobody said.' }),
  }),
  find: (prisma, asked) => prisma.app.findMany(asked),
  count: (prisma, asked) => prisma.app.count(asked),
  visible: readableApps,
  filter: AppFilter,
  searched: ['name', 'key', 'description'],
});

export const { node: App, load: loadApp } = apps;

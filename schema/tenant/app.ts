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
    reference: t.exposeString('key', { description: 'The same as its key: how other systems call it.' }),
    description: t.exposeString('description', { description: 'What it is for; empty when nobody said.' }),
    disabled: t.exposeBoolean('disabled', { description: 'Whether its rules are kept from acting, wherever it has instances.' }),
    scopes: t.field({
      type: ['String'],
      description:
        'What its rules may do at most: `entity.read`, `entity.write`, `note.write`, `webhook.call` and `mail.send`, or one of them for one blueprint: `entity.write:request`.',
      resolve: ({ scopes }) => scopes,
    }),
    webhookUrl: t.exposeString('webhookUrl', {
      nullable: true,
      description: "Where its rules call with `call webhook '{app_offering_webhook}'`, signed with its secret; null: nowhere.",
    }),
    webhookFailingSince: t.expose('webhookFailingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when every call of it has failed; null when the last one was taken.',
    }),
    webhookDisabledAt: t.expose('webhookDisabledAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was switched off because 20 calls in a row, or more, failed over more than a week; its calls are given up then. Null: it is on. `updateApp` with its `webhookUrl` switches it on.',
    }),
  }),
  find: (prisma, asked) => prisma.app.findMany(asked),
  count: (prisma, asked) => prisma.app.count(asked),
  visible: readableApps,
  filter: AppFilter,
  searched: ['name', 'key', 'description'],
});

export const { node: App, load: loadApp } = apps;

import type { Prisma, Secret as SecretRow } from '#platform/db/generated/prisma/client';
import { readableSecrets } from '#domain/secret/secret.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { batched, byKey, groupedBy } from '#schema/context';
import { SecretOwner } from '#schema/enums';
import { containing } from '#schema/filter';
import { searchField } from '#schema/keyed';
import { listing, rootField } from '#schema/listing';
import { automationNames, Node, decodeId, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';

/** All but the value, even encrypted. */
export type NamedSecret = Omit<SecretRow, 'sealed' | 'keyId'>;

const named = { sealed: true, keyId: true } as const satisfies Prisma.SecretOmit;

export const loadSecret = nodeType<NamedSecret>('Secret', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.secret.findMany({ where: { AND: [{ id: { in: [...ids] } }, readableSecrets(viewer)] }, omit: named });
  return byKey(rows, (row) => row.id);
});

export const Secret = builder.objectRef<NamedSecret>('Secret').implement({
  description: 'A value that is encrypted and never given back: code and templates use it by its name.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Secret', id) }),
    name: t.exposeString('name', { description: 'The name by which it is used: `secrets.NAME`.' }),
    owner: t.expose('owner', { type: SecretOwner, description: 'To what it belongs: WORKSPACE or AUTOMATION.' }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: "The automation whose own it is; null for the workspace's.",
      resolve: ({ owner, ownerId }, _args, context) => (owner === 'AUTOMATION' ? loadAutomation(context, ownerId) : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first set.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last set.' }),
  }),
});

const SecretFilter = builder.inputType('SecretFilter', {
  description: 'Which secrets are wanted.',
  fields: (t) => ({
    ...searchField(t, 'name'),
    owner: t.field({ type: SecretOwner, description: 'To what they belong: WORKSPACE or AUTOMATION; there are no others here.' }),
    automation: t.id({ description: 'Those of the automation with this id.' }),
  }),
});

const order = orderInput(
  'Secret',
  {
    NAME: { column: 'name', description: 'By name.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were first set.' },
    UPDATED_AT: { column: 'updatedAt', moment: true, description: 'By when they were last set.' },
  },
  [{ column: 'name', direction: 'asc' }],
);

const secrets = listing<Prisma.SecretWhereInput, Prisma.SecretOrderByWithRelationInput, NamedSecret, typeof SecretFilter.$inferInput>({
  name: 'Secret',
  type: Secret,
  find: (prisma, asked) => prisma.secret.findMany({ ...asked, omit: named }),
  count: (prisma, asked) => prisma.secret.count(asked),
  visible: readableSecrets,
  filter: SecretFilter,
  matching: ({ search, owner, automation }) => [
    ...(typeof search === 'string' && search !== '' ? [{ name: containing(search) }] : []),
    ...(owner == null ? [] : [{ owner }]),
    ...(automation == null ? [] : [{ ownerId: decodeId(automationNames, automation, ['filter', 'automation']) }]),
  ],
  order,
  inOrder: 'by name',
});

rootField(secrets, 'secrets', 'secret.read', 'The names of secrets of workspaces and of automations. Values are never answered.');

const loadOwnSecrets = batched<readonly NamedSecret[]>(async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.secret.findMany({
    where: { AND: [{ ownerId: { in: [...ids] } }, readableSecrets(viewer)] },
    omit: named,
    orderBy: { name: 'asc' },
  });
  return groupedBy(rows, (row) => row.ownerId);
});

builder.interfaceField(Automation, 'secrets', (t) =>
  t.field({
    type: [Secret],
    description: 'Its own secrets, by name: at most `SECRETS_MAX`, and none for who may not know of them.',
    resolve: async ({ id }, _args, context) => [...((await loadOwnSecrets(context, id)) ?? [])],
  }),
);

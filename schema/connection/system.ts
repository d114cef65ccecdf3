import type { Prisma, System as SystemRow } from '#platform/db/generated/prisma/client';
import { readableConnections } from '#domain/connection/connection.policy';
import { builder } from '#schema/builder';
import { keyed, searchField } from '#schema/keyed';
import { decodeId } from '#schema/node';
import { Credential, loadCredential } from './credential.js';
import { Header, headersOf } from './header.js';

const SystemFilter = builder.inputType('SystemFilter', {
  description: 'Which systems are wanted.',
  fields: (t) => ({ ...searchField(t), credential: t.id({ description: 'Those that use the credential with this id.' }) }),
});

const systems = keyed<Prisma.SystemWhereInput, Prisma.SystemOrderByWithRelationInput, SystemRow, typeof SystemFilter.$inferInput>({
  name: 'System',
  one: 'system',
  many: 'systems',
  see: 'connection.read',
  description: 'Another server with an API: where its endpoints are and what each call of them carries.',
  fields: (t) => ({
    description: t.exposeString('description', { description: 'What it is; empty when nobody said.' }),
    baseUrl: t.exposeString('baseUrl', { description: 'What the URLs of its endpoints are relative to.' }),
    headers: t.field({
      type: [Header],
      description: 'Sent with each call, by name; an endpoint may give one another value.',
      resolve: ({ headers }) => headersOf(headers),
    }),
    credential: t.field({
      type: Credential,
      nullable: true,
      description: 'How calls prove who makes them, where the endpoint has no credential of its own.',
      resolve: ({ credentialId }, _args, context) => (credentialId === null ? null : loadCredential(context, credentialId)),
    }),
  }),
  find: (prisma, asked) => prisma.system.findMany(asked),
  count: (prisma, asked) => prisma.system.count(asked),
  visible: readableConnections,
  filter: SystemFilter,
  searched: ['name', 'key', 'description'],
  matching: ({ credential }) =>
    credential == null ? [] : [{ credentialId: decodeId('Credential', credential, ['filter', 'credential']) }],
});

export const { node: System, load: loadSystem } = systems;

import type { Credential as CredentialRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableConnections } from '#domain/connection/connection.policy';
import { type ApiKeyPlace as Place, type CredentialSettings } from '#domain/connection/credential.settings';
import { builder } from '#schema/builder';
import { batched } from '#schema/context';
import { CredentialKind, enumType } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { keyed, searchField } from '#schema/keyed';

export const ApiKeyPlace = enumType<Place>('ApiKeyPlace', 'Where a key is sent.', {
  HEADER: 'In a header.',
  QUERY: 'In the query of the URL.',
});

const BasicSettings = builder.objectRef<CredentialSettings['BASIC']>('BasicSettings').implement({
  description: 'User name and password (RFC 7617). The password is never shown.',
  fields: (t) => ({ username: t.exposeString('username', { description: 'The user name.' }) }),
});

const ApiKeySettings = builder.objectRef<CredentialSettings['API_KEY']>('ApiKeySettings').implement({
  description: 'A key in a header or in the query. The key is never shown.',
  fields: (t) => ({
    in: t.expose('in', { type: ApiKeyPlace, description: 'Where it is sent.' }),
    name: t.exposeString('name', { description: 'The name of the header or of the parameter.' }),
  }),
});

const OAuth2ClientSettings = builder
  .objectRef<CredentialSettings['OAUTH2_CLIENT_CREDENTIALS']>('OAuth2ClientCredentialsSettings')
  .implement({
    description: 'Client credentials (RFC 6749, 4.4). The client secret is never shown.',
    fields: (t) => ({
      tokenUrl: t.exposeString('tokenUrl', { description: 'Where tokens are fetched.' }),
      clientId: t.exposeString('clientId', { description: 'Who fetches them.' }),
      scopes: t.field({ type: ['String'], description: 'What they are asked for.', resolve: ({ scopes }) => [...scopes] }),
      audience: t.exposeString('audience', { nullable: true, description: 'For whom they are meant; null: not said.' }),
    }),
  });

/** The settings of a credential, when it is of this kind. */
function settingsOf<Kind extends keyof CredentialSettings>(row: CredentialRow, kind: Kind): CredentialSettings[Kind] | null {
  // Written by the credential's service, in the form of its kind.
  return row.kind === kind ? (row.settings as unknown as CredentialSettings[Kind]) : null;
}

const loadSecretsUpdatedAt = batched<Date>(async ({ app }, ids) => {
  const where = { ownerId: { in: [...ids] }, owner: 'CREDENTIAL' as const };
  const rows = await app.db.prisma.secret.groupBy({ by: ['ownerId'], where, _max: { updatedAt: true } });
  return new Map(rows.flatMap(({ ownerId, _max }) => (_max.updatedAt === null ? [] : [[ownerId, _max.updatedAt] as const])));
});

const CredentialFilter = builder.inputType('CredentialFilter', {
  description: 'Which credentials are wanted.',
  fields: (t) => ({
    ...searchField(t, 'name or the key'),
    kind: t.field({ type: [CredentialKind], description: 'How calls prove who makes them: any of these.' }),
  }),
});

const credentials = keyed<
  Prisma.CredentialWhereInput,
  Prisma.CredentialOrderByWithRelationInput,
  CredentialRow,
  typeof CredentialFilter.$inferInput
>({
  name: 'Credential',
  one: 'credential',
  many: 'credentials',
  see: 'connection.read',
  description: 'How calls of another server prove who makes them. What is secret in it is encrypted and never given back.',
  fields: (t) => ({
    kind: t.expose('kind', { type: CredentialKind, description: 'How it proves it.' }),
    basic: t.field({
      type: BasicSettings,
      nullable: true,
      description: 'Its settings, when its kind is BASIC.',
      resolve: (row) => settingsOf(row, 'BASIC'),
    }),
    apiKey: t.field({
      type: ApiKeySettings,
      nullable: true,
      description: 'Its settings, when its kind is API_KEY.',
      resolve: (row) => settingsOf(row, 'API_KEY'),
    }),
    oauth2ClientCredentials: t.field({
      type: OAuth2ClientSettings,
      nullable: true,
      description: 'Its settings, when its kind is OAUTH2_CLIENT_CREDENTIALS.',
      resolve: (row) => settingsOf(row, 'OAUTH2_CLIENT_CREDENTIALS'),
    }),
    secretsUpdatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its secret was last set.',
      resolve: ({ id }, _args, context) => loadSecretsUpdatedAt(context, id),
    }),
  }),
  find: (prisma, asked) => prisma.credential.findMany(asked),
  count: (prisma, asked) => prisma.credential.count(asked),
  visible: readableConnections,
  filter: CredentialFilter,
  searched: ['name', 'key'],
  matching: ({ kind }) => (kind == null ? [] : [{ kind: { in: anyOf('kind', kind) } }]),
});

export const { node: Credential, load: loadCredential } = credentials;

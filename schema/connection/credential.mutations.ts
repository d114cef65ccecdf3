import { createCredential, deleteCredential, updateCredential } from '#domain/connection/credential.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeOf, write, writtenField } from '#schema/written';
import { ApiKeyPlace, Credential, loadCredential } from './credential.js';

const BasicInput = builder.inputType('BasicCredentialInput', {
  description: 'User name and password (RFC 7617).',
  fields: (t) => ({
    username: t.string({ description: 'The user name, without a colon. Required in a new one.' }),
    password: t.string({ description: 'The password, never shown again. Required in a new one; absent in a change, it stays.' }),
  }),
});

const BearerInput = builder.inputType('BearerCredentialInput', {
  description: 'A fixed bearer token (RFC 6750).',
  fields: (t) => ({
    token: t.string({ description: 'The token, never shown again. Required in a new one; absent in a change, it stays.' }),
  }),
});

const ApiKeyInput = builder.inputType('ApiKeyCredentialInput', {
  description: 'A key in a header or in the query.',
  fields: (t) => ({
    in: t.field({ type: ApiKeyPlace, description: 'Where it is sent. Required in a new one.' }),
    name: t.string({ description: 'The name of the header or of the parameter. Required in a new one.' }),
    value: t.string({ description: 'The key, never shown again. Required in a new one; absent in a change, it stays.' }),
  }),
});

const OAuth2Input = builder.inputType('OAuth2ClientCredentialsInput', {
  description: 'Client credentials (RFC 6749, 4.4): a token is fetched with them and kept until it expires.',
  fields: (t) => ({
    tokenUrl: t.string({ description: 'Where tokens are fetched: http or https, without user and password. Required in a new one.' }),
    clientId: t.string({ description: 'Who fetches them. Required in a new one.' }),
    clientSecret: t.string({ description: 'The secret, never shown again. Required in a new one; absent in a change, it stays.' }),
    scopes: t.stringList({ description: 'What they are asked for; none when absent.' }),
    audience: t.string({ description: 'For whom they are meant; not said when absent.' }),
  }),
});

const CredentialSettingsInput = builder.inputType('CredentialSettingsInput', {
  description: 'How calls prove who makes them: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    basic: t.field({ type: BasicInput, description: 'User name and password.' }),
    bearer: t.field({ type: BearerInput, description: 'A fixed token.' }),
    apiKey: t.field({ type: ApiKeyInput, description: 'A key in a header or in the query.' }),
    oauth2ClientCredentials: t.field({ type: OAuth2Input, description: 'A token that is fetched.' }),
  }),
});

const CreateCredentialInput = builder.inputType('CreateCredentialInput', {
  description: 'A new credential.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    settings: t.field({ type: CredentialSettingsInput, required: true, description: 'How calls prove who makes them.' }),
    idempotencyKey: t.string({
      description: 'A repeat with the same key within 24 hours answers the same credential. The secret is not compared.',
    }),
  }),
});

const UpdateCredentialInput = builder.inputType('UpdateCredentialInput', {
  description: 'Changes of a credential, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    settings: t.field({
      type: CredentialSettingsInput,
      description: 'What of its settings changes, the secret included. Settings of another kind are given whole and replace it.',
    }),
  }),
});

const credentialField = (description: string) => writtenField('credential', Credential, loadCredential, description);

mutation<typeof CreateCredentialInput.$inferInput, Written>('createCredential', {
  description: 'Makes a credential for systems and endpoints.',
  input: CreateCredentialInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The credential is there.',
  fields: credentialField('The new credential.'),
  run: ({ workspace, settings, ...input }, context) =>
    write(context, (work) =>
      createCredential(work, {
        ...input,
        // The service asks for what a new one needs and names each field that is missing.
        settings: settings as Parameters<typeof createCredential>[1]['settings'],
        workspaceId: workspaceOf(context, workspace),
      }),
    ),
});

mutation<typeof UpdateCredentialInput.$inferInput, Written>('updateCredential', {
  description: 'Changes a credential, for the next attempt of any run. A secret that is not given stays.',
  input: UpdateCredentialInput,
  success: 'The credential is changed.',
  fields: credentialField('The credential as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    write(context, (work) => updateCredential(work, placeOf('Credential', context, { id, key, workspace }), changes)),
});

const DeleteCredentialInput = builder.inputType('DeleteCredentialInput', {
  description: 'Which credential to delete.',
  fields: (t) => ({
    ...placeFields(t),
    force: t.boolean({ description: 'Also while systems or endpoints use it, which are then without a credential; false when absent.' }),
  }),
});

mutation<typeof DeleteCredentialInput.$inferInput, Written>('deleteCredential', {
  description: 'Deletes a credential with its secret. Refused while systems or endpoints use it, unless `force` is true.',
  input: DeleteCredentialInput,
  success: 'The credential is deleted.',
  fields: deletedField('Credential'),
  run: ({ force, ...place }, context) =>
    write(context, (work) => deleteCredential(work, placeOf('Credential', context, place), { force: force ?? false })),
});

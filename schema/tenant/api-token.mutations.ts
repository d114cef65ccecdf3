import { type Shown, createApiToken, revokeApiToken } from '#domain/tenant/token.service';
import { invalid } from '#domain/input';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { Role } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { ApiToken, loadApiToken } from './api-token.js';
import { type Made, readBack } from './read-back.js';

const CreateApiTokenInput = builder.inputType('CreateApiTokenInput', {
  description: 'A token to make.',
  fields: (t) => ({
    personal: t.boolean({
      required: true,
      defaultValue: false,
      description: 'true: a token that acts as you, in all of your workspaces; false: a service token of one workspace.',
    }),
    workspace: t.id({ description: 'The workspace of a service token; your only one when absent.' }),
    name: t.string({ required: true, description: 'What it is for, in 1 to 128 characters.' }),
    role: t.field({ type: Role, required: true, description: 'The most that it may do: at most what you may.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it ends by itself; never when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same token, without its secret.' }),
  }),
});

mutation<typeof CreateApiTokenInput.$inferInput, Shown>('createApiToken', {
  description: 'Makes a bearer token for a service or for yourself.',
  input: CreateApiTokenInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The token is valid.',
  fields: (t) => ({
    apiToken: t.field({
      type: ApiToken,
      description: 'What is known of the token.',
      resolve: ({ id }, _args, context) => readBack(loadApiToken, context, id),
    }),
    token: t.string({
      nullable: true,
      description:
        'The token, to be sent as `Authorization: Bearer …`. Shown this once; null when an idempotency key answered an earlier call.',
      resolve: ({ token }) => token,
    }),
  }),
  run: ({ personal, workspace, ...input }, context) => {
    if (personal && typeof workspace === 'string') throw invalid(['workspace'], 'A personal token belongs to no workspace.', 'ONE_OF');
    const workspaceId = personal ? null : workspaceOf(context, workspace);
    return transact(context.app, context.viewer, (work) => createApiToken(work, { ...input, workspaceId }));
  },
});

const RevokeApiTokenInput = builder.inputType('RevokeApiTokenInput', {
  description: 'Which token to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

mutation<typeof RevokeApiTokenInput.$inferInput, Made>('revokeApiToken', {
  description: 'Refuses a token from now on; what is open with it ends within a second. Doing it again is no error.',
  input: RevokeApiTokenInput,
  success: 'The token is refused.',
  fields: (t) => ({
    apiToken: t.field({
      type: ApiToken,
      description: 'What is known of the token.',
      resolve: ({ id }, _args, context) => readBack(loadApiToken, context, id),
    }),
  }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => revokeApiToken(work, { id: decodeId('ApiToken', id) })),
  }),
});

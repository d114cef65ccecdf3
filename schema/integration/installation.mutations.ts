import { type ReleaseReference, installIntegration, installRelease } from '#domain/integration/installation.service';
import { ActionSecretInput, actionPlaceFields, place } from '#schema/action/action.inputs';
import { type Written, actionField, placeOf, write } from '#schema/action/action.mutations';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId, isId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { referenceOf } from '#schema/written';

const InstallIntegrationInput = builder.inputType('InstallIntegrationInput', {
  description: 'An action that is made of an integration.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where the integration and the action belong; not needed when the viewer belongs to one workspace.' }),
    integration: t.id({ required: true, description: 'The id or the key of the integration.' }),
    release: t.id({ description: 'The id or the version of the release; the current one when absent.' }),
    key: t.string({ description: 'The key of the action. Made of the name when absent.' }),
    name: t.string({ required: true, description: 'The name of the action, at most 128 characters.' }),
    description: t.string({ description: 'What the action is for.' }),
    secrets: t.field({ type: [ActionSecretInput], description: 'The secrets that the release asks for, with their values.' }),
    configuration: t.field({ type: 'JSONObject', description: 'The values that the release asks for, but for those with a default.' }),
    deploy: t.boolean({ description: 'Deploys it right away, or as soon as it is built. False when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same action.' }),
  }),
});

mutation<typeof InstallIntegrationInput.$inferInput, Written>('installIntegration', {
  description:
    'Makes an action of a release of an integration, with the policy MANUAL. Its code, packages and trigger point are those of the release and change only with it.',
  input: InstallIntegrationInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The action is there.',
  fields: actionField('The new action.'),
  run: ({ workspace, integration, release, ...input }, context) =>
    write(context, (work) =>
      installIntegration(work, workspaceOf(context, workspace), {
        ...input,
        integration: referenceOf('Integration', integration, ['integration']),
        release: releaseOf(release),
      }),
    ),
});

const InstallReleaseInput = builder.inputType('InstallReleaseInput', {
  description: `To which release an installed action is moved. ${place}`,
  fields: (t) => ({
    ...actionPlaceFields(t),
    release: t.id({ description: 'The id or the version of the release; the current one when absent.' }),
    secrets: t.field({
      type: [ActionSecretInput],
      description: 'All its secrets: a name without a value keeps the one it has. When absent they stay as they are.',
    }),
    configuration: t.field({
      type: 'JSONObject',
      description: 'Its whole configuration; when absent it keeps what the release knows, with the defaults of what is new.',
    }),
    deploy: t.boolean({ description: 'Deploys it right away, or as soon as it is built. False when absent.' }),
  }),
});

mutation<typeof InstallReleaseInput.$inferInput, Written>('installRelease', {
  description:
    'Moves the draft of an action that comes from an integration to another release of that. What is live stays until it is deployed.',
  input: InstallReleaseInput,
  success: 'The draft is of that release.',
  fields: actionField('The action.'),
  run: ({ id, key, workspace, release, ...input }, context) =>
    write(context, (work) => installRelease(work, placeOf(context, { id, key, workspace }), { ...input, release: releaseOf(release) })),
});

/** What looks like an id is one; other texts are versions. */
function releaseOf(given: string | null | undefined): ReleaseReference | null {
  if (typeof given !== 'string') return null;
  return isId(given) ? { id: decodeId('IntegrationRelease', given, ['release']) } : { version: given };
}

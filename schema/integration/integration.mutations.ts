import { createIntegration, deleteIntegration, releaseIntegration, updateIntegration } from '#domain/integration/integration.service';
import { DependencyInput } from '#schema/action/action.inputs';
import { type GraphTypes, builder } from '#schema/builder';
import { CodeLanguage, IntegrationFeature } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, placeOf, referenceOf, write, writtenField } from '#schema/written';
import { Integration, loadIntegration } from './integration.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

/** What a catalogue shows of it. */
function shown(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) {
  return {
    description: t.string({ description: 'What it is for.' }),
    partner: t.string({ description: 'Who offers what it connects to.' }),
    logoUrl: t.string({ description: 'Where its picture is: an address that begins with `https://`.' }),
    feature: t.field({ type: IntegrationFeature, description: 'What it is about; ACTION by default.' }),
  };
}

const CreateIntegrationInput = builder.inputType('CreateIntegrationInput', {
  description: 'A new integration, without a release.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Made of the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    ...shown(t),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same integration.' }),
  }),
});

const UpdateIntegrationInput = builder.inputType('UpdateIntegrationInput', {
  description: 'Changes of an integration, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    ...shown(t),
  }),
});

const RequiredSecretInput = builder.inputType('RequiredSecretInput', {
  description: 'A secret that whoever installs the release has to give.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name by which the code finds it: letters, digits and _.' }),
    label: t.string({ description: 'What a form calls it; the name when absent.' }),
    description: t.string({ description: 'What it is.' }),
  }),
});

const RequiredConfigurationInput = builder.inputType('RequiredConfigurationInput', {
  description: 'A value that whoever installs the release gives.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name by which the code finds it: letters, digits and _.' }),
    label: t.string({ description: 'What a form calls it; the name when absent.' }),
    description: t.string({ description: 'What it is.' }),
    default: t.string({ description: 'Its value when none is given; it has to be given when absent.' }),
  }),
});

const ReleaseIntegrationInput = builder.inputType('ReleaseIntegrationInput', {
  description: 'A new release of an integration. It never changes.',
  fields: (t) => ({
    integration: t.id({ required: true, description: 'The id or the key of the integration.' }),
    workspace: t.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    version: t.string({ required: true, description: 'Its semantic version, such as `1.2.0`: higher than that of the release before.' }),
    triggerPoint: t.string({ required: true, description: 'The key of the trigger point that its actions are made for.' }),
    language: t.field({ type: CodeLanguage, description: 'What its code is written in; JAVASCRIPT when absent.' }),
    code: t.string({ required: true, description: 'Its code, which exports the handler of the trigger point.' }),
    dependencies: t.field({ type: [DependencyInput], description: 'The packages that the code may import, at most 10.' }),
    requiredSecrets: t.field({ type: [RequiredSecretInput], description: 'The secrets that an installation has to give.' }),
    requiredConfiguration: t.field({
      type: [RequiredConfigurationInput],
      description: 'The values that an installation gives, and no others.',
    }),
  }),
});

const integrationField = (description: string) => writtenField('integration', Integration, loadIntegration, description);

mutation<typeof CreateIntegrationInput.$inferInput, Written>('createIntegration', {
  description: 'Makes an integration. It can be installed once it has a release.',
  input: CreateIntegrationInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The integration is there.',
  fields: integrationField('The new integration.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => createIntegration(work, { ...input, workspaceId: workspaceOf(context, workspace) })),
});

mutation<typeof UpdateIntegrationInput.$inferInput, Written>('updateIntegration', {
  description: 'Changes what a catalogue shows of an integration. Its releases stay as they are.',
  input: UpdateIntegrationInput,
  success: 'The integration is changed.',
  fields: integrationField('The integration as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    write(context, (work) => updateIntegration(work, placeOf('Integration', context, { id, key, workspace }), changes)),
});

mutation<typeof ReleaseIntegrationInput.$inferInput, Written>('releaseIntegration', {
  description: 'Publishes a state of an integration. What is installed of earlier ones stays as it is until it is moved.',
  input: ReleaseIntegrationInput,
  success: 'The release is there.',
  fields: integrationField('The integration; its `currentRelease` is the new one.'),
  run: ({ integration, workspace, ...input }, context) => {
    const reference = referenceOf('Integration', integration, ['integration']);
    const place = 'id' in reference ? reference : { ...reference, workspaceId: workspaceOf(context, workspace) };
    return write(context, (work) => releaseIntegration(work, place, input));
  },
});

const DeleteIntegrationInput = placeInput('DeleteIntegrationInput', 'Which integration to delete.');

mutation<typeof DeleteIntegrationInput.$inferInput, Written>('deleteIntegration', {
  description: 'Deletes an integration with its releases. Refused while an action comes from it.',
  input: DeleteIntegrationInput,
  success: 'The integration is deleted.',
  fields: deletedField('Integration'),
  run: (input, context) => write(context, (work) => deleteIntegration(work, placeOf('Integration', context, input))),
});

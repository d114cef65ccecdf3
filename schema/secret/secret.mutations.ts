import { deleteSecret, setSecret } from '#domain/secret/named.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { automationNames, decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, referenceOf, write, writtenField } from '#schema/written';
import { Secret, loadSecret } from './secret.js';

const SetSecretInput = builder.inputType('SetSecretInput', {
  description: 'A secret as it should be.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    action: t.id({
      description:
        "The id or the key of the action whose own it is; the workspace's when absent. An action's own hides the workspace's of the same name.",
    }),
    name: t.string({
      required: true,
      description: 'The name by which it is used: 1 to 128 letters, digits and _, not beginning with a digit.',
    }),
    value: t.string({ required: true, description: 'Its value, never shown again.' }),
  }),
});

mutation<typeof SetSecretInput.$inferInput, Written>('setSecret', {
  description: 'Gives a secret a value, whether it is there already or not. The next attempt of any run uses it.',
  input: SetSecretInput,
  success: 'The secret is set.',
  fields: writtenField('secret', Secret, loadSecret, 'The secret, without its value.'),
  run: ({ workspace, action, ...input }, context) =>
    write(context, (work) =>
      setSecret(work, { ...input, action: referenceOf(automationNames, action, ['action']), workspaceId: workspaceOf(context, workspace) }),
    ),
});

const DeleteSecretInput = builder.inputType('DeleteSecretInput', {
  description: 'Which secret to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

mutation<typeof DeleteSecretInput.$inferInput, Written>('deleteSecret', {
  description: 'Forgets a secret. What uses it fails at its next attempt.',
  input: DeleteSecretInput,
  success: 'The secret is gone.',
  fields: deletedField('Secret'),
  run: ({ id }, context) => write(context, (work) => deleteSecret(work, decodeId('Secret', id))),
});

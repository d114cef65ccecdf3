import { createAppInstance, deleteAppInstance, updateAppInstance } from '#domain/tenant/instance.service';
import { type GraphTypes, builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, referenceOf, write, writtenField } from '#schema/written';
import { AppInstance, loadInstance } from './app-instance.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

const settings = (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => ({
  enabled: t.boolean({ description: 'Whether the rules of the app act there; true when absent at first.' }),
  suspended: t.boolean({ description: 'Keeps them from it nevertheless; false when null.' }),
  suspendedComment: t.string({ description: 'Why it is suspended, at most 2,000 characters; null makes it empty.' }),
  scopes: t.stringList({ description: 'What its rules may do there, of what the app may do; all of that when null.' }),
  customFields: t.field({
    type: 'JSONObject',
    description: 'What its rules find at `rule_app_instance.custom_fields`: at most 64 kB of JSON, 8 levels deep. Empty when null.',
  }),
});

const CreateAppInstanceInput = builder.inputType('CreateAppInstanceInput', {
  description: 'An app that shall act in a workspace.',
  fields: (t) => ({
    app: t.id({ required: true, description: 'The app: its id or, where it is of the same workspace, its key.' }),
    workspace: t.id({ description: 'Where it shall act; not needed when the viewer belongs to one workspace.' }),
    ...settings(t),
  }),
});

const UpdateAppInstanceInput = builder.inputType('UpdateAppInstanceInput', {
  description: 'Changes of an instance. What is absent stays as it is.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }), ...settings(t) }),
});

const DeleteAppInstanceInput = builder.inputType('DeleteAppInstanceInput', {
  description: 'Which instance to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

const instanceField = (description: string) => writtenField('appInstance', AppInstance, loadInstance, description);

mutation<typeof CreateAppInstanceInput.$inferInput, Written>('createAppInstance', {
  description:
    'Lets the rules of an app act on the records of a workspace of the same organization. The viewer must be allowed to write apps in both.',
  input: CreateAppInstanceInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The app has an instance in the workspace.',
  fields: instanceField('The new instance.'),
  run: ({ workspace, app, ...input }, context) =>
    write(context, (work) =>
      createAppInstance(work, { ...input, app: referenceOf('App', app, ['app']), workspaceId: workspaceOf(context, workspace) }),
    ),
});

mutation<typeof UpdateAppInstanceInput.$inferInput, Written>('updateAppInstance', {
  description: 'Enables, disables, suspends or narrows what an app does in a workspace, or gives its rules other values.',
  input: UpdateAppInstanceInput,
  success: 'The instance is changed.',
  fields: instanceField('The instance as it is now.'),
  run: ({ id, ...changes }, context) => write(context, (work) => updateAppInstance(work, decodeId('AppInstance', id), changes)),
});

mutation<typeof DeleteAppInstanceInput.$inferInput, Written>('deleteAppInstance', {
  description: 'Ends what an app does in a workspace. What it has done stays.',
  input: DeleteAppInstanceInput,
  success: 'The instance is deleted.',
  fields: deletedField('AppInstance'),
  run: ({ id }, context) => write(context, (work) => deleteAppInstance(work, decodeId('AppInstance', id))),
});

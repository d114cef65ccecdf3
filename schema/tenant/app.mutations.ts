import { createApp, deleteApp, updateApp } from '#domain/tenant/app.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, placeOf, write, writtenField } from '#schema/written';
import { App, loadApp } from './app.js';

const CreateAppInput = builder.inputType('CreateAppInput', {
  description: 'A new app.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same app.' }),
  }),
});

const UpdateAppInput = builder.inputType('UpdateAppInput', {
  description: 'Changes of an app, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for; null makes it empty.' }),
  }),
});

const appField = (description: string) => writtenField('app', App, loadApp, description);

mutation<typeof CreateAppInput.$inferInput, Written>('createApp', {
  description: 'Makes an app: automations, endpoints and namespaces can belong to it.',
  input: CreateAppInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The app is there.',
  fields: appField('The new app.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => createApp(work, { ...input, workspaceId: workspaceOf(context, workspace) })),
});

mutation<typeof UpdateAppInput.$inferInput, Written>('updateApp', {
  description: 'Changes the name and the description of an app.',
  input: UpdateAppInput,
  success: 'The app is changed.',
  fields: appField('The app as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    write(context, (work) => updateApp(work, placeOf('App', context, { id, key, workspace }), changes)),
});

const DeleteAppInput = placeInput('DeleteAppInput', 'Which app to delete.');

mutation<typeof DeleteAppInput.$inferInput, Written>('deleteApp', {
  description:
    'Deletes an app. Its automations, endpoints and namespaces stay, without an app; notification groups that told of its runs only go with it.',
  input: DeleteAppInput,
  success: 'The app is deleted.',
  fields: deletedField('App'),
  run: (input, context) => write(context, (work) => deleteApp(work, placeOf('App', context, input))),
});

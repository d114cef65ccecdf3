import { type SignedApp, createSignedApp, rotateAppSecret, updateSignedApp } from '#domain/secret/app-secret.service';
import { deleteApp } from '#domain/tenant/app.service';
import { transact } from '#platform/work/work';
import { type GraphTypes, builder } from '#schema/builder';
import { type Fields, mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, placeOf, write } from '#schema/written';
import { readBack } from './read-back.js';
import { App, loadApp } from './app.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

const offering = (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => ({
  disabled: t.boolean({ description: 'Keeps its rules from acting, wherever it has instances; false when null.' }),
  scopes: t.stringList({
    description:
      'What its rules may do at most: `entity.read`, `entity.write`, `note.write`, `webhook.call`, `mail.send`, or one of them for one blueprint: `entity.write:request`. All five when null.',
  }),
  webhookUrl: t.string({
    description:
      "Where its rules call with `call webhook '{app_offering_webhook}'`: an http or https URL, without credentials; null: nowhere. One that was switched off is switched on again when it is given.",
  }),
});

const CreateAppInput = builder.inputType('CreateAppInput', {
  description: 'A new app.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    ...offering(t),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same app.' }),
  }),
});

const UpdateAppInput = builder.inputType('UpdateAppInput', {
  description: 'Changes of an app, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for; null makes it empty.' }),
    ...offering(t),
  }),
});

const appField =
  (description: string): Fields<SignedApp> =>
  (t) => ({
    app: t.field({ type: App, description, resolve: ({ id }, _args, context) => readBack(loadApp, context, id) }),
    secret: t.string({
      nullable: true,
      description: 'What the calls of its webhook are signed with (Standard Webhooks), where it got one now. Shown this once.',
      resolve: ({ secret }) => secret,
    }),
  });

mutation<typeof CreateAppInput.$inferInput, SignedApp>('createApp', {
  description:
    'Makes an app: automations, endpoints and namespaces can belong to it, and its rules act in every workspace where it has an instance.',
  input: CreateAppInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The app is there.',
  fields: appField('The new app.'),
  run: ({ workspace, ...input }, context) =>
    transact(context.app, context.viewer, (work) => createSignedApp(work, { ...input, workspaceId: workspaceOf(context, workspace) })),
});

mutation<typeof UpdateAppInput.$inferInput, SignedApp>('updateApp', {
  description: 'Changes an app.',
  input: UpdateAppInput,
  success: 'The app is changed.',
  fields: appField('The app as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    transact(context.app, context.viewer, (work) => updateSignedApp(work, placeOf('App', context, { id, key, workspace }), changes)),
});

const RotateAppSecretInput = builder.inputType('RotateAppSecretInput', {
  description: 'Whose secret to replace.',
  fields: (t) => ({
    ...placeFields(t),
    secret: t.string({ description: 'The new secret: `whsec_` and 24 to 64 bytes in base64. Made when absent.' }),
    graceSeconds: t.int({
      description: 'For how long calls are also signed with the secret before: from 0 to 604,800 seconds; 86,400 (a day) when absent.',
    }),
  }),
});

mutation<typeof RotateAppSecretInput.$inferInput, SignedApp>('rotateAppSecret', {
  description:
    'Gives an app another secret: the calls of its webhook that are made from now on are signed with it, also those that wait. For a time of grace they carry a second signature, by the secret before.',
  input: RotateAppSecretInput,
  success: 'The secret is replaced.',
  fields: appField('The app.'),
  run: ({ id, key, workspace, ...input }, context) =>
    transact(context.app, context.viewer, (work) => rotateAppSecret(work, placeOf('App', context, { id, key, workspace }), input)),
});

const DeleteAppInput = placeInput('DeleteAppInput', 'Which app to delete.');

mutation<typeof DeleteAppInput.$inferInput, Written>('deleteApp', {
  description:
    'Deletes an app with its instances. Refused (`HAS_RULES`) while rules belong to it. Its actions, endpoints and namespaces stay, without an app; notification groups that told of its runs only go with it, and a pause of it ends.',
  input: DeleteAppInput,
  success: 'The app is deleted.',
  fields: deletedField('App'),
  run: (input, context) => write(context, (work) => deleteApp(work, placeOf('App', context, input))),
});

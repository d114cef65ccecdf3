import { createNamespace, deleteNamespace, updateNamespace } from '#domain/run/namespace.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, placeOf, referenceOf, write, writtenField } from '#schema/written';
import { Namespace, loadNamespace } from './namespace.js';

const CreateNamespaceInput = builder.inputType('CreateNamespaceInput', {
  description: 'A new namespace.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    app: t.id({ description: 'The id or the key of the app that it belongs to.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same namespace.' }),
  }),
});

const UpdateNamespaceInput = builder.inputType('UpdateNamespaceInput', {
  description: 'Changes of a namespace, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for; null makes it empty.' }),
    app: t.id({ description: 'The id or the key of the app that it belongs to; null: to none.' }),
  }),
});

const namespaceField = (description: string) => writtenField('namespace', Namespace, loadNamespace, description);

mutation<typeof CreateNamespaceInput.$inferInput, Written>('createNamespace', {
  description: 'Makes a namespace for threads.',
  input: CreateNamespaceInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The namespace is there.',
  fields: namespaceField('The new namespace.'),
  run: ({ workspace, app, ...input }, context) =>
    write(context, (work) =>
      createNamespace(work, { ...input, app: referenceOf('App', app, ['app']), workspaceId: workspaceOf(context, workspace) }),
    ),
});

mutation<typeof UpdateNamespaceInput.$inferInput, Written>('updateNamespace', {
  description: 'Changes a namespace.',
  input: UpdateNamespaceInput,
  success: 'The namespace is changed.',
  fields: namespaceField('The namespace as it is now.'),
  run: ({ id, key, workspace, app, ...changes }, context) =>
    write(context, (work) =>
      updateNamespace(work, placeOf('Namespace', context, { id, key, workspace }), {
        ...changes,
        app: referenceOf('App', app, ['app']),
      }),
    ),
});

const DeleteNamespaceInput = placeInput('DeleteNamespaceInput', 'Which namespace to delete.');

mutation<typeof DeleteNamespaceInput.$inferInput, Written>('deleteNamespace', {
  description:
    'Deletes a namespace with its threads; the runs that were on them stay. Refused while what is live uses it, and while runs on its threads are not final.',
  input: DeleteNamespaceInput,
  success: 'The namespace is deleted.',
  fields: deletedField('Namespace'),
  run: (input, context) => write(context, (work) => deleteNamespace(work, placeOf('Namespace', context, input))),
});

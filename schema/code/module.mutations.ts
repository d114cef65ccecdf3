import { createModule, deleteModule, updateModule } from '#domain/code/module.service';
import { builder } from '#schema/builder';
import { CodeLanguage } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, placeOf, write, writtenField } from '#schema/written';
import { Module, loadModule } from './module.js';

const CreateModuleInput = builder.inputType('CreateModuleInput', {
  description: 'A new module.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description: 'The name by which code imports it: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    language: t.field({ type: CodeLanguage, description: 'What it is written in; JAVASCRIPT when absent.' }),
    code: t.string({ required: true, description: 'Its code: an ES module or CommonJS.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same module.' }),
  }),
});

const UpdateModuleInput = builder.inputType('UpdateModuleInput', {
  description: 'Changes of a module, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is for; null makes it empty.' }),
    language: t.field({ type: CodeLanguage, description: 'What it is written in.' }),
    code: t.string({ description: 'Its code. Other code is a new version.' }),
  }),
});

const moduleField = (description: string) => writtenField('module', Module, loadModule, description);

mutation<typeof CreateModuleInput.$inferInput, Written>('createModule', {
  description: 'Makes a module that the code of actions can import.',
  input: CreateModuleInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The module is there.',
  fields: moduleField('The new module.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => createModule(work, { ...input, workspaceId: workspaceOf(context, workspace) })),
});

mutation<typeof UpdateModuleInput.$inferInput, Written>('updateModule', {
  description: 'Changes a module. Other code is a new version; actions keep the version that they name.',
  input: UpdateModuleInput,
  success: 'The module is changed.',
  fields: moduleField('The module as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    write(context, (work) => updateModule(work, placeOf('Module', context, { id, key, workspace }), changes)),
});

const DeleteModuleInput = placeInput('DeleteModuleInput', 'Which module to delete.');

mutation<typeof DeleteModuleInput.$inferInput, Written>('deleteModule', {
  description: 'Deletes a module. Refused while a draft or what is live uses it; what was built with it earlier stays as it is.',
  input: DeleteModuleInput,
  success: 'The module is deleted.',
  fields: deletedField('Module'),
  run: (input, context) => write(context, (work) => deleteModule(work, placeOf('Module', context, input))),
});

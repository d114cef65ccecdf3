import { createSystem, deleteSystem, updateSystem, upsertSystem } from '#domain/connection/system.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, placeOf, referenceOf, write, writtenField } from '#schema/written';
import { HeaderInput } from './header.js';
import { System, loadSystem } from './system.js';

const baseUrl = 'What the URLs of its endpoints are relative to: http or https, without user, password, query and fragment.';
const slots = 'Values may hold `{{ … }}` over `payload`, `input`, `run`, `action`, `now`, `date` and `secrets`.';
const credential = 'The id or the key of the credential that its calls use.';

const CreateSystemInput = builder.inputType('CreateSystemInput', {
  description: 'A new system.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is.' }),
    baseUrl: t.string({ required: true, description: baseUrl }),
    headers: t.field({ type: [HeaderInput], description: `Sent with each call, at most 50. ${slots}` }),
    credential: t.id({ description: credential }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same system.' }),
  }),
});

const UpdateSystemInput = builder.inputType('UpdateSystemInput', {
  description: 'Changes of a system, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is; null makes it empty.' }),
    baseUrl: t.string({ description: baseUrl }),
    headers: t.field({ type: [HeaderInput], description: `All headers that are sent with each call; null: none. ${slots}` }),
    credential: t.id({ description: `${credential} Null: none.` }),
  }),
});

const UpsertSystemInput = builder.inputType('UpsertSystemInput', {
  description: 'The whole system with this key, as it should be. What is absent gets its default, also when it had another value.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({ required: true, description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -.' }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    description: t.string({ description: 'What it is.' }),
    baseUrl: t.string({ required: true, description: baseUrl }),
    headers: t.field({ type: [HeaderInput], description: `Sent with each call, at most 50. ${slots}` }),
    credential: t.id({ description: credential }),
  }),
});

const systemField = (description: string) => writtenField('system', System, loadSystem, description);

mutation<typeof CreateSystemInput.$inferInput, Written>('createSystem', {
  description: 'Makes a system.',
  input: CreateSystemInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The system is there.',
  fields: systemField('The new system.'),
  run: ({ workspace, credential: used, ...input }, context) =>
    write(context, (work) =>
      createSystem(work, {
        ...input,
        credential: referenceOf('Credential', used, ['credential']),
        workspaceId: workspaceOf(context, workspace),
      }),
    ),
});

mutation<typeof UpdateSystemInput.$inferInput, Written>('updateSystem', {
  description: 'Changes a system, for the next attempt of any run.',
  input: UpdateSystemInput,
  success: 'The system is changed.',
  fields: systemField('The system as it is now.'),
  run: ({ id, key, workspace, credential: used, ...changes }, context) =>
    write(context, (work) =>
      updateSystem(work, placeOf('System', context, { id, key, workspace }), {
        ...changes,
        credential: referenceOf('Credential', used, ['credential']),
      }),
    ),
});

mutation<typeof UpsertSystemInput.$inferInput, Written>('upsertSystem', {
  description: 'Makes the system with a key be as given, whether it is there already or not, for the next attempt of any run.',
  input: UpsertSystemInput,
  success: 'The system is as given.',
  fields: systemField('The system.'),
  run: ({ workspace, credential: used, ...input }, context) =>
    write(context, (work) =>
      upsertSystem(work, {
        ...input,
        credential: referenceOf('Credential', used, ['credential']),
        workspaceId: workspaceOf(context, workspace),
      }),
    ),
});

const DeleteSystemInput = placeInput('DeleteSystemInput', 'Which system to delete.');

mutation<typeof DeleteSystemInput.$inferInput, Written>('deleteSystem', {
  description: 'Deletes a system. Refused while it has endpoints.',
  input: DeleteSystemInput,
  success: 'The system is deleted.',
  fields: deletedField('System'),
  run: (input, context) => write(context, (work) => deleteSystem(work, placeOf('System', context, input))),
});

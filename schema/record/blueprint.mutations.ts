import { createBlueprint, deleteBlueprint, seedBlueprints, updateBlueprint, upsertBlueprint } from '#domain/record/blueprint.service';
import { transact } from '#platform/work/work';
import { type GraphTypes, builder } from '#schema/builder';
import { enumType } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeOf, write, writtenField } from '#schema/written';
import { Blueprint, LinkKind, loadBlueprint } from './blueprint.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

const DerivedWhenInput = builder.inputType('DerivedWhenInput', {
  description: 'When a record gets a derived status: when every record of a link, and at least one, has a status.',
  fields: (t) => ({
    link: t.string({ required: true, description: 'The name of the link.' }),
    status: t.string({ required: true, description: 'The status of the records that it leads to.' }),
  }),
});

const BlueprintStatusInput = builder.inputType('BlueprintStatusInput', {
  description: 'A status of records.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'a-z, 0-9 and _, a letter first.' }),
    final: t.boolean({ description: 'Whether nothing follows it by itself; false when absent.' }),
    derived: t.boolean({ description: 'Whether records get it by themselves, and nobody can set it; false when absent.' }),
    when: t.field({ type: DerivedWhenInput, description: 'When they get it, from any status that is not final.' }),
  }),
});

const BlueprintLinkInput = builder.inputType('BlueprintLinkInput', {
  description: 'A link from records to others.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'a-z, 0-9 and _, a letter first.' }),
    aliases: t.stringList({ description: 'Other names by which rules call it.' }),
    kind: t.field({ type: LinkKind, required: true, description: 'How many records it leads to.' }),
    blueprint: t.string({ required: true, description: 'The key of the blueprint of those records, which may be made later.' }),
    inverseOf: t.string({ description: 'Of an INVERSE: which of their links leads here.' }),
  }),
});

const BlueprintReleaseInput = builder.inputType('BlueprintReleaseInput', {
  description: 'When every record of a link, and at least one, has a final status, a record moves from one status to another.',
  fields: (t) => ({
    link: t.string({ required: true, description: 'The name of the link.' }),
    from: t.string({ required: true, description: 'In which status the record waits.' }),
    to: t.string({ required: true, description: 'To which it moves.' }),
  }),
});

const BlueprintTemplateInput = builder.inputType('BlueprintTemplateInput', {
  description: 'What the `new` of a rule makes records of.',
  fields: (t) => ({
    blueprint: t.string({ required: true, description: 'The key of the blueprint whose records are the templates.' }),
    parent: t.string({ description: "The link to one that a new record shares with the rule's own." }),
    parentTemplate: t.string({ description: 'The link of that parent to its own template; given with `members`.' }),
    members: t.string({ description: 'The link of that template to the templates that may be used.' }),
  }),
});

/** What a blueprint holds beside its key and its name. */
const content = (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => ({
  description: t.string({ description: 'What its records are.' }),
  aliases: t.stringList({ description: 'Other names by which rules call it, at most 10.' }),
  schema: t.field({
    type: 'JSONObject',
    description:
      'JSON Schema 2020-12 of an object: the properties, at most 200. Their names are of a-z, 0-9 and _, a letter first. Formats beside those of JSON Schema: url, markdown. `readOnly: true` keeps a property as it was when the record was made; `derived: "{{ … }}"` computes it from `properties`, `status` and `name`. By default there is a text `name`.',
  }),
  statuses: t.field({ type: [BlueprintStatusInput], description: 'The statuses, in the order of the life cycle, at most 50.' }),
  links: t.field({ type: [BlueprintLinkInput], description: 'The links, at most 50.' }),
  displayField: t.string({ description: 'The property that names a record; `name` by default.' }),
  indexed: t.stringList({
    description:
      'The properties that lists can be sorted and filtered by, however many records there are: texts, numbers and booleans, at most 20.',
  }),
  release: t.field({ type: BlueprintReleaseInput, description: 'What releases a record; null: nothing.' }),
  template: t.field({ type: BlueprintTemplateInput, description: 'What `new` makes records of; null: rules make none.' }),
});

const forceChange = 'Also where records lose properties or links by it; otherwise such a change is a CONFLICT.';

const CreateBlueprintInput = builder.inputType('CreateBlueprintInput', {
  description: 'A new blueprint.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({ required: true, description: 'The name that programs and rules use: a-z, 0-9 and _, a letter first, at most 64.' }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    ...content(t),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same blueprint.' }),
  }),
});

const UpdateBlueprintInput = builder.inputType('UpdateBlueprintInput', {
  description:
    'Changes of a blueprint, which is named by exactly one of `id` and `key`. What is absent stays as it is; null is the default.',
  fields: (t) => ({
    ...placeFields(t),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    ...content(t),
    force: t.boolean({ description: forceChange }),
  }),
});

const UpsertBlueprintInput = builder.inputType('UpsertBlueprintInput', {
  description: 'The whole blueprint with this key, as it should be. What is absent gets its default, also when it had another value.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({ required: true, description: 'The name that programs and rules use: a-z, 0-9 and _, a letter first, at most 64.' }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    ...content(t),
    force: t.boolean({ description: forceChange }),
  }),
});

const blueprintField = (description: string) => writtenField('blueprint', Blueprint, loadBlueprint, description);

mutation<typeof CreateBlueprintInput.$inferInput, Written>('createBlueprint', {
  description: 'Makes a blueprint: records of it can be made.',
  input: CreateBlueprintInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The blueprint is there.',
  fields: blueprintField('The new blueprint.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => createBlueprint(work, { ...input, workspaceId: workspaceOf(context, workspace) })),
});

mutation<typeof UpdateBlueprintInput.$inferInput, Written>('updateBlueprint', {
  description:
    'Changes a blueprint and brings its records in line, without events of theirs. CONFLICT when a record would not fit any more (`RECORDS_INVALID`), has a status that would be gone (`STATUS_IN_USE`), or would lose something (`IN_USE`); LIMIT_EXCEEDED when there are too many records to look through.',
  input: UpdateBlueprintInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The blueprint is changed.',
  fields: blueprintField('The blueprint as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    write(context, (work) => updateBlueprint(work, placeOf('Blueprint', context, { id, key, workspace }), changes)),
});

mutation<typeof UpsertBlueprintInput.$inferInput, Written>('upsertBlueprint', {
  description: 'Makes the blueprint with a key be as given, whether it is there already or not; see `updateBlueprint` for its records.',
  input: UpsertBlueprintInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The blueprint is as given.',
  fields: blueprintField('The blueprint.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => upsertBlueprint(work, { ...input, workspaceId: workspaceOf(context, workspace) })),
});

const DeleteBlueprintInput = builder.inputType('DeleteBlueprintInput', {
  description: 'Which blueprint to delete.',
  fields: (t) => ({ ...placeFields(t), force: t.boolean({ description: 'Also its records, at most 10 000 of them.' }) }),
});

mutation<typeof DeleteBlueprintInput.$inferInput, Written>('deleteBlueprint', {
  description: 'Deletes a blueprint. CONFLICT while it has records, unless `force` deletes them, too, each with its event.',
  input: DeleteBlueprintInput,
  success: 'The blueprint is deleted.',
  fields: deletedField('Blueprint'),
  run: ({ force, ...input }, context) =>
    write(context, (work) => deleteBlueprint(work, placeOf('Blueprint', context, input), force ?? false)),
});

const BlueprintSet = enumType<'SERVICE'>('BlueprintSet', 'Blueprints that come along.', {
  SERVICE:
    'Of a service desk: request, task, workflow, ci, person, team, and what belongs to them. Rules call the first ones Req, Task and Ci.',
});

const SeedBlueprintsInput = builder.inputType('SeedBlueprintsInput', {
  description: 'Which blueprints are to be there.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where; not needed when the viewer belongs to one workspace.' }),
    set: t.field({ type: BlueprintSet, required: true, description: 'Which ones.' }),
  }),
});

mutation<typeof SeedBlueprintsInput.$inferInput, { readonly ids: readonly string[] }>('seedBlueprints', {
  description:
    'Makes the blueprints of a set that comes along. Those whose key is there already stay as they are, so that it may be repeated.',
  input: SeedBlueprintsInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The blueprints are there.',
  fields: (t) => ({
    blueprints: t.field({
      type: [Blueprint],
      description: 'All of the set.',
      resolve: async ({ ids }, _args, context) => {
        const rows = await Promise.all(ids.map((id) => loadBlueprint(context, id)));
        return rows.filter((row) => row !== null);
      },
    }),
  }),
  run: async ({ workspace, set }, context) => ({
    ids: await transact(context.app, context.viewer, (work) => seedBlueprints(work, { workspaceId: workspaceOf(context, workspace), set })),
  }),
});

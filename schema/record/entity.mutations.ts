import type { Json } from '#plan/plan';
import {
  type EntityReference,
  addNote,
  createEntity,
  deleteEntity,
  relinkEntity,
  updateEntity,
  upsertEntity,
} from '#domain/record/entity.service';
import { invalid } from '#domain/input';
import { type GraphTypes, builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Written, deletedField, write, writtenField } from '#schema/written';
import { Entity, entityFields, entityPlace, loadEntity } from './entity.js';
import { Note, loadNote } from './note.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

const EntityReferenceInput = builder.inputType('EntityReferenceInput', {
  description: 'A record that a link leads to: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    key: t.string({ description: "Its key in the link's blueprint." }),
  }),
});

const EntityLinkInput = builder.inputType('EntityLinkInput', {
  description: 'All records that one link leads to.',
  fields: (t) => ({
    link: t.string({ required: true, description: 'The name of the link, or an alias.' }),
    to: t.field({ type: [EntityReferenceInput], required: true, description: 'The records in their order; empty: none.' }),
  }),
});

const NoteInput = builder.inputType('NoteInput', {
  description: 'A note.',
  fields: (t) => ({
    text: t.string({ required: true, description: 'Markdown, at most 64 kB.' }),
    mentions: t.idList({ description: 'The ids of the records that it mentions, at most 50.' }),
  }),
});

/** What is written of a record. */
const changes = (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => ({
  status: t.string({ description: 'The status. A new record gets the first one when it is absent. Derived ones cannot be set.' }),
  properties: t.field({
    type: 'JSONObject',
    description:
      'Properties by name; those that are absent stay as they are, null removes one. A path leads into an object: `{ "custom_fields.badge": true }`.',
  }),
  labels: t.stringList({ description: 'All labels: at most 50, of 1 to 64 characters; null: none.' }),
  links: t.field({
    type: [EntityLinkInput],
    description: 'Links, each with all that it leads to; those that are absent stay as they are.',
  }),
  notes: t.field({ type: [NoteInput], description: 'Notes to add in the same save, at most 20.' }),
});

interface GivenReference {
  readonly id?: string | null | undefined;
  readonly key?: string | null | undefined;
}

function referenceOf({ id, key }: GivenReference, path: readonly string[]): EntityReference {
  if (typeof id === 'string') return { id: decodeId('Entity', id, [...path, 'id']) };
  if (typeof key === 'string') return { key };
  throw invalid(path, 'Give exactly one of id and key.', 'ONE_OF');
}

interface GivenChanges {
  readonly status?: string | null | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | null | undefined;
  readonly labels?: readonly string[] | null | undefined;
  readonly links?: readonly { readonly link: string; readonly to: readonly GivenReference[] }[] | null | undefined;
  readonly notes?: readonly { readonly text: string; readonly mentions?: readonly string[] | null | undefined }[] | null | undefined;
}

const mentionsOf = (mentions: readonly string[] | null | undefined, path: readonly string[]) =>
  mentions?.map((id, index) => decodeId('Entity', id, [...path, 'mentions', String(index)]));

function decoded({ status, properties, labels, links, notes }: GivenChanges) {
  return {
    status,
    // Values are checked against the schema of the blueprint.
    properties: properties as Readonly<Record<string, Json>> | null | undefined,
    labels: labels == null ? labels : [...labels],
    links: links?.map(({ link, to }, index) => ({
      link,
      to: to.map((one, nth) => referenceOf(one, ['links', String(index), 'to', String(nth)])),
    })),
    notes: notes?.map(({ text, mentions }, index) => ({ text, mentions: mentionsOf(mentions, ['notes', String(index)]) })),
  };
}

const blueprintField = 'The key or an alias of its blueprint.';

const CreateEntityInput = builder.inputType('CreateEntityInput', {
  description: 'A new record.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    blueprint: t.string({ required: true, description: blueprintField }),
    key: t.string({
      description: 'Chosen by you, of 1 to 255 characters and unique in the blueprint: its id in another system. None when absent.',
    }),
    ...changes(t),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same record.' }),
  }),
});

const UpdateEntityInput = builder.inputType('UpdateEntityInput', {
  description: 'Changes of a record, which is named by its id, or by its key and blueprint. What is absent stays as it is.',
  fields: (t) => ({
    ...entityFields(t),
    newKey: t.string({ description: 'Another key; null: none.' }),
    ...changes(t),
  }),
});

const UpsertEntityInput = builder.inputType('UpsertEntityInput', {
  description: 'What the record with a key should have. What is absent stays as it is, and is empty in a new one.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    blueprint: t.string({ required: true, description: blueprintField }),
    key: t.string({ required: true, description: 'Its key, of 1 to 255 characters.' }),
    ...changes(t),
  }),
});

const entityField = (description: string) => writtenField('entity', Entity, loadEntity, description);
const atFault =
  'INVALID_INPUT names every field at fault: `UNKNOWN_FIELD`, `READ_ONLY`, `SCHEMA`, `UNKNOWN_STATUS`, `UNKNOWN_LINK`, `WRONG_TYPE`. A derived status is a CONFLICT (`DERIVED_STATUS`).';

mutation<typeof CreateEntityInput.$inferInput, Written>('createEntity', {
  description: `Makes a record, with its links and notes. ${atFault}`,
  input: CreateEntityInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The record is there.',
  fields: entityField('The new record.'),
  run: ({ workspace, blueprint, key, idempotencyKey, ...input }, context) =>
    write(context, (work) =>
      createEntity(work, { ...decoded(input), blueprint, key, idempotencyKey, workspaceId: workspaceOf(context, workspace) }),
    ),
});

mutation<typeof UpdateEntityInput.$inferInput, Written>('updateEntity', {
  description: `Changes a record. Where nothing changes, nothing is written and nothing happened. ${atFault}`,
  input: UpdateEntityInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The record is changed.',
  fields: entityField('The record as it is now.'),
  run: ({ id, key, blueprint, workspace, newKey, ...input }, context) =>
    write(context, (work) => updateEntity(work, entityPlace(context, { id, key, blueprint, workspace }), { ...decoded(input), newKey })),
});

mutation<typeof UpsertEntityInput.$inferInput, Written>('upsertEntity', {
  description: `Makes the record with a key, or changes the one that has it as \`updateEntity\` does. ${atFault}`,
  input: UpsertEntityInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The record is as given.',
  fields: entityField('The record.'),
  run: ({ workspace, blueprint, key, ...input }, context) =>
    write(context, (work) => upsertEntity(work, { ...decoded(input), blueprint, key, workspaceId: workspaceOf(context, workspace) })),
});

const DeleteEntityInput = builder.inputType('DeleteEntityInput', { description: 'Which record to delete.', fields: entityFields });

mutation<typeof DeleteEntityInput.$inferInput, Written>('deleteEntity', {
  description: 'Deletes a record with its notes and the links from and to it. Its events stay.',
  input: DeleteEntityInput,
  success: 'The record is deleted.',
  fields: deletedField('Entity'),
  run: (input, context) => write(context, (work) => deleteEntity(work, entityPlace(context, input))),
});

const AddNoteInput = builder.inputType('AddNoteInput', {
  description: 'A new note, and the record that it is about, which is named by its id, or by its key and blueprint.',
  fields: (t) => ({
    ...entityFields(t),
    text: t.string({ required: true, description: 'Markdown, at most 64 kB.' }),
    mentions: t.idList({ description: 'The ids of the records that it mentions, at most 50.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same note.' }),
  }),
});

mutation<typeof AddNoteInput.$inferInput, Written>('addNote', {
  description: 'Writes a note about a record. It never changes.',
  input: AddNoteInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The note is there.',
  fields: writtenField('note', Note, loadNote, 'The new note.'),
  run: ({ text, mentions, idempotencyKey, ...given }, context) =>
    write(context, (work) => addNote(work, entityPlace(context, given), { text, mentions: mentionsOf(mentions, []), idempotencyKey })),
});

const relink = (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => ({
  ...entityFields(t),
  link: t.string({ required: true, description: 'The name of the link, or an alias.' }),
  to: t.field({ type: [EntityReferenceInput], required: true, description: 'The other records.' }),
});

const LinkEntitiesInput = builder.inputType('LinkEntitiesInput', {
  description: 'Records to link to, and the one that has the link, which is named by its id, or by its key and blueprint.',
  fields: relink,
});
const UnlinkEntitiesInput = builder.inputType('UnlinkEntitiesInput', {
  description: 'Records not to link to any more, and the one that has the link, which is named by its id, or by its key and blueprint.',
  fields: relink,
});

const others = (to: readonly GivenReference[]) => to.map((one, index) => referenceOf(one, ['to', String(index)]));

mutation<typeof LinkEntitiesInput.$inferInput, Written>('linkEntities', {
  description:
    'Adds records to a link, at its end; those that are there stay where they are. In a link to one, the new one replaces the old one.',
  input: LinkEntitiesInput,
  success: 'They are linked.',
  fields: entityField('The record that has the link.'),
  run: ({ link, to, ...given }, context) =>
    write(context, (work) => relinkEntity(work, entityPlace(context, given), 'add', { link, to: others(to) })),
});

mutation<typeof UnlinkEntitiesInput.$inferInput, Written>('unlinkEntities', {
  description: 'Takes records out of a link.',
  input: UnlinkEntitiesInput,
  success: 'They are not linked any more.',
  fields: entityField('The record that has the link.'),
  run: ({ link, to, ...given }, context) =>
    write(context, (work) => relinkEntity(work, entityPlace(context, given), 'remove', { link, to: others(to) })),
});

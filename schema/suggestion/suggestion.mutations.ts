import { type Applied, applySuggestion, tryToApply } from '#domain/suggestion/suggestion.apply.service';
import type { SuggestionPlace } from '#domain/suggestion/suggestion.lock';
import type { CreateSuggestionInput as CreateInput } from '#domain/suggestion/suggestion.input';
import {
  createSuggestion,
  deleteSuggestion,
  ignoreSuggestion,
  updateSuggestion,
  upsertSuggestion,
} from '#domain/suggestion/suggestion.service';
import { transact } from '#platform/work/work';
import { type GraphTypes, builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { mutation } from '#schema/mutation';
import { idOrKey, workspaceOf } from '#schema/scope';
import { type Written, deletedField, placeFields, placeInput, write, writtenField } from '#schema/written';
import { Suggestion, loadSuggestion } from './suggestion.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;
type FieldBuilder = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>;

const suggestionField = (description: string) => writtenField('suggestion', Suggestion, loadSuggestion, description);

interface GivenPlace {
  readonly id?: string | null | undefined;
  readonly key?: string | null | undefined;
  readonly workspace?: string | null | undefined;
}

/** Keys are free text. */
function placeOf(context: SignedIn, { id, key, workspace }: GivenPlace): SuggestionPlace {
  const place = idOrKey('Suggestion', { id, key });
  return 'id' in place ? place : { ...place, workspaceId: workspaceOf(context, workspace) };
}

const content = (t: FieldBuilder) => ({
  description: t.string({ description: 'What it says.' }),
  sourceContext: t.field({ type: 'JSON', description: 'What was observed, as it was then.' }),
  targetContext: t.field({ type: 'JSON', description: 'The target, as it was then.' }),
  targetIdOverride: t.string({ description: 'The record to which it is applied in place of the target: its key, or its id.' }),
  data: t.field({
    type: 'JSONObject',
    description: 'What is written: `title`, `description`, `status`, `properties`, `relations` (`{ name: { value } }`), `labels`.',
  }),
  ignored: t.boolean({ description: 'Whether nobody wants it.' }),
  autoApply: t.boolean({ description: 'Whether it is applied as soon as it is made or changed.' }),
  lastAppliedAt: t.field({ type: 'DateTime', description: 'When it was last applied, for one that moves here from another system.' }),
});

const whole = (t: FieldBuilder) => ({
  workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
  title: t.string({ required: true, description: 'What it says, in short; 1 to 256 characters.' }),
  originId: t.string({ required: true, description: 'The key of the flow that it comes from.' }),
  sourceId: t.string({ required: true, description: 'What was observed: the key of a record, or its id.' }),
  sourceBlueprint: t.string({ description: 'The key of its blueprint; needed where records of several blueprints have the key.' }),
  targetId: t.string({ required: true, description: 'The key of the record that would be changed or made.' }),
  targetBlueprint: t.string({ description: 'The key of its blueprint; `data.blueprintId` when absent.' }),
  ...content(t),
});

const CreateSuggestionInput = builder.inputType('CreateSuggestionInput', {
  description: 'A new suggestion.',
  fields: (t) => ({
    ...whole(t),
    key: t.string({ description: 'The name that programs use, free text of 1 to 255 characters; made up when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same suggestion.' }),
  }),
});

mutation<typeof CreateSuggestionInput.$inferInput, Written>('createSuggestion', {
  description: 'Makes a suggestion; one that applies itself is applied at once.',
  input: CreateSuggestionInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The suggestion is there.',
  fields: suggestionField('The new suggestion.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) =>
      createSuggestion(work, { ...(input as Omit<CreateInput, 'workspaceId'>), workspaceId: workspaceOf(context, workspace) }),
    ),
});

const UpsertSuggestionInput = builder.inputType('UpsertSuggestionInput', {
  description: 'A suggestion as it should be. What is absent is the default.',
  fields: (t) => ({ ...whole(t), key: t.string({ required: true, description: 'By which it is found, or made.' }) }),
});

mutation<typeof UpsertSuggestionInput.$inferInput, Written>('upsertSuggestion', {
  description: 'Makes the suggestion with a key be as given, whether it is there already or not.',
  input: UpsertSuggestionInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The suggestion is as given.',
  fields: suggestionField('The suggestion.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) =>
      upsertSuggestion(work, {
        ...(input as Omit<CreateInput, 'workspaceId' | 'idempotencyKey'> & { readonly key: string }),
        workspaceId: workspaceOf(context, workspace),
      }),
    ),
});

const UpdateSuggestionInput = builder.inputType('UpdateSuggestionInput', {
  description: 'Changes of a suggestion, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({ ...placeFields(t), title: t.string({ description: 'What it says, in short.' }), ...content(t) }),
});

mutation<typeof UpdateSuggestionInput.$inferInput, Written>('updateSuggestion', {
  description: 'Changes a suggestion; one that applies itself is applied at once.',
  input: UpdateSuggestionInput,
  success: 'The suggestion is changed.',
  fields: suggestionField('The suggestion as it is now.'),
  run: ({ id, key, workspace, ...changes }, context) =>
    write(context, (work) => updateSuggestion(work, placeOf(context, { id, key, workspace }), changes)),
});

const IgnoreSuggestionInput = builder.inputType('IgnoreSuggestionInput', {
  description: 'Which suggestion nobody wants.',
  fields: (t) => ({ ...placeFields(t), ignored: t.boolean({ description: 'False: it is wanted again; true when absent.' }) }),
});

mutation<typeof IgnoreSuggestionInput.$inferInput, Written>('ignoreSuggestion', {
  description:
    'Makes a suggestion one that nobody wants: it is not applied, and its flow does not make it again. A deleted one may come back.',
  input: IgnoreSuggestionInput,
  success: 'It is as asked for.',
  fields: suggestionField('The suggestion as it is now.'),
  run: ({ ignored, ...place }, context) => write(context, (work) => ignoreSuggestion(work, placeOf(context, place), ignored ?? true)),
});

const DeleteSuggestionInput = placeInput('DeleteSuggestionInput', 'Which suggestion to delete.');

mutation<typeof DeleteSuggestionInput.$inferInput, Written>('deleteSuggestion', {
  description: 'Deletes a suggestion. Its flow may make it again; one that nobody wants is ignored instead.',
  input: DeleteSuggestionInput,
  success: 'The suggestion is deleted.',
  fields: deletedField('Suggestion'),
  run: (input, context) => write(context, (work) => deleteSuggestion(work, placeOf(context, input))),
});

const ApplySuggestionInput = builder.inputType('ApplySuggestionInput', {
  description: 'Which suggestion to apply, and to what.',
  fields: (t) => ({
    ...placeFields(t),
    dryRun: t.boolean({ description: 'Whether nothing is written: what is answered is what it would do. False when absent.' }),
    targetIdOverride: t.string({ description: 'The record to which it is applied this time: its key, or its id.' }),
  }),
});

mutation<typeof ApplySuggestionInput.$inferInput, Applied>('applySuggestion', {
  description:
    'Writes what a suggestion says to its target, makes its source one of the sources of that record, and tells flows of it (`addedAsSource`). One that nobody wants is not applied.',
  input: ApplySuggestionInput,
  errors: ['ALREADY_EXISTS'],
  success: 'It was applied, or would be, or nobody wants it.',
  fields: (t) => ({
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was written.' }),
    ignored: t.exposeBoolean('ignored', { description: 'Whether nobody wants it: nothing was done.' }),
    previousState: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The record before, as flows see it; null: it was not there.',
      resolve: ({ previousState }) => previousState,
    }),
    newState: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The record after, as flows see it; null: nothing was done.',
      resolve: ({ newState }) => newState,
    }),
    suggestion: t.field({
      type: Suggestion,
      nullable: true,
      description: 'The suggestion.',
      resolve: ({ id }, _args, context) => loadSuggestion(context, id),
    }),
  }),
  run: ({ dryRun, targetIdOverride, ...place }, context) => {
    const where = placeOf(context, place);
    return dryRun === true
      ? tryToApply(context.app, context.viewer, where, targetIdOverride ?? null)
      : transact(context.app, context.viewer, (work) => applySuggestion(work, where, targetIdOverride ?? null));
  },
});

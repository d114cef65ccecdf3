import { updateBindings } from '#domain/point/binding.service';
import { invalid } from '#domain/input';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type ShownPoint, TriggerPoint, loadPoint } from './trigger-point.js';

const BindingRefInput = builder.inputType('BindingRefInput', {
  description: 'What is bound: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    bindingId: t.id({ description: 'The id of what is bound to this trigger point already.' }),
    actionId: t.id({ description: 'The id of an action.' }),
    actionName: t.string({ description: 'The key of an action or, where only one is called so, its name.' }),
  }),
});

const BindingSecretInput = builder.inputType('BindingSecretInput', {
  description: 'A secret of a binding.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name by which the action finds it: letters, digits and _.' }),
    value: t.string({ description: 'The value, which is never given back. Absent: the one that it has.' }),
  }),
});

const BindingInput = builder.inputType('BindingInput', {
  description: 'One place in the list of what is bound.',
  fields: (t) => ({
    ref: t.field({ type: BindingRefInput, required: true, description: 'What is bound.' }),
    displayName: t.string({ description: 'How it is called here; when absent, as before, and at first as the action.' }),
    secrets: t.field({
      type: [BindingSecretInput],
      description: 'All its secrets, which stand before those of the action; those that are not named go. Absent: as before.',
    }),
  }),
});

const UpdateTriggerBindingsInput = builder.inputType('UpdateTriggerBindingsInput', {
  description: 'All that is to be bound to a trigger point.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where; not needed when the viewer belongs to one workspace.' }),
    triggerPoint: t.string({ required: true, description: 'The key of the trigger point.' }),
    bindings: t.field({
      type: [BindingInput],
      required: true,
      description: 'The whole list, at most 20, in the order in which the actions run; empty: nothing is bound.',
    }),
  }),
});

mutation<typeof UpdateTriggerBindingsInput.$inferInput, { readonly point: ShownPoint }>('updateTriggerBindings', {
  description:
    'Replaces what is bound to a trigger point, from the next firing on. All entries at fault are named at once: `NOT_FOUND`, `AMBIGUOUS`, `REPEATED`, `NOT_DEPLOYED`, `NOT_CODE`, `WRONG_TRIGGER_POINT`, `TOO_MANY`.',
  input: UpdateTriggerBindingsInput,
  success: 'The list is as given.',
  fields: (t) => ({
    triggerPoint: t.field({ type: TriggerPoint, description: 'The trigger point with its bindings.', resolve: ({ point }) => point }),
  }),
  run: async ({ workspace, triggerPoint, bindings }, context) => {
    const workspaceId = workspaceOf(context, workspace);
    const wanted = bindings.map(({ ref, ...entry }, index) => ({ ...entry, ref: refOf(ref, ['bindings', String(index), 'ref']) }));
    await transact(context.app, context.viewer, (work) => updateBindings(work, { workspaceId, triggerPoint, bindings: wanted }));
    const point = await loadPoint(context, workspaceId, triggerPoint);
    if (point === null) throw new Error('What was just bound to is not there.');
    return { point };
  },
});

function refOf({ bindingId, actionId, actionName }: typeof BindingRefInput.$inferInput, path: readonly string[]) {
  if (typeof bindingId === 'string') return { bindingId: decodeId('Binding', bindingId, [...path, 'bindingId']) };
  if (typeof actionId === 'string') return { actionId: decodeId('Action', actionId, [...path, 'actionId']) };
  if (typeof actionName === 'string') return { actionName };
  throw invalid(path, 'Give exactly one of bindingId, actionId and actionName.', 'ONE_OF');
}

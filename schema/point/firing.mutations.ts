import type { Fired } from '#domain/run/run.fire';
import { builder } from '#schema/builder';
import { type Fields, mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { Decision, RunCommand, commandsOf, decisionOf } from '#schema/run/decision';
import { Run } from '#schema/run/run';
import { workspaceOf } from '#schema/scope';

const wait = 'Whether this answers only when the execution is over, at most 22 seconds later; false when absent.';

const FireTriggerPointInput = builder.inputType('FireTriggerPointInput', {
  description: 'Which trigger point is fired, and for what.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where; not needed when the viewer belongs to one workspace.' }),
    triggerPoint: t.string({ required: true, description: 'The key of the trigger point.' }),
    event: t.field({ type: 'JSONObject', required: true, description: 'What the actions get, as `eventSchema` describes it.' }),
    wait: t.boolean({ description: wait }),
    idempotencyKey: t.string({
      description: 'A repeat with the same key within 24 hours answers the same execution, and waits for it where asked to.',
    }),
  }),
});

const ContinueTriggerPointInput = builder.inputType('ContinueTriggerPointInput', {
  description: 'Which execution goes on after a redirect.',
  fields: (t) => ({
    run: t.id({ required: true, description: 'The id of the run, which waits for it.' }),
    event: t.field({
      type: 'JSONObject',
      description: 'What came back: its fields stand before those of the event for the action that redirected.',
    }),
    wait: t.boolean({ description: wait }),
  }),
});

const firedFields: Fields<Fired> = (t) => ({
  run: t.field({
    type: Run,
    description: 'The execution: final if it was waited for and did not take too long, or redirected.',
    resolve: ({ run }) => run,
  }),
  decision: t.field({
    type: Decision,
    nullable: true,
    description: 'What the actions decided; null while that is open, and when an error or the time stopped them: take that as a refusal.',
    resolve: ({ run }, _args, context) => decisionOf(context, run),
  }),
  commands: t.field({
    type: [RunCommand],
    description: 'What the actions asked for, in order.',
    resolve: async ({ run }, _args, context) => [...(await commandsOf(context, run))],
  }),
  timedOut: t.exposeBoolean('timedOut', {
    description: 'Whether it was waited for in vain: the execution goes on, and the same idempotencyKey waits for it again.',
  }),
});

mutation<typeof FireTriggerPointInput.$inferInput, Fired>('fireTriggerPoint', {
  description: 'Fires a trigger point: one run, with a step for each bound action. It is committed before this answers.',
  input: FireTriggerPointInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The execution is committed, and over if it was waited for.',
  fields: firedFields,
  run: ({ workspace, triggerPoint, event, wait: waited, idempotencyKey }, context) =>
    context.app.firings.fire(context.viewer, {
      workspaceId: workspaceOf(context, workspace),
      triggerPoint,
      event,
      wait: waited ?? false,
      idempotencyKey: idempotencyKey ?? undefined,
    }),
});

mutation<typeof ContinueTriggerPointInput.$inferInput, Fired>('continueTriggerPoint', {
  description: 'Goes on with an execution whose action redirected. A conflict when it does not wait for that, or did not any more.',
  input: ContinueTriggerPointInput,
  success: 'The execution goes on, and is over if it was waited for.',
  fields: firedFields,
  run: ({ run, event, wait: waited }, context) =>
    context.app.firings.continue(context.viewer, { runId: decodeId('Run', run, ['run']), event, wait: waited ?? false }),
});

import type { SignedIn } from '#schema/context';
import { mutation, mutationOfSeveral } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { type LightRun, Run } from '#schema/run/run';
import { workspaceOf } from '#schema/scope';
import { TriggerActionInput, TriggerActionsInput } from './action.inputs.js';

/** The run as it was committed: nothing of it is read back. */
interface Triggered {
  readonly run: LightRun;
}

async function trigger(context: SignedIn, input: typeof TriggerActionInput.$inferInput): Promise<Triggered> {
  const { app, viewer } = context;
  const { id, key, workspace, environment, payload, resolvedPayload, thread, priority, idempotencyKey } = input;
  const run = await app.triggers.trigger(viewer, {
    workspaceId: workspaceOf(context, workspace),
    automationId: id == null ? undefined : decodeId('Action', id),
    automationKey: key ?? undefined,
    environmentKey: environment ?? undefined,
    payload,
    resolvedPayload,
    thread: thread ?? undefined,
    priority: priority ?? undefined,
    idempotencyKey: idempotencyKey ?? undefined,
    // A person in a page signs in with a JWT, a program with a token.
    trigger: viewer.tokenId === null ? 'MANUAL' : 'API',
  });
  return { run };
}

const TriggerActionResult = mutation<typeof TriggerActionInput.$inferInput, Triggered>('triggerAction', {
  description: 'Queues a run of an action. It is committed before this answers.',
  input: TriggerActionInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The run is committed: queued, or waiting for its thread.',
  fields: (t) => ({ run: t.field({ type: Run, description: 'The run, as it was committed.', resolve: ({ run }) => run }) }),
  run: (input, context) => trigger(context, input),
});

mutationOfSeveral('triggerActions', {
  description: 'Queues several runs at once. Each one succeeds or is refused by itself.',
  input: TriggerActionsInput,
  items: 'runs',
  success: 'Every run was tried.',
  result: TriggerActionResult,
  run: (item, context) => trigger(context, item),
});

import { clientInputs } from '#domain/flow/flow.inputs';
import { productionKey } from '#domain/tenant/workspace.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { type LightRun, Run } from '#schema/run/run';
import { workspaceOf } from '#schema/scope';
import { TagInput } from './tag.js';

const StartFlowInput = builder.inputType('StartFlowInput', {
  description: 'Which flow to start, and with what. Exactly one of id and key is given.',
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    key: t.string({ description: 'Or its key.' }),
    workspace: t.id({ description: 'Whose it is; the only one of the viewer when absent.' }),
    environment: t.string({ description: 'Key of the environment; production when absent.' }),
    inputs: t.field({ type: 'JSON', description: 'What its steps see as `inputs`.' }),
    runKey: t.string({ description: 'A name for the run, unique in the workspace.' }),
    tags: t.field({ type: [TagInput], description: 'To find the run by.' }),
    priority: t.int({ description: 'Place in the queue, from 1 (highest) to 5.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same run.' }),
  }),
});

interface Started {
  readonly run: LightRun;
}

export const StartFlowResult = mutation<typeof StartFlowInput.$inferInput, Started>('startFlow', {
  description: 'Queues a run of a flow. It is committed before this answers. A flow that is switched off is not started.',
  input: StartFlowInput,
  errors: ['IDEMPOTENCY_CONFLICT', 'ALREADY_EXISTS'],
  success: 'The run is committed: queued, or waiting for an approval.',
  fields: (t) => ({ run: t.field({ type: Run, description: 'The run, as it was committed.', resolve: ({ run }) => run }) }),
  run: async (input, context) => {
    const { app, viewer } = context;
    const { id, key, workspace, environment, inputs, runKey, tags, priority, idempotencyKey } = input;
    const workspaceId = workspaceOf(context, workspace);
    const flowId = id == null ? undefined : decodeId('Flow', id);
    const started = { workspaceId, id: flowId ?? null, key: key ?? null, environmentKey: environment ?? productionKey };
    const run = await app.triggers.trigger(viewer, {
      workspaceId,
      automationId: flowId,
      automationKey: key ?? undefined,
      environmentKey: environment ?? undefined,
      // Of what the viewer may not see, nothing is told but that it is not there.
      payload: viewer.roles.has(workspaceId) ? await clientInputs(app, started, inputs) : inputs,
      priority: priority ?? undefined,
      idempotencyKey: idempotencyKey ?? undefined,
      runKey: runKey ?? undefined,
      tags: tags?.map((tag) => ({ key: tag.key, value: tag.value })),
      // A person in a page signs in with a JWT, a program with a token.
      trigger: viewer.tokenId === null ? 'MANUAL' : 'API',
      kind: 'FLOW',
    });
    return { run };
  },
});

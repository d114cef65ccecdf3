import { transact } from '#platform/work/work';
import {
  createFlow,
  deleteFlow,
  disableFlow,
  enableFlow,
  rollBackFlow,
  type SavedFlow,
  updateFlow,
  upsertFlow,
} from '#domain/flow/flow.service';
import type { CreateFlowInput as CreateInput } from '#domain/flow/flow.input';
import { loadFlow } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { type Fields, mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { Run, loadRun } from '#schema/run/run';
import { type Written, deletedField, placeInput, placeOf, referenceOf, write, writtenField } from '#schema/written';
import { CreateFlowInput, UpdateFlowInput, UpsertFlowInput } from './flow.inputs.js';
import { Flow } from './flow.js';

const flowField = (description: string) => writtenField('flow', Flow, loadFlow, description);

const savedFields =
  (description: string): Fields<SavedFlow> =>
  (t) => ({
    ...flowField(description)(t),
    run: t.field({
      type: Run,
      nullable: true,
      description:
        'With `trigger`: the run that starts the flow for the records that are there, whose children are the runs of the flow. Null when no trigger of the flow looks at records, and when the flow is switched off.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
  });

const places = 'What is wrong with its steps, conditions and templates is told with path, line, column and code.';

type Triggers = (typeof UpdateFlowInput.$inferInput)['triggers'];

/** An input of the graph as the service takes it. */
export const triggersOf = (triggers: Triggers): CreateInput['triggers'] =>
  triggers?.map(({ webhook, ...trigger }) => (webhook === true ? { webhook: {} } : trigger));

mutation<typeof CreateFlowInput.$inferInput, SavedFlow>('createFlow', {
  description: `Makes a flow, live at once. ${places}`,
  input: CreateFlowInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The flow is there.',
  fields: savedFields('The new flow.'),
  run: ({ workspace, app, triggers, ...input }, context) =>
    transact(context.app, context.viewer, (work) =>
      createFlow(work, {
        ...input,
        triggers: triggersOf(triggers),
        app: referenceOf('App', app, ['app']),
        workspaceId: workspaceOf(context, workspace),
      }),
    ),
});

mutation<typeof UpsertFlowInput.$inferInput, SavedFlow>('upsertFlow', {
  description: `Makes the flow with a key be as given, whether it is there already or not; secrets that are absent stay. ${places}`,
  input: UpsertFlowInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The flow is as given.',
  fields: savedFields('The flow.'),
  run: ({ workspace, app, triggers, ...input }, context) =>
    transact(context.app, context.viewer, (work) =>
      upsertFlow(work, {
        ...input,
        triggers: triggersOf(triggers),
        app: referenceOf('App', app, ['app']),
        workspaceId: workspaceOf(context, workspace),
      }),
    ),
});

mutation<typeof UpdateFlowInput.$inferInput, Written>('updateFlow', {
  description: `Changes a flow, live at once as a new version; runs that are under way keep theirs. ${places}`,
  input: UpdateFlowInput,
  success: 'The flow is changed.',
  fields: flowField('The flow as it is now.'),
  run: ({ id, key, workspace, owner, app, triggers, ...changes }, context) =>
    write(context, (work) =>
      updateFlow(work, placeOf('Flow', context, { id, key, workspace }), {
        ...changes,
        ...(triggers === undefined ? {} : { triggers: triggersOf(triggers) }),
        app: referenceOf('App', app, ['app']),
        owner: typeof owner === 'string' ? decodeId('User', owner, ['owner']) : owner,
      }),
    ),
});

const DeleteFlowInput = placeInput('DeleteFlowInput', 'Which flow to delete.');

mutation<typeof DeleteFlowInput.$inferInput, Written>('deleteFlow', {
  description:
    'Deletes a flow: its key is free again, and nothing starts it any more. Its runs stay; those under way end as they would have.',
  input: DeleteFlowInput,
  success: 'The flow is deleted.',
  fields: deletedField('Flow'),
  run: (input, context) => write(context, (work) => deleteFlow(work, placeOf('Flow', context, input))),
});

const EnableFlowInput = placeInput('EnableFlowInput', 'Which flow to enable.');

mutation<typeof EnableFlowInput.$inferInput, Written>('enableFlow', {
  description: 'Lets a flow be started again, by what happens from now on.',
  input: EnableFlowInput,
  success: 'The flow can be started.',
  fields: flowField('The flow.'),
  run: (input, context) => write(context, (work) => enableFlow(work, placeOf('Flow', context, input))),
});

const DisableFlowInput = placeInput('DisableFlowInput', 'Which flow to disable.');

mutation<typeof DisableFlowInput.$inferInput, Written>('disableFlow', {
  description: 'Keeps a flow from being started, by events, schedules and by hand. Runs that are under way go on.',
  input: DisableFlowInput,
  success: 'The flow cannot be started.',
  fields: flowField('The flow.'),
  run: (input, context) => write(context, (work) => disableFlow(work, placeOf('Flow', context, input))),
});

const RollBackFlowInput = builder.inputType('RollBackFlowInput', {
  description: 'To which version a flow goes back.',
  fields: (t) => ({ version: t.id({ required: true, description: 'The id of one of its versions.' }) }),
});

mutation<typeof RollBackFlowInput.$inferInput, Written>('rollBackFlow', {
  description: 'Makes a flow do what it did in an earlier version, live at once as a new version.',
  input: RollBackFlowInput,
  success: 'The flow does what that version did.',
  fields: flowField('The flow as it is now.'),
  run: ({ version }, context) => write(context, (work) => rollBackFlow(work, decodeId('AutomationVersion', version, ['version']))),
});

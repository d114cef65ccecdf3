import { type UpdateWorkspaceInput, createWorkspace, deleteWorkspace, updateWorkspace } from '#domain/tenant/workspace.service';
import { createEnvironment, deleteEnvironment } from '#domain/tenant/environment.service';
import { joined } from '#domain/tenant/viewer';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId, encodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { Environment, loadEnvironment } from './environment.js';
import { type Made, given, readBack } from './read-back.js';
import { Workspace, loadWorkspace } from './workspace.js';

const CreateWorkspaceInput = builder.inputType('CreateWorkspaceInput', {
  description: 'A workspace to make.',
  fields: (t) => ({
    organization: t.id({ description: 'The organization, in which you own a workspace. A new one is made when absent.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same workspace.' }),
  }),
});

mutation<typeof CreateWorkspaceInput.$inferInput, Made>('createWorkspace', {
  description: 'Makes a workspace with its environment `production`. You become its owner.',
  input: CreateWorkspaceInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The workspace is there.',
  fields: (t) => ({
    workspace: t.field({
      type: Workspace,
      description: 'The workspace.',
      resolve: ({ id }, _args, context) => readBack(loadWorkspace, context, id),
    }),
  }),
  run: async ({ organization, ...input }, { app, viewer }) => {
    const organizationId = typeof organization === 'string' ? decodeId('Organization', organization, ['organization']) : null;
    const made = await transact(app, viewer, (work) => createWorkspace(work, { ...input, organizationId }));
    joined(viewer, made);
    return { id: made.workspaceId };
  },
});

const UpdateWorkspaceInputType = builder.inputType('UpdateWorkspaceInput', {
  description: 'What to change of a workspace; what is absent stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id.' }),
    key: t.string({ description: 'A new key.' }),
    name: t.string({ description: 'A new name.' }),
    maxRunning: t.int({ description: 'Runs that may run at once; null: no cap of its own.' }),
    maxQueued: t.int({ description: 'Runs that may wait at once.' }),
  }),
});

mutation<typeof UpdateWorkspaceInputType.$inferInput, Made>('updateWorkspace', {
  description: 'Changes the names and the limits of a workspace.',
  input: UpdateWorkspaceInputType,
  errors: ['ALREADY_EXISTS'],
  success: 'The workspace is as asked.',
  fields: (t) => ({
    workspace: t.field({
      type: Workspace,
      description: 'The workspace.',
      resolve: ({ id }, _args, context) => readBack(loadWorkspace, context, id),
    }),
  }),
  run: async ({ id, ...changes }, { app, viewer }) => ({
    // The service refuses a null where there is no such value.
    id: await transact(app, viewer, (work) =>
      updateWorkspace(work, { id: decodeId('Workspace', id), ...given(changes) } as UpdateWorkspaceInput),
    ),
  }),
});

const DeleteWorkspaceInput = builder.inputType('DeleteWorkspaceInput', {
  description: 'Which workspace to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

mutation<typeof DeleteWorkspaceInput.$inferInput, Made>('deleteWorkspace', {
  description:
    'Deletes a workspace with everything in it: automations, runs, members, tokens, the audit. Refused while runs are not final. The last workspace takes its organization along.',
  input: DeleteWorkspaceInput,
  success: 'The workspace is gone.',
  fields: (t) => ({ deletedId: t.id({ description: 'The id of the deleted workspace.', resolve: ({ id }) => encodeId('Workspace', id) }) }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => deleteWorkspace(work, { id: decodeId('Workspace', id) })),
  }),
});

const CreateEnvironmentInput = builder.inputType('CreateEnvironmentInput', {
  description: 'An environment to make.',
  fields: (t) => ({
    workspace: t.id({ description: 'The workspace; your only one when absent.' }),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same environment.' }),
  }),
});

mutation<typeof CreateEnvironmentInput.$inferInput, Made>('createEnvironment', {
  description: 'Makes an environment, in which nothing is live yet.',
  input: CreateEnvironmentInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The environment is there.',
  fields: (t) => ({
    environment: t.field({
      type: Environment,
      description: 'The environment.',
      resolve: ({ id }, _args, context) => readBack(loadEnvironment, context, id),
    }),
  }),
  run: async ({ workspace, ...input }, context) => {
    const workspaceId = workspaceOf(context, workspace);
    return { id: await transact(context.app, context.viewer, (work) => createEnvironment(work, { ...input, workspaceId })) };
  },
});

const DeleteEnvironmentInput = builder.inputType('DeleteEnvironmentInput', {
  description: 'Which environment to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

mutation<typeof DeleteEnvironmentInput.$inferInput, Made>('deleteEnvironment', {
  description:
    'Deletes an environment with its deployments, its schedules and the history of its runs. Refused for `production`, and while its runs are not final.',
  input: DeleteEnvironmentInput,
  success: 'The environment is gone.',
  fields: (t) => ({
    deletedId: t.id({ description: 'The id of the deleted environment.', resolve: ({ id }) => encodeId('Environment', id) }),
  }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => deleteEnvironment(work, { id: decodeId('Environment', id) })),
  }),
});

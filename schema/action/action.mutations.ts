import { createAction, deleteAction, disableAction, enableAction, updateAction, upsertAction } from '#domain/action/action.service';
import type { AutomationPlace } from '#domain/automation/automation.service';
import type { Work } from '#domain/work';
import { transact } from '#platform/work/work';
import { loadAction } from '#schema/automation/automation';
import type { SignedIn } from '#schema/context';
import { type Fields, mutation } from '#schema/mutation';
import { decodeId, encodeId } from '#schema/node';
import { idOrKey, workspaceOf } from '#schema/scope';
import { referenceOf } from '#schema/written';
import { Action } from './action.js';
import { ActionPlaceInput, CreateActionInput, DeleteActionInput, UpdateActionInput, UpsertActionInput } from './action.inputs.js';

export interface Written {
  /** The action's UUID. */
  readonly id: string;
}

/** `action`, read back with what the client selects. */
export function actionField(description: string): Fields<Written> {
  return (t) => ({
    action: t.field({
      type: Action,
      description,
      resolve: async ({ id }, _args, context) => {
        const row = await loadAction(context, id);
        if (row === null) throw new Error('An action that was just written is not there.');
        return row;
      },
    }),
  });
}

export async function write(context: SignedIn, service: (work: Work) => Promise<string>): Promise<Written> {
  return { id: await transact(context.app, context.viewer, service) };
}

interface Place {
  readonly id?: string | null | undefined;
  readonly key?: string | null | undefined;
  readonly workspace?: string | null | undefined;
}

export function placeOf(context: SignedIn, input: Place): AutomationPlace {
  const place = idOrKey('Action', input);
  return 'id' in place ? place : { ...place, workspaceId: workspaceOf(context, input.workspace) };
}

interface References {
  readonly endpoint?: string | null | undefined;
  readonly namespace?: string | null | undefined;
  readonly app?: string | null | undefined;
  readonly modules?: readonly { readonly module: string; readonly version?: number | null | undefined }[] | null | undefined;
}

/** What an input refers to, decoded. */
function referred({ endpoint, namespace, app, modules }: References) {
  return {
    endpoint: referenceOf('Endpoint', endpoint, ['endpoint']),
    namespace: referenceOf('Namespace', namespace, ['namespace']),
    app: referenceOf('App', app, ['app']),
    // Null means none, and absent as before.
    modules:
      modules === null
        ? null
        : modules?.map((use, index) => ({ ...use, module: referenceOf('Module', use.module, ['modules', String(index), 'module']) })),
  };
}

export const CreateActionResult = mutation('createAction', {
  description: 'Makes an action. It is live at once, or a draft when its policy is MANUAL.',
  input: CreateActionInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The action is there.',
  fields: actionField('The new action.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => createAction(work, { ...input, ...referred(input), workspaceId: workspaceOf(context, workspace) })),
});

export const UpdateActionResult = mutation('updateAction', {
  description:
    'Changes an action. When what it does is changed, that is a new version and live at once, or its new draft when its policy is MANUAL.',
  input: UpdateActionInput,
  success: 'The action is changed.',
  fields: actionField('The action as it is now.'),
  run: ({ id, key, workspace, owner, ...changes }, context) =>
    write(context, (work) =>
      updateAction(work, placeOf(context, { id, key, workspace }), {
        ...changes,
        ...referred(changes),
        owner: typeof owner === 'string' ? decodeId('User', owner, ['owner']) : owner,
      }),
    ),
});

export const UpsertActionResult = mutation('upsertAction', {
  description: 'Makes the action with a key be as given, whether it is there already or not.',
  input: UpsertActionInput,
  errors: ['ALREADY_EXISTS'],
  success: 'The action is as given.',
  fields: actionField('The action.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => upsertAction(work, { ...input, ...referred(input), workspaceId: workspaceOf(context, workspace) })),
});

export const DeleteActionResult = mutation<typeof DeleteActionInput.$inferInput, Written>('deleteAction', {
  description:
    'Deletes an action with its versions: its key is free again, its schedules stop and a pause of it ends. Its runs stay, and those under way go on. Refused while it is bound to a trigger point, unless it is forced.',
  input: DeleteActionInput,
  success: 'The action is deleted.',
  fields: (t) => ({ deletedId: t.id({ description: 'The id of the deleted action.', resolve: ({ id }) => encodeId('Action', id) }) }),
  run: (input, context) => write(context, (work) => deleteAction(work, placeOf(context, input), input.force ?? false)),
});

export const EnableActionResult = mutation('enableAction', {
  description: 'Lets the schedules of an action fire again.',
  input: ActionPlaceInput.enable,
  success: 'The schedules of the action fire.',
  fields: actionField('The action.'),
  run: (input, context) => write(context, (work) => enableAction(work, placeOf(context, input))),
});

export const DisableActionResult = mutation('disableAction', {
  description: 'Stops the schedules of an action. It can still be triggered by hand, and runs under way go on.',
  input: ActionPlaceInput.disable,
  success: 'The schedules of the action no longer fire.',
  fields: actionField('The action.'),
  run: (input, context) => write(context, (work) => disableAction(work, placeOf(context, input))),
});

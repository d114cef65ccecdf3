import type { World } from '#test/api/access.world';
import type { Millrace } from '#test/support/api';
import { mutateOn } from '#test/support/mutate';

type Place = Pick<World, 'ids' | 'blueprintKey'>;

/** Something of every kind that a subscription tells of, in a world; answers what tells it: ids, and the text in all of it. */
export async function happen(millrace: Millrace, { ids, blueprintKey }: Place, token: string, told: string): Promise<string[]> {
  const write = mutateOn(millrace);
  const made: string[] = [told];
  const make = async (field: string, input: Readonly<Record<string, unknown>>, one: string): Promise<string> => {
    const result = await write(token, field, input, `${one} { id }`);
    const { id } = (result[one] ?? {}) as { readonly id?: string };
    if (id === undefined) throw new Error(`${field} did not happen: ${JSON.stringify(result)}`);
    return id;
  };
  const workspace = ids.Workspace;
  const run = await make('triggerAction', { id: ids.Action, payload: { told } }, 'run');
  await make('cancelRun', { id: run }, 'run');
  const operation = await make('retryRuns', { workspace, filter: { automation: ids.Action } }, 'operation');
  await make('updateEntity', { id: ids.Entity, properties: { name: told } }, 'entity');
  const entity = await make('createEntity', { workspace, blueprint: blueprintKey, key: told, labels: [told] }, 'entity');
  const note = await make('addNote', { id: ids.Entity, text: told }, 'note');
  const event = await make('emitEvent', { workspace, type: 'order.paid', entity: ids.Entity, data: { told } }, 'event');
  const said = { workspace, title: told, originId: told, sourceId: ids.Entity, targetBlueprint: blueprintKey, targetId: told };
  const suggestion = await make('createSuggestion', said, 'suggestion');
  await make('ignoreSuggestion', { id: suggestion }, 'suggestion');
  made.push(run, operation, entity, note, event, suggestion);
  // What the feeds of single runs tell of.
  await make('cancelRun', { id: ids.Run }, 'run');
  return made;
}

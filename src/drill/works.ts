import { z } from 'zod';
import { newId } from '#platform/ids';
import type { Api } from './api.js';
import type { GroundWorkspace } from './ground.js';

/** What a workspace of the drill can do: keys of automations, and the schedules that fire. */
export interface Works {
  readonly workspace: GroundWorkspace;
  /** In the database. */
  readonly schedules: readonly string[];
  /** In the graph. */
  readonly scheduleIds: readonly string[];
}

/** Keys of automations. */
export const automations = {
  transform: 'drill-transform',
  code: 'drill-code',
  outside: 'drill-outside',
  long: 'drill-long',
  poison: 'drill-poison',
  tick: 'drill-tick',
  flow: 'drill-flow',
  patient: 'drill-patient',
} as const;

const withId = z.object({ id: z.string() });

/** Makes the automations and schedules of a workspace, over the API. */
export async function makeWorks(api: Api, workspace: GroundWorkspace, receiverUrl: string, schedules: number): Promise<Works> {
  const common = { workspace: workspace.id };
  // An answer that comes too late is asked for again.
  const make = (field: string, input: Readonly<Record<string, unknown>>, selection: string) =>
    api.write(field, { ...input, idempotencyKey: newId() }, selection);
  const action = async (key: string, body: Readonly<Record<string, unknown>>): Promise<string> => {
    const made = await make('createAction', { ...common, key, name: key, notifyOwner: false, ...body }, 'action { id }');
    return withId.parse(made['action']).id;
  };
  await action(automations.transform, { transform: { subject: '{{ payload.subject }}' } });
  await action(automations.code, {
    code: 'export default async (input) => { await new Promise((done) => setTimeout(done, input.ms)); return { subject: input.subject }; }',
    // That it is too slow would tell of the machine.
    timeout: 'PT20S',
  });
  await action(automations.long, {
    code: 'export default async () => { await new Promise((done) => setTimeout(done, 12_000)); return null; }',
    timeout: 'PT20S',
  });
  await action(automations.poison, {
    code: 'export default async () => { await new Promise((done) => setTimeout(done, 25_000)); return null; }',
    timeout: 'PT30S',
  });
  await make('createSystem', { ...common, key: 'receiver', name: 'receiver', baseUrl: receiverUrl }, 'system { id }');
  await api.write(
    'createEndpoint',
    {
      ...common,
      key: 'effect',
      name: 'effect',
      system: 'receiver',
      method: 'POST',
      url: '/effect',
      body: { subject: '{{ payload.subject }}' },
    },
    'endpoint { id }',
  );
  await action(automations.outside, { endpoint: 'effect' });
  await make('createBlueprint', { ...common, key: 'drill', name: 'drill' }, 'blueprint { id }');
  const step = (id: string, kind: string, args: unknown) => ({ id, kind, args });
  await api.write(
    'createFlow',
    {
      ...common,
      type: 'AUTOMATION',
      key: automations.flow,
      name: automations.flow,
      notifyOwner: false,
      steps: [
        step('read', 'transform', { mapping: { subject: '{{ inputs.subject }}' } }),
        step('keep', 'upsertResource', { data: { blueprintId: 'drill', title: '{{ inputs.subject }}' } }),
        step('pause', 'delay', { for: 'PT0.5S' }),
        step('call', 'httpRequest', { method: 'POST', url: `${receiverUrl}/flow`, body: { subject: '{{ inputs.subject }}' } }),
        step('end', 'transform', { mapping: { subject: '{{ actions.read.output.subject }}' } }),
      ],
    },
    'flow { id }',
  );
  await api.write(
    'createFlow',
    {
      ...common,
      type: 'AUTOMATION',
      key: automations.patient,
      name: automations.patient,
      notifyOwner: false,
      steps: [step('pause', 'delay', { for: 'PT10M' })],
    },
    'flow { id }',
  );
  if (schedules === 0) return { workspace, scheduleIds: [], schedules: [] };
  const tick = await action(automations.tick, { transform: { at: '{{ now }}' } });
  const scheduleIds: string[] = [];
  for (let number = 0; number < schedules; number += 1) {
    const when = number % 2 === 0 ? { interval: 'PT1S' } : { cron: '* * * * * *', timeZone: 'Europe/Paris' };
    const made = await api.write('createSchedule', { automation: tick, ...when, misfire: 'RUN_ALL', overlap: 'ALLOW' }, 'schedule { id }');
    scheduleIds.push(withId.parse(made['schedule']).id);
  }
  return { workspace, scheduleIds, schedules: scheduleIds.map(uuidOf) };
}

/** Makes what a workspace does of which only many runs are wanted. */
export async function makeCrowd(api: Api, { id: workspace }: GroundWorkspace): Promise<void> {
  const key = automations.transform;
  const body = { transform: { subject: '{{ payload.subject }}' }, notifyOwner: false, idempotencyKey: newId() };
  await api.write('createAction', { workspace, key, name: key, ...body }, '__typename');
}

/** The id in the database of an id in the graph. */
export function uuidOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

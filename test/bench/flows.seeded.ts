import type { App } from '#app';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { insertAutomation } from '#domain/automation/automation.service';
import type { FlowSpec, FlowStep, FlowTrigger } from '#domain/flow/flow.spec';
import { writeFlow } from '#domain/flow/flow.write.service';
import type { Workspace } from '#test/support/seed';

/** Flows that one event starts. */
export const startedFlows = 100;
/** Numbers of steps of which one costs the same. */
export const flowLengths = [10, 100, 1_000] as const;

/** Starts a flow of one transform. */
export const toldEvent = 'bench.happened';

/** The blueprints `bench_item`, whose records start flows, and `bench_still`, whose records start none. */
export async function seedFlows(app: App, { uuid: workspaceId, owner }: Workspace): Promise<void> {
  for (const key of ['bench_item', 'bench_still'])
    await app.db.prisma.blueprint.create({
      data: {
        id: newId(),
        workspaceId,
        key,
        name: key,
        aliases: [],
        indexed: ['stage'],
        schema: { type: 'object', properties: { name: { type: 'string' }, stage: { type: 'string' } } },
      },
    });
  const flow = (key: string, steps: readonly FlowStep[], triggers: readonly FlowTrigger[] = []) =>
    transact(app, owner, async (work) => {
      const automation = await insertAutomation(work, 'FLOW', {
        workspaceId,
        key,
        name: key,
        description: '',
        enabled: true,
        labels: [],
        appId: null,
        notifyOwner: false,
        publishPolicy: 'AUTO',
        triggerPoint: null,
        releaseId: null,
      });
      const spec: FlowSpec = { type: 'AUTOMATION', needsApproval: false, arguments: {}, triggers, steps, outputs: null };
      await writeFlow(work, { id: automation.id, workspaceId, enabled: true, name: key }, spec, { icon: null, position: 0, tags: [] });
    });
  for (const length of flowLengths)
    await flow(
      `bench-steps-${length}`,
      Array.from({ length }, (_, n) => mapping(`s${n}`, { was: `{{ actions.s${Math.max(0, n - 1)}.output.n }}`, n })),
    );
  const condition = { field: 'data.blueprintId', operator: 'eq', value: 'bench_item' };
  for (let n = 0; n < startedFlows; n += 1)
    await flow(`bench-started-${n}`, [mapping('see', '{{ data.id }}')], [{ type: 'EVENT', events: ['create'], conditions: [condition] }]);
  await flow('bench-told', [mapping('see', '{{ data.id }}')], [{ type: 'EVENT', events: [toldEvent], conditions: [] }]);
  await flow('bench-each', [mapping('see', '{{ data.id }}')]);
  const still = { field: 'blueprintId', operator: 'eq', value: 'bench_still' };
  await flow('bench-sweep', [
    { ...mapping('all', null), kind: 'triggerAutomations', args: { automationIds: ['bench-each'], entities: { conditions: [still] } } },
  ]);
}

const mapping = (id: string, value: FlowStep['args'][string]): FlowStep => ({
  id,
  kind: 'transform',
  title: '',
  description: '',
  conditions: [],
  args: { mapping: value },
  retry: null,
  timeoutMs: null,
  onError: 'FAIL',
});

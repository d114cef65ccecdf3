import type { Json } from '#plan/plan';
import { type ExistingArgs, teller } from '#domain/flow/flow.existing';
import { type Spawned, spawningOf, spawnRuns } from '#domain/run/run.spawn.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { queryEntities } from '#domain/record/entity.query';
import { type EntityView, uuidOfView } from '#domain/record/entity.view.service';
import { isObject } from '#worker/chain.commands';
import { asStepError } from './fault.js';
import { flowOf } from './record.js';
import type { StepImplementation } from '#worker/steps/step';

/** How far it has come: blueprints one after the other by their keys, and in each the number of the last record. */
interface Progress {
  readonly blueprint: string;
  readonly after: number | null;
  readonly runs: number;
  readonly entities: number;
  /** Records of which could not be said whether they meet the conditions. */
  readonly failed: number;
}

/** Starts a flow once for each record that is there and meets its triggers: a page of records is a transaction, and so is what it has come to. */
export const startForExisting: StepImplementation = {
  execute: async (call) => {
    const flow = flowOf(call);
    const { sql } = flow;
    const args = call.args as unknown as ExistingArgs;
    const { left } = flow;
    let progress: Progress =
      isObject(left) && 'runs' in left ? (left as unknown as Progress) : { blueprint: '', after: null, runs: 0, entities: 0, failed: 0 };
    const told = teller(args);
    return asStepError(async () => {
      const spawning = await spawningOf(sql, flow.run, call.path);
      const wanted = args.triggers.map(({ blueprint }) => blueprint);
      const { all } = await loadBlueprints(sql, call.workspaceId);
      const keys = all.map(({ key }) => key).filter((key) => key >= progress.blueprint && (wanted.includes(null) || wanted.includes(key)));
      for (const blueprint of keys.sort((one, other) => (one < other ? -1 : 1))) {
        const ofBlueprint = [{ field: 'blueprintId', operator: 'eq' as const, value: blueprint }];
        const after = blueprint === progress.blueprint ? progress.after : null;
        for await (const views of queryEntities(sql, call.workspaceId, ofBlueprint, { after, most: Infinity })) {
          const before = progress;
          const found = views.map((view) => [view, told(view, blueprint, flow.now())] as const);
          await flow.commit(async (work) => {
            const spawned = found.flatMap(([view, event]) =>
              event === null || event === 'FAILED' ? [] : [spawnedFor(view, args.flow, event)],
            );
            progress = {
              blueprint,
              after: Number(views.at(-1)?.['number']),
              runs: before.runs + (await spawnRuns(work, spawning, spawned)),
              entities: before.entities + spawned.length,
              failed: before.failed + found.filter(([, event]) => event === 'FAILED').length,
            };
            return { progress: { ...progress } };
          });
        }
      }
      const { runs, entities, failed } = progress;
      return { runs, entities, failed };
    });
  },
};

function spawnedFor(view: EntityView, key: string, event: Json): Spawned {
  const entityId = uuidOfView(view);
  return { kind: 'FLOW', key, input: { event, data: view, previous: null }, awaited: false, entityId };
}

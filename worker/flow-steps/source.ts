import { fedBy } from '#domain/record/entity.source.service';
import { readViews } from '#domain/record/entity.view.service';
import { findEntityIds } from '#domain/record/entity.named';
import { blueprintOf } from '#domain/record/resource.service';
import { asStepError } from './fault.js';
import { flowOf } from './record.js';
import { type StepImplementation, StepNothing } from '#worker/steps/step';

/** Most records that the step finds. */
const most = 10_000;

/** The records of a blueprint that have one of the given records as their source. */
export const fetchEntitiesBySource: StepImplementation = {
  execute: async (call) => {
    const { targetBlueprintId, sourceBlueprintId, entityIds, stopFlowIfNotFound } = call.args as {
      readonly targetBlueprintId: string;
      readonly sourceBlueprintId: string;
      readonly entityIds: string | readonly string[];
      readonly stopFlowIfNotFound?: boolean;
    };
    const { sql } = flowOf(call);
    const { workspaceId } = call;
    const ids = await asStepError(async () => {
      const [target, source] = [
        await blueprintOf(sql, workspaceId, targetBlueprintId),
        await blueprintOf(sql, workspaceId, sourceBlueprintId),
      ];
      const sources = await findEntityIds(sql, source.id, typeof entityIds === 'string' ? [entityIds] : entityIds);
      return fedBy(
        sql,
        sources.map(({ id }) => id),
        target.id,
        most,
      );
    });
    if (ids.length === 0) throw new StepNothing(stopFlowIfNotFound === true);
    const views = await readViews(sql, workspaceId, ids);
    return { ids: views.map(({ id = null }) => id) };
  },
};

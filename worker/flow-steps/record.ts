import type { Json } from '#plan/plan';
import type { Sql } from '#platform/db/database';
import type { Cause } from '#domain/event/event.emit.service';
import { mostLookedAt, queryEntities, type StoreCondition } from '#domain/record/entity.query';
import { mostRemoved, removeEntities } from '#domain/record/entity.remove.service';
import { addSource } from '#domain/record/entity.source.service';
import { readViews, uuidOf, uuidOfView } from '#domain/record/entity.view.service';
import { blueprintOf, findResource, putResource, type ResourceData } from '#domain/record/resource.service';
import { chainOf } from '#domain/run/run.chain';
import type { ClaimedRun } from '#domain/run/run.claim';
import type { PlainWork } from '#domain/work';
import { asStepError } from './fault.js';
import { type FlowLink, type StepCall, StepError, type StepImplementation, StepNothing } from '#worker/steps/step';
import { suggestNew } from './suggest.js';

/** A step that only flows have. */
export function flowOf({ flow }: StepCall): FlowLink {
  if (flow === null) throw new StepError({ code: 'INVALID_PLAN', message: 'Only flows have this step.', retryable: false });
  return flow;
}

/** Why a flow writes: it is one automation more than what led to it. */
export async function causeOf(sql: Sql, run: ClaimedRun): Promise<Cause> {
  const { id, eventId, depth } = run;
  return { runId: id, eventId, webhookId: null, depth: Math.max(1, depth), chain: await chainOf(sql, run) };
}

interface UpsertArgs {
  readonly data: ResourceData;
  readonly createSuggestion?: boolean;
  readonly autoApply?: boolean;
}

/** Makes a record, or merges what is given into the one that is there; or suggests one that is not there. */
export const upsertResource: StepImplementation = {
  execute: async (call) => {
    const { data, createSuggestion = false, autoApply = false } = call.args as unknown as UpsertArgs;
    const flow = flowOf(call);
    const { workspaceId } = call;
    return committedOutput(
      await asStepError(() =>
        flow.commit(async (work) => {
          const cause = await causeOf(work.sql, flow.run);
          if (createSuggestion) {
            const suggested = await suggestNew(work, flow.run, data, autoApply, cause);
            if (suggested !== null) return { output: suggested };
          }
          const written = await putResource(work, workspaceId, data, cause);
          const { entityId, automationId } = flow.run;
          // What the run is about feeds what it writes.
          if (entityId !== null) await addSource(work, written.id, entityId, { cause, automationId });
          const [view = null] = await readViews(work.sql, workspaceId, [written.id]);
          return { output: view };
        }),
      ),
    );
  },
};

/** Deletes one record, or all that meet conditions. */
export const deleteResource: StepImplementation = {
  execute: async (call) => {
    const { blueprintId, id, conditions, stopFlowIfNotFound } = call.args as {
      readonly blueprintId?: string;
      readonly id?: string;
      readonly conditions?: readonly StoreCondition[];
      readonly stopFlowIfNotFound?: boolean;
    };
    if ((id === undefined) === (conditions === undefined))
      throw new StepError({ code: 'ARGUMENT', message: 'Give exactly one of id and conditions.', retryable: false });
    const flow = flowOf(call);
    return committedOutput(
      await asStepError(() =>
        flow.commit(async (work) => {
          const ids =
            id === undefined ? await idsOf(work, call.workspaceId, conditions ?? []) : await idOf(work, call.workspaceId, blueprintId, id);
          const deleted = ids.length === 0 ? 0 : await removeEntities(work, ids, await causeOf(work.sql, flow.run));
          if (deleted === 0) throw new StepNothing(stopFlowIfNotFound === true);
          return { output: { deleted } };
        }),
      ),
    );
  },
};

async function idOf({ sql }: PlainWork, workspaceId: string, blueprint: string | undefined, name: string): Promise<readonly string[]> {
  const uuid = uuidOf(name);
  if (blueprint === undefined && uuid === null)
    throw new StepError({ code: 'ARGUMENT', message: 'blueprintId: a key is of a blueprint.', retryable: false });
  if (blueprint === undefined) return uuid === null ? [] : (await readViews(sql, workspaceId, [uuid])).map(() => uuid);
  const found = await findResource(sql, await blueprintOf(sql, workspaceId, blueprint), name);
  return found === null ? [] : [found];
}

async function idsOf({ sql }: PlainWork, workspaceId: string, conditions: readonly StoreCondition[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const views of queryEntities(sql, workspaceId, conditions)) ids.push(...views.map(uuidOfView));
  if (ids.length > Math.min(mostRemoved, mostLookedAt))
    throw new StepError({ code: 'LIMIT_EXCEEDED', message: `A step deletes at most ${mostRemoved} records.`, retryable: false });
  return ids;
}

export function committedOutput(committed: Awaited<ReturnType<FlowLink['commit']>>): Json {
  return 'output' in committed ? committed.output : null;
}

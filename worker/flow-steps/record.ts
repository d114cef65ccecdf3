import type { Json } from '#plan/plan';
import { type Cause } from '#domain/event/event.emit.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { type BlueprintSpec, propertiesOf } from '#domain/record/blueprint.spec';
import { mostLookedAt, queryEntities, type StoreCondition } from '#domain/record/entity.query';
import { mostRemoved, removeEntities } from '#domain/record/entity.remove.service';
import { readViews, uuidOf, uuidOfView } from '#domain/record/entity.view.service';
import { changeEntity, type EntityChange, makeEntity } from '#domain/record/entity.write.service';
import { findEntityIds, findLinked } from '#domain/record/entity.named';
import { NotFoundError } from '#domain/errors';
import type { ClaimedRun } from '#domain/run/run.claim';
import type { PlainWork } from '#domain/work';
import { asStepError } from './fault.js';
import { type FlowLink, type StepCall, StepError, type StepImplementation, StepNothing } from '#worker/steps/step';

/** A step that only flows have. */
export function flowOf({ flow }: StepCall): FlowLink {
  if (flow === null) throw new StepError({ code: 'INVALID_PLAN', message: 'Only flows have this step.', retryable: false });
  return flow;
}

/** Why a flow writes: it is one automation more than what led to it. */
export const causeOf = ({ id, eventId, depth }: ClaimedRun): Cause => ({
  runId: id,
  eventId,
  webhookId: null,
  depth: Math.max(1, depth),
  chain: [],
});

interface UpsertArgs {
  readonly data: {
    readonly id?: string;
    readonly title?: string;
    readonly description?: string | null;
    readonly blueprintId: string;
    readonly status?: string;
    readonly properties?: { readonly [name: string]: Json };
    readonly relations?: { readonly [name: string]: { readonly value: string | readonly string[] | null } };
    readonly labels?: readonly string[];
  };
  readonly createSuggestion?: boolean;
}

/** Makes a record, or merges what is given into the one that is there. */
export const upsertResource: StepImplementation = {
  execute: async (call) => {
    const { data, createSuggestion } = call.args as unknown as UpsertArgs;
    if (createSuggestion === true)
      throw new StepError({ code: 'UNSUPPORTED', message: 'This worker does not know suggestions.', retryable: true });
    const flow = flowOf(call);
    return committedOutput(
      await asStepError(() =>
        flow.commit(async (work) => {
          const { workspaceId } = call;
          const spec = (await loadBlueprints(work.sql, workspaceId)).called(data.blueprintId);
          if (spec === null) throw new NotFoundError(`There is no blueprint ${data.blueprintId}.`);
          const change = await changeOf(work, spec, data);
          const known = data.id === undefined ? null : await entityCalled(work, spec, data.id);
          const cause = causeOf(flow.run);
          const written =
            known === null
              ? await makeEntity(work, spec, { ...change, key: data.id ?? null }, cause)
              : await changeEntity(work, known, change, cause);
          const [view = null] = await readViews(work.sql, workspaceId, [written.id]);
          return { output: view };
        }),
      ),
    );
  },
};

async function entityCalled({ sql }: PlainWork, spec: BlueprintSpec, name: string): Promise<string | null> {
  const [found] = await findEntityIds(sql, spec.id, [name]);
  if (found !== undefined) return found.id;
  if (uuidOf(name) !== null) throw new NotFoundError(`There is no record ${name}.`);
  return null;
}

async function changeOf({ sql }: PlainWork, spec: BlueprintSpec, data: UpsertArgs['data']): Promise<EntityChange> {
  const { title, description, status, properties, relations = {}, labels } = data;
  const own = propertiesOf(spec);
  const set = Object.entries(relations).map(([name, { value }]) => ({ name, to: typeof value === 'string' ? [value] : (value ?? []) }));
  const links = await findLinked(sql, spec, set);
  return {
    ...(status === undefined ? {} : { status }),
    ...(labels === undefined ? {} : { labels }),
    ...(set.length === 0 ? {} : { links: { set: links } }),
    properties: {
      ...(title !== undefined && own.has(spec.displayField) ? { [spec.displayField]: title } : {}),
      ...(description !== undefined && own.has('description') ? { description } : {}),
      ...properties,
    },
  };
}

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
          const deleted = ids.length === 0 ? 0 : await removeEntities(work, ids, causeOf(flow.run));
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
  const spec = (await loadBlueprints(sql, workspaceId)).called(blueprint);
  if (spec === null) throw new NotFoundError(`There is no blueprint ${blueprint}.`);
  return (await findEntityIds(sql, spec.id, [name])).map((one) => one.id);
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

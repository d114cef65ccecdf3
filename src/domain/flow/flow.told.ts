import type { Sql } from '#platform/db/database';
import type { Json } from '#plan/plan';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { type Blueprints, loadBlueprints } from '#domain/record/blueprint.load.service';
import { type BlueprintSpec, isObject } from '#domain/record/blueprint.spec';
import { keysOf, linkedIds, viewOf } from '#domain/record/entity.view.service';
import type { JsonObject } from './flow.spec.js';
import { actionOf } from './flow.trigger.js';

type Told = Pick<
  ClaimedEvent,
  'id' | 'workspaceId' | 'type' | 'entityId' | 'blueprint' | 'data' | 'previous' | 'changed' | 'actorKind' | 'actorName' | 'at'
>;

/** An event as flows see it: also the input of the runs that it starts. */
export interface ToldEvent {
  readonly event: JsonObject;
  readonly data: Json;
  readonly previous: Json;
}

/** Of what happens to a record, `data` is the record, and `previous` the record before. */
export async function tellEvent(sql: Sql, told: Told): Promise<ToldEvent> {
  const [one] = await tellEvents(sql, [told]);
  if (one === undefined) throw new Error('An event was not told.');
  return one;
}

/** The same of several, in their order: what they need is read together. */
export async function tellEvents(sql: Sql, events: readonly Told[]): Promise<readonly ToldEvent[]> {
  const workspaces = new Set(
    events.flatMap(({ workspaceId, entityId, blueprint }) => (entityId !== null && blueprint !== null ? [workspaceId] : [])),
  );
  const blueprints = new Map<string, Blueprints>();
  for (const workspaceId of workspaces) blueprints.set(workspaceId, await loadBlueprints(sql, workspaceId));
  const seen = events.map((told) => {
    const { workspaceId, type, entityId, blueprint, data, previous } = told;
    const spec = entityId === null || blueprint === null ? null : (blueprints.get(workspaceId)?.called(blueprint) ?? null);
    const inner = data['record'];
    const snapshot = type.startsWith('entity.') ? data : isObject(inner) ? inner : null;
    if (spec === null || entityId === null || snapshot?.['created_at'] === undefined) return { told, record: null };
    return { told, record: { spec, entityId, snapshot, before: previous === null ? null : beforeOf(spec, snapshot, previous) } };
  });
  const keys = await keysOf(
    sql,
    seen.flatMap(({ record }) => (record === null ? [] : [...linkedIds(record.snapshot), ...linkedIds(record.before ?? {})])),
  );
  return seen.map(({ told, record }): ToldEvent => {
    const { data, previous } = told;
    const event = headOf(told);
    if (record === null) return { event, data, previous };
    const { spec, entityId, snapshot, before } = record;
    const { record: _record, ...beside } = data;
    return {
      event: snapshot === data ? event : { ...event, ...beside },
      data: viewOf(spec, entityId, snapshot, keys),
      previous: before === null ? null : viewOf(spec, entityId, before, keys),
    };
  });
}

function headOf({ id, type, blueprint, changed, actorKind, actorName, at }: Told): JsonObject {
  return {
    id: `evt_${id}`,
    type,
    action: actionOf(type),
    resource: blueprint === null ? 'event' : 'entity',
    at: at.toISOString(),
    changed: [...changed],
    actor: { kind: actorKind, name: actorName },
  };
}

/** The record as it was: what changed is told by name. */
function beforeOf(spec: BlueprintSpec, snapshot: JsonObject, previous: JsonObject): JsonObject {
  const isLink = (name: string): boolean => spec.links.some((link) => link.name === name);
  const changed = Object.entries(previous);
  const shown = previous[spec.displayField];
  const name = typeof shown === 'string' || typeof shown === 'number' ? { name: String(shown) } : {};
  return {
    ...snapshot,
    ...Object.fromEntries(changed.filter(([name]) => !isLink(name))),
    ...name,
    links: { ...(isObject(snapshot['links']) ? snapshot['links'] : {}), ...Object.fromEntries(changed.filter(([name]) => isLink(name))) },
  };
}

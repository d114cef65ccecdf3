import type { Sql, Statement } from '#platform/db/database';
import { loadBlueprints } from './blueprint.load.service.js';
import { type BlueprintSpec, isObject, type JsonObject } from './blueprint.spec.js';

/** A record that a rule or a flow would change. */
export interface RecordChange {
  readonly entity: string;
  /** The key of its blueprint. */
  readonly type: string;
  /** The record as events tell it; null: it would be new. */
  readonly before: JsonObject | null;
  /** Null: it would be gone. */
  readonly after: JsonObject | null;
  readonly changed: readonly string[];
  /** Notes that it would get. */
  readonly notes: readonly string[];
}

interface WrittenEvent {
  readonly entityId: string;
  readonly blueprint: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly previous: JsonObject | null;
  readonly changed: readonly string[];
}

const written: Statement = {
  name: 'entity.changes',
  text: `SELECT "entityId", blueprint, type, data, previous, changed FROM "Event" WHERE "causeRunId" = $1::uuid AND "entityId" IS NOT NULL ORDER BY at, id`,
};

/** Of each record that a run has written, within its transaction: the state before its first event and after its last one. */
export async function changesBy(sql: Sql, workspaceId: string, runId: string): Promise<readonly RecordChange[]> {
  const events = await sql.query<WrittenEvent>(written, [runId]);
  if (events.length === 0) return [];
  const blueprints = await loadBlueprints(sql, workspaceId);
  const found = new Map<string, RecordChange>();
  for (const { entityId, blueprint, type, data, previous, changed } of events) {
    const known = found.get(entityId);
    const state = snapshotIn(data, type);
    const before =
      known !== undefined ? known.before : type === 'entity.created' ? null : earlier(state, previous ?? {}, blueprints.called(blueprint));
    const note = data['note'];
    const text = type === 'note.added' && isObject(note) && typeof note['text'] === 'string' ? [note['text']] : [];
    found.set(entityId, {
      entity: entityId,
      type: blueprint,
      before,
      after: type === 'entity.deleted' ? null : state,
      changed: [...new Set([...(known?.changed ?? []), ...changed])],
      notes: [...(known?.notes ?? []), ...text],
    });
  }
  return [...found.values()];
}

/** The record in an event, which tells of it itself or of what was added to it. */
function snapshotIn(data: JsonObject, type: string): JsonObject {
  const { record } = data;
  return !type.startsWith('entity.') && isObject(record) ? record : data;
}

/** The record before the change. */
function earlier(state: JsonObject, previous: JsonObject, blueprint: BlueprintSpec | null): JsonObject {
  const isLink = (name: string) => blueprint?.links.some((link) => link.name === name) === true;
  const [links, fields] = [
    Object.entries(previous).filter(([name]) => isLink(name)),
    Object.entries(previous).filter(([name]) => !isLink(name)),
  ];
  const kept = isObject(state['links']) ? state['links'] : {};
  return { ...state, ...Object.fromEntries(fields), links: { ...kept, ...Object.fromEntries(links) } };
}

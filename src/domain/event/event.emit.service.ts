import type { Json } from '#plan/plan';
import { newId } from '#platform/ids';
import type { PlainWork } from '#domain/work';

/** Why a write happens; the events that tell of it carry it on. */
export interface Cause {
  /** The run that writes; null: nobody's. */
  readonly runId: string | null;
  /** The event that the run is about. */
  readonly eventId: string | null;
  /** The webhook that brought it. */
  readonly webhookId: string | null;
  /** How many automations led to it. */
  readonly depth: number;
  /** `<automation> <record>` of each of them. */
  readonly chain: readonly string[];
}

/** That an automation was started for a record, in a chain of causes. */
export const linkOf = (automationId: string, entityId: string): string => `${automationId} ${entityId}`;

/** A client asked for it. */
export const fromClient: Cause = { runId: null, eventId: null, webhookId: null, depth: 0, chain: [] };

export interface NewEvent {
  /** Where it must be known beforehand. */
  readonly id?: string;
  readonly workspaceId: string;
  readonly type: string;
  /** A URI reference, as CloudEvents have it. */
  readonly source: string;
  /** The record that it is about, which the work has locked, with the key of its blueprint. */
  readonly entity: { readonly id: string; readonly blueprint: string } | null;
  readonly data: Json;
  readonly previous: Json;
  readonly changed: readonly string[];
  readonly cause: Cause;
}

/** Events as they are inserted, of writes that tell of themselves together. */
export interface Untold {
  readonly rows: EventRow[];
}

type EventRow = ReturnType<typeof rowOf>;

/** A work whose events are kept, where there is `untold`, until `tellAll`: then one statement inserts all of them. */
export type Telling = PlainWork & { readonly untold?: Untold };

/**
 * Inserts events in their order, with the batch that the sequencer of the feed takes, and answers their ids. Those of a record get the next numbers of its row, which must be locked, and never
 * a time before its last one: so a record's events are committed in their order.
 */
export async function emitEvents(work: Telling, events: readonly NewEvent[]): Promise<string[]> {
  const rows = events.map((event) => rowOf(work, event));
  if (work.untold === undefined) await insertRows(work, rows);
  else work.untold.rows.push(...rows);
  return rows.map(({ id }) => id);
}

/** Inserts what was kept, in the order in which it happened. */
export async function tellAll(work: PlainWork, { rows }: Untold): Promise<void> {
  await insertRows(work, rows.splice(0));
}

async function insertRows(work: PlainWork, rows: readonly EventRow[]): Promise<void> {
  if (rows.length === 0) return;
  await work.sql.query(insert, [JSON.stringify(rows)]);
  work.wake(
    'events',
    rows.map(({ id }) => id),
  );
}

function rowOf({ viewer: { actor } }: PlainWork, event: NewEvent) {
  return {
    id: event.id ?? newId(),
    workspaceId: event.workspaceId,
    type: event.type,
    source: event.source,
    entityId: event.entity?.id ?? null,
    blueprint: event.entity?.blueprint ?? null,
    data: event.data,
    previous: event.previous,
    changed: event.changed,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    causeRunId: event.cause.runId,
    causeEventId: event.cause.eventId,
    causeWebhookId: event.cause.webhookId,
    depth: event.cause.depth,
    chain: event.cause.chain,
  };
}

const insert = {
  name: 'event.emit',
  text: `WITH given AS MATERIALIZED (
      SELECT *, row_number() OVER (PARTITION BY "entityId" ORDER BY place) AS nth FROM (
        SELECT place, (jsonb_populate_record(NULL::"Event", one)).* FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS list(one, place)) AS listed
    ), counted AS (
      UPDATE "Entity" e SET sequence = e.sequence + g.emitted, "eventAt" = greatest(clock_timestamp(), e."eventAt")
      FROM (SELECT "entityId", count(*)::int AS emitted FROM given WHERE "entityId" IS NOT NULL GROUP BY "entityId") g
      WHERE e.id = g."entityId" RETURNING e.id, e.sequence - g.emitted AS base, e."eventAt"
    ), batched AS (
      INSERT INTO "EventBatch" ("eventIds") SELECT array_agg(id) FROM given
    )
    INSERT INTO "Event" (id, "workspaceId", type, source, "entityId", blueprint, sequence, data, previous, changed, "actorKind", "actorId", "actorName",
      "causeRunId", "causeEventId", "causeWebhookId", depth, chain, at, epoch)
    SELECT g.id, g."workspaceId", g.type, g.source, g."entityId", g.blueprint, coalesce(c.base + g.nth, 0), g.data, g.previous, g.changed,
      g."actorKind", g."actorId", g."actorName", g."causeRunId", g."causeEventId", g."causeWebhookId", g.depth, g.chain,
      coalesce(c."eventAt", clock_timestamp()), 0
    FROM given g LEFT JOIN counted c ON c.id = g."entityId" ORDER BY g.place`,
};

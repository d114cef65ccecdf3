import type { Sql, Statement } from '#platform/db/database';
import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import { firstIdAt } from '#platform/ids';
import type { SeenEvent } from '#domain/event/event.seen.policy';
import type { FlowSpec } from './flow.spec.js';
import { eventTriggersOf } from './flow.trigger.js';

/** Which stored events concern a flow. */
export interface PastQuestion {
  readonly workspaceId: string;
  readonly spec: FlowSpec;
  readonly from: Date;
  readonly to: Date;
  /** Whose outcomes are wanted beside the events; null: nobody's. */
  readonly automationId: string | null;
}

/** An event, and what the flow in question made of it then; null: it was not evaluated. */
export type PastEvent = SeenEvent & { readonly outcome: EvaluationOutcome | null };

/** Ids are made by the clocks of processes, times by that of the database. */
const slackMs = 3_600_000;

const wanted = `e."workspaceId" = $1::uuid AND e.type = ANY($2::text[]) AND e.at >= $3 AND e.at < $4 AND e.id >= $5::uuid AND e.id < $6::uuid
  AND EXISTS (SELECT 1 FROM unnest($2::text[], $7::text[]) AS t(type, blueprint) WHERE t.type = e.type AND (t.blueprint IS NULL OR t.blueprint = e.blueprint))`;

const count: Statement = {
  name: 'flow.past.count',
  text: `SELECT count(*)::int AS total FROM (SELECT 1 FROM "Event" e WHERE ${wanted} LIMIT $8) AS found`,
};

const page: Statement = {
  name: 'flow.past.page',
  text: `
SELECT e.id, e."workspaceId", e.type, e."entityId", e.blueprint, e.data, e.previous, e.changed, e."actorKind", e."actorId", e."actorName", e.depth, e.chain, e.at, v.outcome
FROM "Event" e LEFT JOIN "Evaluation" v ON v."eventId" = e.id AND v."automationId" = $10::uuid WHERE ${wanted} AND e.id > $9::uuid ORDER BY e.id LIMIT $8`,
};

function valuesOf({ workspaceId, spec, from, to }: PastQuestion): readonly unknown[] {
  const triggers = eventTriggersOf(spec);
  const [low, high] = [firstIdAt(from.getTime() - slackMs), firstIdAt(to.getTime() + slackMs)];
  return [workspaceId, triggers.map(({ eventType }) => eventType), from, to, low, high, triggers.map(({ blueprint }) => blueprint)];
}

/** How many there are; from `most` on it stops counting. */
export async function countPast(sql: Sql, question: PastQuestion, most: number): Promise<number> {
  const [row] = await sql.query<{ total: number }>(count, [...valuesOf(question), most]);
  return row?.total ?? 0;
}

const first = '00000000-0000-0000-0000-000000000000';

/** Those after an event, the oldest first. */
export function readPast(sql: Sql, question: PastQuestion, after: string | null, most: number): Promise<PastEvent[]> {
  return sql.query<PastEvent>(page, [...valuesOf(question), most, after ?? first, question.automationId]);
}

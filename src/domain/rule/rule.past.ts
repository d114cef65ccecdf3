import type { Sql, Statement } from '#platform/db/database';
import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import { firstIdAt } from '#platform/ids';
import type { SeenEvent } from '#domain/event/event.seen.policy';
import { type BlueprintSpec, type JsonObject, propertiesOf } from '#domain/record/blueprint.spec';
import { dueType, rulePrefix } from './rule.match.js';
import type { StoredRecord } from './rule.records.js';

/** Which stored events would have fired a rule. */
export interface PastQuestion {
  readonly blueprint: string;
  readonly triggerKey: string;
  readonly from: Date;
  readonly to: Date;
  /** Whose outcomes are wanted beside the events, and whose delays are meant; null: nobody's. */
  readonly automationId: string | null;
}

/** An event, and what the rule in question made of it then; null: it was not evaluated. */
export type PastEvent = SeenEvent & { readonly outcome: EvaluationOutcome | null };

/** Ids are made by the clocks of processes, times by that of the database. */
const slackMs = 3_600_000;

const typeOf = (triggerKey: string): string => {
  switch (triggerKey) {
    case 'create':
      return 'entity.created';
    case 'note':
      return 'note.added';
    case 'delay':
      return dueType;
    default:
      return 'entity.updated';
  }
};

const wanted = `e."workspaceId" = $1::uuid AND e.type = $2 AND e.blueprint = $3 AND e.at >= $4 AND e.at < $5 AND e.id >= $6::uuid AND e.id < $7::uuid
  AND ($8::text IS NULL OR $8 = ANY(e.changed)) AND ($9::text IS NULL OR e.data ->> 'rule' = $9)`;

const count: Statement = {
  name: 'past.count',
  text: `SELECT count(*)::int AS total FROM (SELECT 1 FROM "Event" e WHERE ${wanted} LIMIT $10) AS found`,
};

const page: Statement = {
  name: 'past.page',
  text: `
SELECT e.id, e."workspaceId", e.type, e."entityId", e.blueprint, e.data, e.previous, e.changed, e."actorKind", e."actorId", e."actorName", e.depth, e.chain, e.at, v.outcome
FROM "Event" e LEFT JOIN "Evaluation" v ON v."eventId" = e.id AND v."automationId" = $12::uuid WHERE ${wanted} AND e.id > $11::uuid ORDER BY e.id LIMIT $10`,
};

function valuesOf(workspaceId: string, { blueprint, triggerKey, from, to, automationId }: PastQuestion): readonly unknown[] {
  const field = triggerKey.startsWith('field:') ? triggerKey.slice('field:'.length) : null;
  const due = triggerKey === 'delay' ? `${rulePrefix}${automationId ?? ''}` : null;
  const [low, high] = [firstIdAt(from.getTime() - slackMs), firstIdAt(to.getTime() + slackMs)];
  return [workspaceId, typeOf(triggerKey), blueprint, from, to, low, high, field, due];
}

/** How many there are; from `most` on it stops counting. */
export async function countPast(sql: Sql, workspaceId: string, question: PastQuestion, most: number): Promise<number> {
  const [row] = await sql.query<{ total: number }>(count, [...valuesOf(workspaceId, question), most]);
  return row?.total ?? 0;
}

const first = '00000000-0000-0000-0000-000000000000';

/** Those after an event, the oldest first. */
export function readPast(sql: Sql, workspaceId: string, question: PastQuestion, after: string | null, most: number): Promise<PastEvent[]> {
  return sql.query<PastEvent>(page, [...valuesOf(workspaceId, question), most, after ?? first, question.automationId]);
}

/** A record as an event has it, with what its links led to. */
export interface PastRecord {
  readonly record: StoredRecord;
  readonly links: ReadonlyMap<string, readonly string[]>;
}

const builtIn: ReadonlySet<string> = new Set(['id', 'key', 'status', 'labels', 'created_at', 'updated_at', 'links']);

/** Null: the event tells of no record. */
export function pastRecord(entity: string, blueprint: BlueprintSpec, snapshot: JsonObject | null): PastRecord | null {
  const number = snapshot?.['id'];
  if (snapshot === null || typeof number !== 'number') return null;
  const text = (name: string) => (typeof snapshot[name] === 'string' ? snapshot[name] : null);
  const moment = (name: string) => new Date(text(name) ?? 0);
  const declared = propertiesOf(blueprint);
  const properties = Object.entries(snapshot).filter(([name]) => declared.has(name) || (!builtIn.has(name) && name !== 'name'));
  const labels = Array.isArray(snapshot['labels']) ? snapshot['labels'] : [];
  const links = snapshot['links'];
  return {
    record: {
      entity,
      blueprint: blueprint.key,
      number,
      key: text('key'),
      name: text('name') ?? '',
      status: text('status'),
      properties: Object.fromEntries(properties),
      labels: labels.filter((label) => typeof label === 'string'),
      createdAt: moment('created_at'),
      updatedAt: moment('updated_at'),
    },
    // A link that leads nowhere has no entry.
    links: new Map(
      blueprint.links.flatMap(({ name, kind }) => (kind === 'INVERSE' ? [] : [[name, entitiesIn(isObject(links) ? links[name] : [])]])),
    ),
  };
}

function entitiesIn(members: unknown): readonly string[] {
  return (Array.isArray(members) ? members : [members]).flatMap((member: unknown) => {
    const entity = isObject(member) ? member['entity'] : null;
    return typeof entity === 'string' ? [entity] : [];
  });
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

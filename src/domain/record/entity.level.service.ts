import type { Sql, Statement } from '#platform/db/database';
import type { EntityLevel } from '#platform/db/generated/prisma/client';
import { firstIdAt, newId } from '#platform/ids';
import type { PlainWork } from '#domain/work';
import { lockEntities } from './entity.statement.js';

/** What a scorecard found. */
export interface FoundLevel {
  readonly workspaceId: string;
  readonly entityId: string;
  readonly automationId: string;
  /** Null: none of the levels. */
  readonly level: string | null;
  /** Its place among the levels, from 1; 0 for none. */
  readonly rank: number;
  readonly runId: string;
}

const latest: Statement = {
  name: 'entity.level.latest',
  text: 'SELECT level FROM "EntityLevel" WHERE "entityId" = $1::uuid AND "automationId" = $2::uuid ORDER BY id DESC LIMIT 1',
};

const insert: Statement = {
  name: 'entity.level.insert',
  text: `INSERT INTO "EntityLevel" (id, "workspaceId", "entityId", "automationId", level, rank, "runId", at)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7::uuid, clock_timestamp())`,
};

/** Keeps the level of a record where it is another one than before. Answers the one before; undefined: there was none. */
export async function keepLevel(work: PlainWork, found: FoundLevel): Promise<string | null | undefined> {
  const { workspaceId, entityId, automationId, level, rank, runId } = found;
  // Two runs about one record follow each other.
  await lockEntities(work.sql, [entityId], 'changing');
  const [before] = await work.sql.query<{ level: string | null }>(latest, [entityId, automationId]);
  if (before?.level !== level) await work.sql.query(insert, [newId(), workspaceId, entityId, automationId, level, rank, runId]);
  return before?.level;
}

const current: Statement = {
  name: 'entity.level.current',
  // Steps from one scorecard to the next by the index, and reads the newest row of each: however long the history is.
  text: `
WITH RECURSIVE walk AS (
  SELECT g.id AS "entityId", first."automationId" FROM unnest($1::uuid[]) AS g(id)
  CROSS JOIN LATERAL (SELECT l."automationId" FROM "EntityLevel" l WHERE l."entityId" = g.id ORDER BY l."automationId" LIMIT 1) first
  UNION ALL
  SELECT walk."entityId", next."automationId" FROM walk
  CROSS JOIN LATERAL (SELECT l."automationId" FROM "EntityLevel" l WHERE l."entityId" = walk."entityId" AND l."automationId" > walk."automationId" ORDER BY l."automationId" LIMIT 1) next
)
SELECT newest.* FROM walk
CROSS JOIN LATERAL (SELECT l.* FROM "EntityLevel" l WHERE l."entityId" = walk."entityId" AND l."automationId" = walk."automationId" ORDER BY l.id DESC LIMIT 1) newest
ORDER BY newest."entityId", newest."automationId"`,
};

/** The present level of records by each scorecard, the oldest scorecard first. */
export function currentLevels(sql: Sql, entityIds: readonly string[]): Promise<EntityLevel[]> {
  return sql.query<EntityLevel>(current, [entityIds]);
}

const forget: Statement = {
  name: 'entity.level.forget',
  // The newest level of each is not behind another one, and stays.
  text: `
WITH seen AS MATERIALIZED (
  SELECT id, "entityId", "automationId" FROM "EntityLevel" WHERE id > $1::uuid AND id < $2::uuid ORDER BY id LIMIT 2000
), gone AS (
  DELETE FROM "EntityLevel" l USING seen WHERE l.id = seen.id AND EXISTS (
    SELECT 1 FROM "EntityLevel" later WHERE later."entityId" = seen."entityId" AND later."automationId" = seen."automationId" AND later.id > seen.id AND later.id < $2::uuid
  ) RETURNING 1
)
SELECT (SELECT count(*)::int FROM gone) AS gone, (SELECT id FROM seen ORDER BY id DESC LIMIT 1) AS last`,
};

/**
 * Deletes levels that were no longer so at a moment, among the next ones after `after`, a UUID; `last` is where to go on, null at the end. What
 * a record had at that moment stays.
 */
export async function forgetLevels(
  sql: Sql,
  after: string,
  before: Date,
): Promise<{ readonly gone: number; readonly last: string | null }> {
  const [walked] = await sql.query<{ gone: number; last: string | null }>(forget, [after, firstIdAt(before.getTime())]);
  return walked ?? { gone: 0, last: null };
}

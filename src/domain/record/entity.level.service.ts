import type { Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
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

import type { Sql, Statement } from '#platform/db/database';
import type { Cause } from '#domain/event/event.emit.service';
import { emitEvents } from '#domain/event/event.emit.service';
import type { PlainWork } from '#domain/work';
import { blueprintsOf } from './blueprint.load.service.js';
import { about, specOf, stateOf } from './entity.save.js';
import { snapshotOf } from './entity.state.js';
import { lockEntities, readEntities } from './entity.statement.js';

const add: Statement = {
  name: 'entity.source.add',
  text: `INSERT INTO "EntitySource" ("entityId", "sourceId", "workspaceId", "automationId", "createdAt")
    SELECT t.id, s.id, t."workspaceId", $3::uuid, now() FROM "Entity" t JOIN "Entity" s ON s."workspaceId" = t."workspaceId" AND s.id = $2::uuid WHERE t.id = $1::uuid
    ON CONFLICT DO NOTHING RETURNING "entityId"`,
};

/** The event that tells that a record feeds another one; it is about the source. */
export const addedAsSource = 'entity.addedAsSource';

/**
 * Makes a record one of the sources of another one of the same workspace, and tells so; nothing when it is one already, or is that record
 * itself, or gone. Answers whether it was added.
 */
export async function addSource(
  work: PlainWork,
  entityId: string,
  sourceId: string,
  { cause, automationId }: { readonly cause: Cause; readonly automationId: string | null },
): Promise<boolean> {
  if (entityId === sourceId) return false;
  if ((await work.sql.query(add, [entityId, sourceId, automationId])).length === 0) return false;
  await lockEntities(work.sql, [sourceId], 'changing');
  const [row] = await readEntities(work.sql, [sourceId]);
  if (row === undefined) return false;
  const spec = specOf(row, await blueprintsOf(work.sql, row.blueprints));
  const told = { type: addedAsSource, previous: null, changed: [], data: snapshotOf(stateOf(row, spec)) };
  await emitEvents(work, [{ ...about(spec, sourceId, cause), ...told }]);
  return true;
}

const bySources: Statement = {
  name: 'entity.source.targets',
  text: `SELECT DISTINCT t.id FROM "EntitySource" e JOIN "Entity" t ON t.id = e."entityId" AND t."blueprintId" = $2::uuid
    WHERE e."sourceId" = ANY($1::uuid[]) ORDER BY t.id LIMIT $3`,
};

/** The records of a blueprint that one of the given records feeds, in the order in which they were made. */
export async function fedBy(sql: Sql, sourceIds: readonly string[], blueprintId: string, most: number): Promise<readonly string[]> {
  return (await sql.query<{ id: string }>(bySources, [sourceIds, blueprintId, most])).map(({ id }) => id);
}

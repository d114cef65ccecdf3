import { type Cause, emitEvents } from '#domain/event/event.emit.service';
import type { PlainWork } from '#domain/work';
import { blueprintsOf } from './blueprint.load.service.js';
import { about, noSuchEntity, specOf, stateOf } from './entity.save.js';
import { settle, touchedByLoss } from './entity.settle.js';
import { snapshotOf } from './entity.state.js';
import { deleteEntities, lockEntities, readEntities } from './entity.statement.js';

/** Most records that one work deletes. */
export const mostRemoved = 10_000;
const atOnce = 500;

/**
 * Deletes a record with its notes and the links from and to it; its events stay. Rights are the caller's business. Throws NotFoundError
 * when it is gone.
 */
export async function removeEntity(work: PlainWork, entityId: string, cause: Cause): Promise<void> {
  if ((await removeEntities(work, [entityId], cause)) === 0) throw noSuchEntity();
}

/** The same for many records of one workspace; answers how many were there. */
export async function removeEntities(work: PlainWork, ids: readonly string[], cause: Cause): Promise<number> {
  let removed = 0;
  for (let start = 0; start < ids.length; start += atOnce) {
    const there = await lockEntities(work.sql, ids.slice(start, start + atOnce), 'deleting');
    const read = await readEntities(work.sql, there);
    const [first] = read;
    if (first === undefined) continue;
    const blueprints = await blueprintsOf(work.sql, first.blueprints);
    const gone = read.map((row) => {
      const spec = specOf(row, blueprints);
      return { spec, state: stateOf(row, spec) };
    });
    const touched = await touchedByLoss(work.sql, blueprints, gone);
    const told = { type: 'entity.deleted', previous: null, changed: [] };
    await emitEvents(
      work,
      gone.map(({ spec, state }) => ({ ...about(spec, state.id, cause), ...told, data: snapshotOf(state) })),
    );
    await deleteEntities(work.sql, there);
    await settle(work, blueprints, touched, cause);
    removed += there.length;
  }
  return removed;
}

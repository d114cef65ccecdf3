import type { Cause } from '#domain/event/event.emit.service';
import type { BlueprintSpec, JsonObject } from './blueprint.spec.js';
import type { EntityChange } from './entity.apply.js';
import { type Saved, type Sharing, type SharingWork, saveChange, saveNew } from './entity.save.js';
import { settle, touchedBy } from './entity.settle.js';
import { snapshotOf } from './entity.state.js';

export type { EntityChange, Sharing, SharingWork };

export interface Written {
  readonly id: string;
  /** Names of changed properties and links, `status`, `labels` and `key`. */
  readonly changed: readonly string[];
  /** The record as events tell it; null: it is new. */
  readonly before: JsonObject | null;
  readonly after: JsonObject;
}

/**
 * Makes a record, whoever asks for it: rights are the caller's business. Throws InvalidInputError (`status`, `properties.x`, `links.x`),
 * NotFoundError for what it links to and is not there, AlreadyExistsError (`key`), ConflictError (`DERIVED_STATUS`).
 */
export async function makeEntity(work: SharingWork, blueprint: BlueprintSpec, change: EntityChange, cause: Cause): Promise<Written> {
  return followed(work, await saveNew(work, blueprint, change, cause), cause);
}

/**
 * Changes a record, which it locks until the end of the work, and moves what follows from it: derived statuses and releases. Where nothing
 * changes, nothing is written and no event is emitted. Rights are the caller's business. Throws as {@link makeEntity} does, and
 * NotFoundError when the record is gone, or is not in the workspace `within`.
 */
export async function changeEntity(
  work: SharingWork,
  entityId: string,
  change: EntityChange,
  cause: Cause,
  within: string | null = null,
): Promise<Written> {
  return followed(work, await saveChange(work, entityId, change, cause, { within }), cause);
}

/** What follows from a write; what it moved of the record itself belongs to the answer. */
async function followed(work: SharingWork, saved: Saved, cause: Cause): Promise<Written> {
  const { before, after, difference, blueprints } = saved;
  const moved = await settle(work, blueprints, await touchedBy(work.sql, saved), cause);
  const last = moved.get(after.id);
  return {
    id: after.id,
    changed: [...new Set([...difference.changed, ...(last?.difference.changed ?? [])])],
    before: before === null ? null : snapshotOf(before),
    after: snapshotOf((last ?? saved).after),
  };
}

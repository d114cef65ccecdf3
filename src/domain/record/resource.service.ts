import type { Sql } from '#platform/db/database';
import type { Json } from '#plan/plan';
import { AlreadyExistsError, NotFoundError } from '#domain/errors';
import type { Cause } from '#domain/event/event.emit.service';
import type { PlainWork } from '#domain/work';
import { loadBlueprints } from './blueprint.load.service.js';
import { type BlueprintSpec, propertiesOf } from './blueprint.spec.js';
import { findEntityIds, findLinked } from './entity.named.js';
import { uuidOf } from './entity.view.service.js';
import { changeEntity, type EntityChange, makeEntity, type Written } from './entity.write.service.js';

/** A record as flows write it: named by its key, with links as relations. What is absent stays. */
export interface ResourceData {
  /** Its key, or its id of the graph; absent: a new record without a key. */
  readonly id?: string;
  /** Its display field. */
  readonly title?: string;
  /** Its property of this name, where the blueprint has one. */
  readonly description?: string | null;
  readonly blueprintId: string;
  readonly status?: string;
  readonly properties?: { readonly [name: string]: Json };
  readonly relations?: { readonly [name: string]: { readonly value: string | readonly string[] | null } };
  readonly labels?: readonly string[];
}

/** The blueprint with this key. Throws NotFoundError. */
export async function blueprintOf(sql: Sql, workspaceId: string, key: string): Promise<BlueprintSpec> {
  const spec = (await loadBlueprints(sql, workspaceId)).called(key);
  if (spec === null) throw new NotFoundError(`There is no blueprint ${key}.`);
  return spec;
}

/** The record with this name, by its key or its id of the graph; null: there is none yet. Throws NotFoundError for an id that nothing has. */
export async function findResource(sql: Sql, spec: BlueprintSpec, name: string): Promise<string | null> {
  const [found] = await findEntityIds(sql, spec.id, [name]);
  if (found !== undefined) return found.id;
  if (uuidOf(name) !== null) throw new NotFoundError(`There is no record ${name}.`);
  return null;
}

/** The records of a blueprint with these names; those that nothing has are absent. */
export async function findResources(sql: Sql, spec: BlueprintSpec, names: readonly string[]): Promise<readonly string[]> {
  return (await findEntityIds(sql, spec.id, names)).map(({ id }) => id);
}

/**
 * Makes a record, or merges what is given into the one that is there. Rights are the caller's business. Throws as makeEntity and changeEntity
 * do, and NotFoundError for a blueprint or a linked record that is not there.
 */
export async function putResource(work: PlainWork, workspaceId: string, data: ResourceData, cause: Cause): Promise<Written> {
  const spec = await blueprintOf(work.sql, workspaceId, data.blueprintId);
  const change = await changeOf(work.sql, spec, data);
  if (data.id === undefined) return makeEntity(work, spec, { ...change, key: null }, cause);
  const known = await findResource(work.sql, spec, data.id);
  if (known !== null) return changeEntity(work, known, change, cause);
  try {
    return await makeEntity(work, spec, { ...change, key: data.id }, cause);
  } catch (error) {
    // Another one has just made it: this one changes what that one made.
    const made = error instanceof AlreadyExistsError ? await findResource(work.sql, spec, data.id) : null;
    if (made === null) throw error;
    return changeEntity(work, made, change, cause);
  }
}

async function changeOf(sql: Sql, spec: BlueprintSpec, data: ResourceData): Promise<EntityChange> {
  const { title, description, status, properties, relations = {}, labels } = data;
  const own = propertiesOf(spec);
  const set = Object.entries(relations).map(([name, { value }]) => ({ name, to: typeof value === 'string' ? [value] : (value ?? []) }));
  const links = await findLinked(sql, spec, set);
  return {
    ...(status === undefined ? {} : { status }),
    ...(labels === undefined ? {} : { labels }),
    ...(set.length === 0 ? {} : { links: { set: links } }),
    properties: {
      ...(title !== undefined && own.has(spec.displayField) ? { [spec.displayField]: title } : {}),
      ...(description !== undefined && own.has('description') ? { description } : {}),
      ...properties,
    },
  };
}

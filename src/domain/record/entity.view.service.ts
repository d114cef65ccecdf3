import type { Sql, Statement } from '#platform/db/database';
import { isUuid } from '#platform/ids';
import type { Json } from '#plan/plan';
import { blueprintsOf } from './blueprint.load.service.js';
import { type BlueprintSpec, isObject, type JsonObject, propertiesOf } from './blueprint.spec.js';
import { specOf, stateOf } from './entity.save.js';
import { snapshotOf } from './entity.state.js';
import { readEntities } from './entity.statement.js';

/** A record as flows see it: named by keys, its links as `relations`. One without a key is named by its id of the graph. */
export type EntityView = JsonObject;

export const entityIdOf = (uuid: string): string => `ent_${uuid}`;

const prefix = 'ent_';

/** The row's id, where a text names a record by its id of the graph. */
export function uuidOf(name: string): string | null {
  const id = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return isUuid(id) ? id : null;
}

/** The row's id of a record as flows see it. */
export function uuidOfView({ entity }: EntityView): string {
  const id = typeof entity === 'string' ? uuidOf(entity) : null;
  if (id === null) throw new Error('This is no record.');
  return id;
}

/** A text that every record has as flows see it. */
export function textOf(view: EntityView, name: 'id' | 'entity' | 'blueprintId'): string {
  const text = view[name];
  if (typeof text !== 'string') throw new Error('This is no record.');
  return text;
}

const readKeys: Statement = { name: 'entity.keys', text: 'SELECT id, key FROM "Entity" WHERE id = ANY($1::uuid[]) AND key IS NOT NULL' };

type Keys = ReadonlyMap<string, string>;

/** The keys of records; those without one are absent. */
export async function keysOf(sql: Sql, ids: readonly string[]): Promise<Keys> {
  if (ids.length === 0) return new Map();
  return new Map((await sql.query<{ id: string; key: string }>(readKeys, [[...new Set(ids)]])).map(({ id, key }) => [id, key]));
}

/** The ids of the records that a snapshot links to. */
export function linkedIds({ links }: JsonObject): readonly string[] {
  if (!isObject(links)) return [];
  return Object.values(links).flatMap((list) =>
    Array.isArray(list)
      ? (list as readonly Json[]).flatMap((one) => (isObject(one) && typeof one['entity'] === 'string' ? [one['entity']] : []))
      : [],
  );
}

/** A snapshot, as events tell it, as flows see it. */
export function viewOf(spec: BlueprintSpec, id: string, snapshot: JsonObject, keys: Keys): EntityView {
  const properties = Object.fromEntries(
    [...propertiesOf(spec).keys()].flatMap((name) => (Object.hasOwn(snapshot, name) ? [[name, snapshot[name] ?? null]] : [])),
  );
  const links = isObject(snapshot['links']) ? snapshot['links'] : {};
  const named = (list: Json | undefined): string[] =>
    linkedIds({ links: { list: list ?? [] } }).map((one) => keys.get(one) ?? entityIdOf(one));
  const relations = spec.links.flatMap(({ name, kind }) => {
    if (kind === 'INVERSE') return [];
    const to = named(links[name]);
    return [[name, { value: kind === 'ONE' ? (to[0] ?? null) : to }] as const];
  });
  const { description } = properties;
  return {
    id: typeof snapshot['key'] === 'string' ? snapshot['key'] : entityIdOf(id),
    entity: entityIdOf(id),
    number: snapshot['id'] ?? null,
    title: snapshot['name'] ?? '',
    description: typeof description === 'string' ? description : null,
    blueprintId: spec.key,
    status: snapshot['status'] ?? null,
    labels: snapshot['labels'] ?? [],
    properties,
    relations: Object.fromEntries(relations),
    createdAt: snapshot['created_at'] ?? null,
    updatedAt: snapshot['updated_at'] ?? null,
  };
}

/** Records as flows see them, in the order of their ids; those that are gone are absent. */
export async function readViews(sql: Sql, workspaceId: string, ids: readonly string[]): Promise<readonly EntityView[]> {
  if (ids.length === 0) return [];
  const rows = (await readEntities(sql, ids)).filter((row) => row.workspaceId === workspaceId);
  const [first] = rows;
  if (first === undefined) return [];
  const blueprints = await blueprintsOf(sql, first.blueprints);
  const keys = await keysOf(
    sql,
    rows.flatMap(({ links }) => links.map(({ entity }) => entity)),
  );
  const views = new Map(
    rows.map((row): [string, EntityView] => {
      const spec = specOf(row, blueprints);
      return [row.id, viewOf(spec, row.id, snapshotOf(stateOf(row, spec)), keys)];
    }),
  );
  return ids.map((id) => views.get(id)).filter((view) => view !== undefined);
}

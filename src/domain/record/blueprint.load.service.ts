import type { Sql } from '#platform/db/database';
import { type BlueprintSpec, blueprintCalled, blueprintSpec } from './blueprint.spec.js';

/** The blueprints of a workspace, as they were when they were read. */
export interface Blueprints {
  readonly all: readonly BlueprintSpec[];
  readonly byId: ReadonlyMap<string, BlueprintSpec>;
  readonly byKey: ReadonlyMap<string, BlueprintSpec>;
  /** By a key or an alias, as rules name a type. */
  called(name: string): BlueprintSpec | null;
}

/** A row of a blueprint, and what tells that it was not changed since. */
export interface BlueprintVersion {
  readonly id: string;
  readonly version: string;
}

/** For other statements: the versions of all blueprints of the workspace that `$place` names, as JSON. */
export const versionsOf = (workspaceId: string): string =>
  `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'version', b.xmin::text || b.ctid::text) ORDER BY b.key), '[]')
    FROM "Blueprint" b WHERE b."workspaceId" = ${workspaceId})`;

const versions = { name: 'blueprint.versions', text: `SELECT ${versionsOf('$1::uuid')} AS blueprints` };

type Row = Parameters<typeof blueprintSpec>[0] & BlueprintVersion;

const load = {
  name: 'blueprint.load',
  text: `SELECT id, "workspaceId", key, name, aliases, schema, statuses, links, "displayField", indexed, release, template,
      xmin::text || ctid::text AS version FROM "Blueprint" WHERE id = ANY($1::uuid[])`,
};

// Every write of a record asks for the blueprints of its workspace; they change seldom.
const known = new Map<string, { readonly version: string; readonly spec: BlueprintSpec }>();
const mostKnown = 2_000;

/** The blueprints of a workspace. */
export async function loadBlueprints(sql: Sql, workspaceId: string): Promise<Blueprints> {
  const [row] = await sql.query<{ blueprints: readonly BlueprintVersion[] }>(versions, [workspaceId]);
  return blueprintsOf(sql, row?.blueprints ?? []);
}

/** The blueprints of these versions: what is known of them is not read again. */
export async function blueprintsOf(sql: Sql, wanted: readonly BlueprintVersion[]): Promise<Blueprints> {
  const missing = wanted.filter(({ id, version }) => known.get(id)?.version !== version).map(({ id }) => id);
  const fresh = new Map<string, BlueprintSpec>();
  if (missing.length > 0)
    for (const row of await sql.query<Row>(load, [missing])) {
      const spec = blueprintSpec(row);
      fresh.set(row.id, spec);
      known.delete(row.id);
      known.set(row.id, { version: row.version, spec });
    }
  const all = wanted.flatMap(({ id }) => fresh.get(id) ?? known.get(id)?.spec ?? []);
  for (const id of known.keys()) {
    if (known.size <= mostKnown) break;
    known.delete(id);
  }
  return {
    all,
    byId: new Map(all.map((spec) => [spec.id, spec])),
    byKey: new Map(all.map((spec) => [spec.key, spec])),
    called: (name) => blueprintCalled(all, name),
  };
}

/** Up to so many records of a blueprint are looked at, all of them, for one of them. */
export const mostUnindexed = 10_000;

const many = {
  name: 'entity.many',
  text: `SELECT b.id FROM unnest($1::uuid[]) AS b(id) WHERE EXISTS (SELECT FROM "Entity" WHERE "blueprintId" = b.id OFFSET ${mostUnindexed})`,
};

/** Which of some blueprints have so many records that none may look at every one of them. */
export async function withMany(sql: Sql, blueprintIds: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await sql.query<{ id: string }>(many, [blueprintIds])).map(({ id }) => id));
}

import type { Sql } from '#platform/db/database';
import { type BlueprintVersion, versionsOf } from './blueprint.load.service.js';
import { type JsonObject } from './blueprint.spec.js';
import type { Target } from './entity.apply.js';
import type { IndexedValue } from './entity.index.js';
import type { Linked } from './entity.state.js';

/**
 * Who writes records of a blueprint shares it, so that it does not change meanwhile; who changes a blueprint holds it alone. It is taken
 * before the row, as whoever changes the blueprint takes it before the rows.
 */
const sharedBlueprint = (id: string) => `pg_advisory_xact_lock_shared(hashtextextended('records of ' || ${id}::text, 0))`;

const hold = { name: 'entity.blueprint', text: `SELECT ${sharedBlueprint('$1::uuid')} IS NULL AS held` };

export async function shareBlueprint(sql: Sql, blueprintId: string): Promise<void> {
  await sql.query(hold, [blueprintId]);
}

const holdAlone = {
  name: 'entity.blueprint.alone',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('records of ' || ($1::uuid)::text, 0)) IS NULL AS held`,
};

/** Until the end of the work nobody writes records of the blueprint. */
export async function holdBlueprint(sql: Sql, blueprintId: string): Promise<void> {
  await sql.query(holdAlone, [blueprintId]);
}

const lock = (strength: string) => ({
  name: `entity.lock.${strength}`,
  text: `WITH held AS MATERIALIZED (
      SELECT id, "blueprintId", ${sharedBlueprint('"blueprintId"')} IS NULL AS shared FROM "Entity"
      WHERE id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR "workspaceId" = $2::uuid) ORDER BY "blueprintId"
    )
    SELECT e.id FROM held h JOIN "Entity" e ON e.id = h.id ORDER BY e.id FOR ${strength} OF e`,
});
const locks = { changing: lock('NO KEY UPDATE'), deleting: lock('UPDATE') };

/** Locks records, in the order of their ids; answers those that are there. `within`: those of another workspace are not. */
export async function lockEntities(
  sql: Sql,
  ids: readonly string[],
  how: keyof typeof locks,
  within: string | null = null,
): Promise<string[]> {
  return (await sql.query<{ id: string }>(locks[how], [ids, within])).map(({ id }) => id);
}

export interface ReadEntity {
  readonly id: string;
  readonly workspaceId: string;
  readonly blueprintId: string;
  readonly number: number;
  readonly key: string | null;
  readonly name: string;
  readonly status: string | null;
  readonly properties: JsonObject;
  readonly labels: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly links: readonly (Linked & { readonly link: string })[];
  readonly targets: readonly Target[];
  readonly blueprints: readonly BlueprintVersion[];
}

const targets = (ids: string, workspaceId: string) =>
  `(SELECT coalesce(jsonb_agg(jsonb_build_object('entity', t.id, 'id', t.number, 'name', t.name, 'blueprintId', t."blueprintId")), '[]')
    FROM "Entity" t WHERE t.id = ANY(${ids}) AND t."workspaceId" = ${workspaceId})`;

const read = {
  name: 'entity.read',
  text: `SELECT e.id, e."workspaceId", e."blueprintId", e.number, e.key, e.name, e.status, e.properties, e.labels, e."createdAt", e."updatedAt",
      (SELECT coalesce(jsonb_agg(jsonb_build_object('link', l.name, 'entity', t.id, 'id', t.number, 'name', t.name)
          ORDER BY l.name, l.position, t.number), '[]')
        FROM "EntityLink" l JOIN "Entity" t ON t.id = l."toId" WHERE l."fromId" = e.id) AS links,
      ${targets('$2::uuid[]', 'e."workspaceId"')} AS targets,
      ${versionsOf('e."workspaceId"')} AS blueprints
    FROM "Entity" e WHERE e.id = ANY($1::uuid[]) ORDER BY e.id`,
};

/** Records with their links, those that one of them is to be linked to, and the blueprints of the workspace. */
export async function readEntities(sql: Sql, ids: readonly string[], targetIds: readonly string[] = []): Promise<ReadEntity[]> {
  return sql.query<ReadEntity>(read, [ids, targetIds]);
}

export interface Prepared {
  readonly number: number;
  readonly targets: readonly Target[];
  readonly blueprints: readonly BlueprintVersion[];
}

const prepare = {
  name: 'entity.prepare',
  text: `SELECT nextval(pg_get_serial_sequence('"Entity"', 'number'))::int AS number, ${targets('$2::uuid[]', '$1::uuid')} AS targets,
    ${versionsOf('$1::uuid')} AS blueprints`,
};

/** What a new record needs: a number, those that it is to be linked to, and the blueprints of the workspace. */
export async function prepareEntity(sql: Sql, workspaceId: string, targetIds: readonly string[]): Promise<Prepared> {
  const [row] = await sql.query<Prepared>(prepare, [workspaceId, targetIds]);
  if (row === undefined) throw new Error('The database answered nothing.');
  return row;
}

export interface EntityRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly blueprintId: string;
  readonly number: number;
  readonly key: string | null;
  readonly name: string;
  readonly status: string | null;
  readonly statusRank: number | null;
  readonly properties: JsonObject;
  readonly labels: readonly string[];
  readonly searchText: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NoteRow {
  readonly id: string;
  readonly text: string;
  readonly mentions: readonly string[];
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly runId: string | null;
  readonly createdAt: Date;
}

export interface EntityWrite {
  readonly row: EntityRow;
  /** NOTED: only notes are added. */
  readonly kind: 'NEW' | 'CHANGED' | 'NOTED';
  /** Values of indexed properties that are new or changed. */
  readonly values: readonly IndexedValue[];
  readonly links: readonly { readonly name: string; readonly toId: string; readonly position: number }[];
  readonly linksGone: readonly { readonly name: string; readonly toId: string }[];
  readonly notes: readonly NoteRow[];
}

const columns = `id, "workspaceId", "blueprintId", number, key, name, status, "statusRank", properties, labels, "searchText", "createdAt", "updatedAt"`;
const heads: Record<EntityWrite['kind'], string> = {
  NEW: `INSERT INTO "Entity" (${columns}) SELECT ${columns} FROM row ON CONFLICT ("blueprintId", key) DO NOTHING RETURNING id, "workspaceId", "blueprintId"`,
  CHANGED: `UPDATE "Entity" e SET key = r.key, name = r.name, status = r.status, "statusRank" = r."statusRank", properties = r.properties,
      labels = r.labels, "searchText" = r."searchText", "updatedAt" = r."updatedAt"
    FROM row r WHERE e.id = r.id RETURNING e.id, e."workspaceId", e."blueprintId"`,
  NOTED: `SELECT id, "workspaceId", "blueprintId" FROM row`,
};

/** A record with all that belongs to it, in one statement. */
const writes = (kind: EntityWrite['kind']) => ({
  name: `entity.write.${kind}`,
  text: `WITH row AS MATERIALIZED (SELECT (jsonb_populate_record(NULL::"Entity", $1::jsonb)).*),
    kept AS (${heads[kind]}),
    valued AS (
      INSERT INTO "EntityValue" ("entityId", "blueprintId", property, text, number, moment)
      SELECT k.id, k."blueprintId", v.property, v.text, v.number, v.moment
      FROM kept k, jsonb_to_recordset($2::jsonb) AS v(property text, text text, number float8, moment timestamptz)
      ON CONFLICT ("entityId", property) DO UPDATE SET text = EXCLUDED.text, number = EXCLUDED.number, moment = EXCLUDED.moment
    ), linked AS (
      INSERT INTO "EntityLink" ("fromId", name, "toId", "workspaceId", position)
      SELECT k.id, l.name, l."toId", k."workspaceId", l.position
      FROM kept k, jsonb_to_recordset($3::jsonb) AS l(name text, "toId" uuid, position int)
      ON CONFLICT ("fromId", name, "toId") DO UPDATE SET position = EXCLUDED.position
    ), unlinked AS (
      DELETE FROM "EntityLink" l USING kept k, jsonb_to_recordset($4::jsonb) AS g(name text, "toId" uuid)
      WHERE l."fromId" = k.id AND l.name = g.name AND l."toId" = g."toId"
    ), noted AS (
      INSERT INTO "Note" (id, "workspaceId", "entityId", text, mentions, "actorKind", "actorId", "actorName", "runId", "createdAt")
      SELECT n.id, k."workspaceId", k.id, n.text, n.mentions, n."actorKind", n."actorId", n."actorName", n."runId", n."createdAt"
      FROM kept k, jsonb_populate_recordset(NULL::"Note", $5::jsonb) AS n
    )
    SELECT id FROM kept`,
});
const written = { NEW: writes('NEW'), CHANGED: writes('CHANGED'), NOTED: writes('NOTED') };

/** Answers false when the key of a new record is taken: then nothing was written. */
export async function writeEntity(sql: Sql, { row, kind, values, links, linksGone, notes }: EntityWrite): Promise<boolean> {
  const given = [JSON.stringify(row), JSON.stringify(values), JSON.stringify(links), JSON.stringify(linksGone), JSON.stringify(notes)];
  return (await sql.query(written[kind], given)).length > 0;
}

const remove = { name: 'entity.delete', text: `DELETE FROM "Entity" WHERE id = ANY($1::uuid[])` };

export async function deleteEntities(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query(remove, [ids]);
}

import type { Sql, Statement } from '#platform/db/database';
import type { Json } from '#plan/plan';
import { RuleFault } from '#language/rule/rule-error';
import type { BlueprintSpec } from '#domain/record/blueprint.spec';
import { mostUnindexed, withMany } from '#domain/record/blueprint.load.service';

/** A record as it is stored. */
export interface StoredRecord {
  readonly entity: string;
  /** The key of its blueprint. */
  readonly blueprint: string;
  readonly number: number;
  readonly key: string | null;
  readonly name: string;
  readonly status: string | null;
  readonly properties: { readonly [name: string]: Json };
  readonly labels: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface StoredNote {
  readonly id: string;
  readonly entity: string;
  readonly text: string;
  readonly author: string;
  readonly createdAt: Date;
}

/** Most members of a collection: a rule that reads, or changes, only part of one would be wrong without a word. */
export const mostMembers = 1_000;

const columns = `e.id AS entity, b.key AS blueprint, e.number, e.key, e.name, e.status, e.properties, e.labels, e."createdAt", e."updatedAt"`;

const byId: Statement = {
  name: 'rule.records',
  text: `SELECT ${columns} FROM "Entity" e JOIN "Blueprint" b ON b.id = e."blueprintId" WHERE e.id = ANY($1::uuid[]) AND e."workspaceId" = $2::uuid`,
};

export function readRecords(sql: Sql, workspaceId: string, entityIds: readonly string[]): Promise<StoredRecord[]> {
  return sql.query<StoredRecord>(byId, [entityIds, workspaceId]);
}

/** A member of the collection that a link of a record is. */
export type LinkedRecord = StoredRecord & { readonly of: string };

const linked: Statement = {
  name: 'rule.linked',
  text: `
SELECT f.id AS of, t.* FROM unnest($1::uuid[]) AS f(id) CROSS JOIN LATERAL (
  SELECT ${columns} FROM "EntityLink" l JOIN "Entity" e ON e.id = l."toId" JOIN "Blueprint" b ON b.id = e."blueprintId"
  WHERE l."fromId" = f.id AND l.name = $2 AND e."workspaceId" = $3::uuid ORDER BY l.position, e.number LIMIT $4
) t LIMIT $4`,
};

const linking: Statement = {
  name: 'rule.linking',
  // In the order in which they were made.
  text: `
SELECT f.id AS of, t.* FROM unnest($1::uuid[]) AS f(id) CROSS JOIN LATERAL (
  SELECT ${columns} FROM "EntityLink" l JOIN "Entity" e ON e.id = l."fromId" JOIN "Blueprint" b ON b.id = e."blueprintId" AND b.key = $5
  WHERE l."toId" = f.id AND l.name = $2 AND e."workspaceId" = $3::uuid ORDER BY e.number LIMIT $4
) t LIMIT $4`,
};

/** What a link of several records leads to, in its order; one more in all than one may have tells that there are too many. */
export function readLinked(sql: Sql, workspaceId: string, entityIds: readonly string[], link: string): Promise<LinkedRecord[]> {
  return sql.query<LinkedRecord>(linked, [entityIds, link, workspaceId, mostMembers + 1]);
}

/** The records of a blueprint whose link leads to some records. */
export function readLinking(
  sql: Sql,
  workspaceId: string,
  entityIds: readonly string[],
  link: string,
  blueprint: string,
): Promise<LinkedRecord[]> {
  return sql.query<LinkedRecord>(linking, [entityIds, link, workspaceId, mostMembers + 1, blueprint]);
}

const notes: Statement = {
  name: 'rule.notes',
  text: `
SELECT m.id, m.entity, m.text, m.author, m."createdAt", m.bytes FROM (
  SELECT n.*, (sum(octet_length(n.text)) OVER (ORDER BY n.id))::float8 AS bytes FROM (
    SELECT t.* FROM unnest($1::uuid[]) AS f(id) CROSS JOIN LATERAL (
      SELECT n.id, n."entityId" AS entity, n.text, n."actorName" AS author, n."createdAt" FROM "Note" n
      WHERE n."entityId" = f.id AND n."workspaceId" = $3::uuid ORDER BY n.id LIMIT $2
    ) t LIMIT $2
  ) n
) m WHERE m.bytes - octet_length(m.text) <= $4 ORDER BY m.id`,
};

/** Most bytes of the notes that are read together. */
const mostNoteBytes = 8_000_000;

/** The notes of several records; null: they are more than one record may have. */
export async function readNotes(sql: Sql, workspaceId: string, entityIds: readonly string[]): Promise<readonly StoredNote[] | null> {
  const rows = await sql.query<StoredNote & { readonly bytes: number }>(notes, [entityIds, mostMembers + 1, workspaceId, mostNoteBytes]);
  return rows.length > mostMembers || (rows.at(-1)?.bytes ?? 0) > mostNoteBytes ? null : rows;
}

const byNumber: Statement = {
  name: 'rule.find-number',
  text: `SELECT ${columns} FROM "Entity" e JOIN "Blueprint" b ON b.id = e."blueprintId" WHERE e."blueprintId" = $1::uuid AND e.number = $2`,
};

export async function findByNumber(sql: Sql, blueprintId: string, number: number): Promise<StoredRecord | null> {
  const [row] = await sql.query<StoredRecord>(byNumber, [blueprintId, number]);
  return row ?? null;
}

const byKey: Statement = {
  name: 'rule.find-key',
  text: `SELECT ${columns} FROM "Entity" e JOIN "Blueprint" b ON b.id = e."blueprintId" WHERE e."blueprintId" = $1::uuid AND e.key = $2`,
};

const byValue: Statement = {
  name: 'rule.find-value',
  // An indexed text may be cut: the property itself decides.
  text: `
SELECT ${columns} FROM "EntityValue" v JOIN "Entity" e ON e.id = v."entityId" JOIN "Blueprint" b ON b.id = e."blueprintId"
WHERE v."blueprintId" = $1::uuid AND v.property = $2 AND v.text = $3 AND e.properties ->> $2 = $3 ORDER BY e.number LIMIT 1`,
};

const byProperty: Statement = {
  name: 'rule.find-property',
  text: `
SELECT ${columns} FROM "Entity" e JOIN "Blueprint" b ON b.id = e."blueprintId"
WHERE e."blueprintId" = $1::uuid AND e.properties ->> $2 = $3 ORDER BY e.number LIMIT 1`,
};

const byName: Statement = {
  name: 'rule.find-name',
  text: `SELECT ${columns} FROM "Entity" e JOIN "Blueprint" b ON b.id = e."blueprintId" WHERE e."blueprintId" = $1::uuid AND e.name = $2 ORDER BY e.number LIMIT 1`,
};

/**
 * The first record of a blueprint that a text names: by its key, then by one of some properties, then by its name. Throws RuleFault (TOO_LONG)
 * where it would have to look at too many records.
 */
export async function findByText(
  sql: Sql,
  { id, key, indexed }: Pick<BlueprintSpec, 'id' | 'key' | 'indexed'>,
  properties: readonly string[],
  text: string,
): Promise<StoredRecord | null> {
  const [keyed] = await sql.query<StoredRecord>(byKey, [id, text]);
  if (keyed !== undefined) return keyed;
  for (const property of properties) {
    if (!indexed.includes(property) && (await withMany(sql, [id])).has(id))
      throw new RuleFault(
        'TOO_LONG',
        `This looks at every record, and ${key} has more than ${String(mostUnindexed)}: name ${property} in \`indexed\` of the blueprint.`,
        0,
      );
    const [found] = await sql.query<StoredRecord>(indexed.includes(property) ? byValue : byProperty, [id, property, text]);
    if (found !== undefined) return found;
  }
  const [named] = await sql.query<StoredRecord>(byName, [id, text]);
  return named ?? null;
}

const allWith: Statement = {
  name: 'rule.find-all',
  text: `
SELECT ${columns} FROM "Entity" e JOIN "Blueprint" b ON b.id = e."blueprintId"
WHERE e."blueprintId" = $1::uuid AND (e.name ILIKE '%' || replace(replace(replace($2, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' OR e.key = $2) ORDER BY e.number LIMIT $3`,
};

/**
 * Every record of a blueprint whose name holds a text, in capitals or not, or whose key it is. Throws RuleFault (TOO_LONG) where it would
 * have to look at too many records.
 */
export async function findAllByText(sql: Sql, { id, key }: Pick<BlueprintSpec, 'id' | 'key'>, text: string): Promise<StoredRecord[]> {
  if ((await withMany(sql, [id])).has(id))
    throw new RuleFault('TOO_LONG', `find_all looks at every record, and ${key} has more than ${String(mostUnindexed)}.`, 0);
  return sql.query<StoredRecord>(allWith, [id, text, mostMembers + 1]);
}

const emailOf: Statement = { name: 'rule.user-email', text: `SELECT email FROM "User" WHERE id = $1::uuid` };

export async function readUserEmail(sql: Sql, userId: string): Promise<string | null> {
  const [user] = await sql.query<{ email: string }>(emailOf, [userId]);
  return user?.email ?? null;
}

const lock: Statement = {
  name: 'rule.lock',
  text: `SELECT 1 AS held FROM "Entity" WHERE id = $1::uuid AND "workspaceId" = $2::uuid FOR UPDATE`,
};

/** Nobody else changes the record until the end of the transaction. */
export async function lockRecord(sql: Sql, workspaceId: string, entityId: string): Promise<void> {
  await sql.query(lock, [entityId, workspaceId]);
}

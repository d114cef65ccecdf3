import type { Sql } from '#platform/db/database';
import { ConflictError, LimitExceededError } from '#domain/errors';
import { type BlueprintChange, blueprintChange } from './blueprint.change.js';
import { type BlueprintSpec, type JsonObject, propertiesOf } from './blueprint.spec.js';
import { checkProperties, complete } from './entity.complete.js';
import { indexedValues, searchText } from './entity.index.js';
import { canonicalJson } from '#plan/hash';

/** Most records that a change of their blueprint looks through. */
export const mostAdapted = 10_000;
const atOnce = 1_000;

/**
 * Brings the records of a blueprint, which the work holds alone, in line with its new version. What records would lose needs `force`.
 * Throws ConflictError (`STATUS_IN_USE`, `IN_USE`, `RECORDS_INVALID`), LimitExceededError.
 */
export async function adaptRecords(sql: Sql, before: BlueprintSpec, after: BlueprintSpec, force: boolean): Promise<void> {
  const change = blueprintChange(before, after);
  const [counted] = await sql.query<{ records: number }>(count, [before.id]);
  const records = counted?.records ?? 0;
  if (records === 0) return;
  await refuseStatuses(sql, before, change);
  const { properties, links, indexed, unindexed, stricter, computed, ranks } = change;
  const looks = properties.length > 0 || links.length > 0 || indexed.length > 0 || stricter || computed || ranks;
  if (looks && records > mostAdapted)
    throw new LimitExceededError(
      `This change looks through every ${before.name}, and there are more than ${mostAdapted}. Such a blueprint can get more properties, links and statuses at the end.`,
      mostAdapted,
    );
  if (!force) await refuseLosses(sql, before, change);
  if (links.length > 0) await sql.query(dropLinks, [before.id, links]);
  if (unindexed.length > 0) await sql.query(dropValues, [before.id, unindexed]);
  if (ranks) await sql.query(rank, [before.id, after.statuses.map(({ name }) => name)]);
  if (properties.length > 0 || indexed.length > 0 || stricter || computed) await lookThrough(sql, after, change);
}

async function refuseStatuses(sql: Sql, { id, name }: BlueprintSpec, { statuses }: BlueprintChange): Promise<void> {
  if (statuses.length === 0) return;
  const [used] = await sql.query<{ status: string; number: number }>(statusInUse, [id, statuses.map((status) => status.rank)]);
  if (used !== undefined)
    throw new ConflictError(`The status ${used.status} is that of ${name} ${used.number}: give it another one first.`, 'STATUS_IN_USE');
}

async function refuseLosses(sql: Sql, { id, name }: BlueprintSpec, { properties, links }: BlueprintChange): Promise<void> {
  if (properties.length === 0 && links.length === 0) return;
  const [used] = await sql.query<{ field: string; number: number }>(fieldInUse, [id, properties, links]);
  if (used !== undefined)
    throw new ConflictError(`${name} ${used.number} has a value for ${used.field}, which would be lost: \`force\` gives it up.`, 'IN_USE');
}

interface Row {
  readonly id: string;
  readonly number: number;
  readonly key: string | null;
  readonly name: string;
  readonly status: string | null;
  readonly properties: JsonObject;
}

/** Every record in turn: whether it still fits, and what of it becomes another. */
async function lookThrough(sql: Sql, spec: BlueprintSpec, { indexed }: BlueprintChange): Promise<void> {
  const known = propertiesOf(spec);
  const columns = { schema: spec.schema, indexed };
  for (let last = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await sql.query<Row>(page, [spec.id, last, atOnce]);
    const changed: object[] = [];
    const values: object[] = [];
    for (const row of rows) {
      const report = (path: readonly string[], message: string) => {
        const where = path.slice(1).join('.');
        throw new ConflictError(`${spec.name} ${row.number} does not fit: ${where}: ${message}`, 'RECORDS_INVALID');
      };
      const given = new Map(Object.entries(row.properties).filter(([name]) => known.has(name)));
      const { properties, name } = complete(given, row, spec, report);
      checkProperties(properties, spec, report);
      if (name !== row.name || canonicalJson(properties) !== canonicalJson(row.properties))
        changed.push({ id: row.id, name, properties, searchText: searchText(name, row.key, properties) });
      for (const value of indexedValues(columns, properties)) values.push({ entityId: row.id, ...value });
    }
    if (changed.length > 0) await sql.query(rewrite, [JSON.stringify(changed)]);
    if (values.length > 0) await sql.query(takeDown, [spec.id, JSON.stringify(values)]);
    const end = rows.at(-1);
    if (end === undefined || rows.length < atOnce) return;
    last = end.id;
  }
}

const count = {
  name: 'blueprint.records',
  text: `SELECT count(*)::int AS records FROM (SELECT 1 FROM "Entity" WHERE "blueprintId" = $1::uuid LIMIT ${mostAdapted + 1}) counted`,
};
const statusInUse = {
  name: 'blueprint.status-in-use',
  text: `SELECT status, number FROM "Entity" WHERE "blueprintId" = $1::uuid AND "statusRank" = ANY($2::smallint[]) LIMIT 1`,
};
const fieldInUse = {
  name: 'blueprint.field-in-use',
  text: `SELECT e.number, field.name AS field FROM "Entity" e, unnest($2::text[]) AS field(name)
    WHERE e."blueprintId" = $1::uuid AND jsonb_exists(e.properties, field.name)
    UNION ALL
    SELECT e.number, l.name FROM "Entity" e JOIN "EntityLink" l ON l."fromId" = e.id WHERE e."blueprintId" = $1::uuid AND l.name = ANY($3::text[])
    LIMIT 1`,
};
const dropLinks = {
  name: 'blueprint.drop-links',
  text: `DELETE FROM "EntityLink" l USING "Entity" e WHERE e.id = l."fromId" AND e."blueprintId" = $1::uuid AND l.name = ANY($2::text[])`,
};
const dropValues = {
  name: 'blueprint.drop-values',
  text: `DELETE FROM "EntityValue" WHERE "blueprintId" = $1::uuid AND property = ANY($2::text[])`,
};
const rank = {
  name: 'blueprint.rank',
  text: `UPDATE "Entity" SET "statusRank" = array_position($2::text[], status) - 1
    WHERE "blueprintId" = $1::uuid AND "statusRank" IS DISTINCT FROM array_position($2::text[], status) - 1`,
};
const page = {
  name: 'blueprint.page',
  text: `SELECT id, number, key, name, status, properties FROM "Entity" WHERE "blueprintId" = $1::uuid AND id > $2::uuid ORDER BY id LIMIT $3`,
};
const rewrite = {
  name: 'blueprint.rewrite',
  text: `UPDATE "Entity" e SET name = r.name, properties = r.properties, "searchText" = r."searchText"
    FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, name text, properties jsonb, "searchText" text) WHERE e.id = r.id`,
};
const takeDown = {
  name: 'blueprint.take-down',
  text: `INSERT INTO "EntityValue" ("entityId", "blueprintId", property, text, number, moment)
    SELECT v."entityId", $1::uuid, v.property, v.text, v.number, v.moment
    FROM jsonb_to_recordset($2::jsonb) AS v("entityId" uuid, property text, text text, number float8, moment timestamptz)
    ON CONFLICT ("entityId", property) DO UPDATE SET text = EXCLUDED.text, number = EXCLUDED.number, moment = EXCLUDED.moment`,
};

import type { Sql, Statement } from '#platform/db/database';

/** A link of records of one blueprint, as its rows stand. */
export type LinkRows =
  | { readonly way: 'OUT'; readonly name: string }
  /** `blueprint`: the key of that whose link leads here. */
  | { readonly way: 'IN'; readonly name: string; readonly blueprint: string };

/** Where a record stands in a link: by its place there, then by its id. */
export interface LinkPlace {
  readonly place: number;
  readonly id: string;
}

export interface LinkPage {
  readonly after: LinkPlace | null;
  readonly before: LinkPlace | null;
  readonly inclusive: boolean;
  readonly reversed: boolean;
  readonly take: number;
}

/** Before and after every place. */
const first: LinkPlace = { place: -1, id: '00000000-0000-0000-0000-000000000000' };
const last: LinkPlace = { place: 2_147_483_647, id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** Those whose link leads here have no place: the oldest come first, which their ids tell. */
const linked = {
  OUT: `SELECT l.position AS place, l."toId" AS id FROM "EntityLink" l
    WHERE $3::text IS NULL AND l."fromId" = holder.id AND l.name = $2
      AND (l.position, l."toId") BETWEEN ($4::int, $5::uuid) AND ($6::int, $7::uuid)
      AND ($8::boolean OR (l.position, l."toId") NOT IN (($4::int, $5::uuid), ($6::int, $7::uuid)))`,
  IN: `SELECT 0 AS place, l."fromId" AS id FROM "EntityLink" l
      JOIN "Entity" e ON e.id = l."fromId" JOIN "Blueprint" b ON b.id = e."blueprintId" AND b.key = $3
    WHERE l."toId" = holder.id AND l.name = $2 AND $4::int <= $6::int
      AND l."fromId" BETWEEN $5::uuid AND $7::uuid AND ($8::boolean OR l."fromId" NOT IN ($5::uuid, $7::uuid))`,
} as const;
const order = { OUT: ['l.position', 'l."toId"'], IN: ['l."fromId"'] } as const;

const page = (way: LinkRows['way'], direction: 'ASC' | 'DESC'): Statement => ({
  name: `entity.links.${way}.${direction}`,
  text: `SELECT holder.id AS holder, linked.place, linked.id FROM unnest($1::uuid[]) AS holder(id) CROSS JOIN LATERAL (
      ${linked[way]} ORDER BY ${order[way].map((column) => `${column} ${direction}`).join(', ')} LIMIT $9
    ) linked`,
});
const pages = {
  OUT: { forward: page('OUT', 'ASC'), backward: page('OUT', 'DESC') },
  IN: { forward: page('IN', 'ASC'), backward: page('IN', 'DESC') },
};

/** The same page of a link of several records, in one statement: places in the link by record. */
export async function readLinks(
  sql: Sql,
  ids: readonly string[],
  rows: LinkRows,
  { after, before, inclusive, reversed, take }: LinkPage,
): Promise<ReadonlyMap<string, readonly LinkPlace[]>> {
  const [from, to] = [after ?? first, before ?? last];
  const found = await sql.query<LinkPlace & { readonly holder: string }>(pages[rows.way][reversed ? 'backward' : 'forward'], [
    ids,
    rows.name,
    rows.way === 'IN' ? rows.blueprint : null,
    from.place,
    from.id,
    to.place,
    to.id,
    inclusive,
    take,
  ]);
  const byHolder = new Map<string, LinkPlace[]>(ids.map((id) => [id, []]));
  for (const { holder, place, id } of found) byHolder.get(holder)?.push({ place, id });
  return byHolder;
}

const counts: Record<LinkRows['way'], Statement> = {
  OUT: {
    name: 'entity.links.count.OUT',
    text: `SELECT "fromId" AS holder, count(*)::int AS total FROM "EntityLink"
      WHERE $3::text IS NULL AND "fromId" = ANY($1::uuid[]) AND name = $2 GROUP BY "fromId"`,
  },
  IN: {
    name: 'entity.links.count.IN',
    text: `SELECT l."toId" AS holder, count(*)::int AS total FROM "EntityLink" l
        JOIN "Entity" e ON e.id = l."fromId" JOIN "Blueprint" b ON b.id = e."blueprintId" AND b.key = $3
      WHERE l."toId" = ANY($1::uuid[]) AND l.name = $2 GROUP BY l."toId"`,
  },
};

export async function countLinks(sql: Sql, ids: readonly string[], rows: LinkRows): Promise<ReadonlyMap<string, number>> {
  const given = [ids, rows.name, rows.way === 'IN' ? rows.blueprint : null];
  const found = await sql.query<{ readonly holder: string; readonly total: number }>(counts[rows.way], given);
  return new Map(found.map(({ holder, total }) => [holder, total]));
}

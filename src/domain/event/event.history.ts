import type { Sql, Statement } from '#platform/db/database';

/** The next rows of each of many things, the newest first. */
export interface NewestPage {
  /** Of the order; null: from the end of the list. */
  readonly after: number | string | null;
  readonly before: number | string | null;
  readonly inclusive: boolean;
  readonly reversed: boolean;
  readonly take: number;
}

const sources = {
  /** The events of entities, by their sequence. */
  events: { table: '"Event"', of: '"entityId"', by: 'sequence', type: 'int' },
  /** The runs about events, by their ids. */
  runs: { table: '"Run"', of: '"eventId"', by: 'id', type: 'uuid' },
} as const;

export interface HistoryRow {
  readonly id: string;
  /** Its place in the order. */
  readonly by: number | string;
}

/** The same page of what many things have, in one statement. */
export async function readNewest(
  sql: Sql,
  source: keyof typeof sources,
  parentIds: readonly string[],
  { after, before, inclusive, reversed, take }: NewestPage,
): Promise<ReadonlyMap<string, readonly HistoryRow[]>> {
  const { table, of, by, type } = sources[source];
  const equal = inclusive ? '=' : '';
  const statement: Statement = {
    name: `event.newest.${source}${inclusive ? '.inclusive' : ''}${reversed ? '.reversed' : ''}`,
    text: `SELECT p.id AS parent, x.id, x.by FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (
        SELECT id, ${by} AS by FROM ${table} WHERE ${of} = p.id AND ($2::${type} IS NULL OR ${by} <${equal} $2) AND ($3::${type} IS NULL OR ${by} >${equal} $3)
        ORDER BY ${by} ${reversed ? 'ASC' : 'DESC'} LIMIT $4
      ) x ORDER BY x.by ${reversed ? 'ASC' : 'DESC'}`,
  };
  const rows = await sql.query<HistoryRow & { readonly parent: string }>(statement, [parentIds, after, before, take]);
  const found = new Map<string, HistoryRow[]>(parentIds.map((id) => [id, []]));
  for (const { parent, ...row } of rows) found.get(parent)?.push(row);
  return found;
}

/** How many of them each has. */
export async function countOf(sql: Sql, source: keyof typeof sources, parentIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { table, of } = sources[source];
  const statement: Statement = {
    name: `event.count.${source}`,
    text: `SELECT ${of} AS parent, count(*)::int AS total FROM ${table} WHERE ${of} = ANY($1::uuid[]) GROUP BY ${of}`,
  };
  const rows = await sql.query<{ parent: string; total: number }>(statement, [parentIds]);
  return new Map(rows.map(({ parent, total }) => [parent, total]));
}

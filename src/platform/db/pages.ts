import type { Sql, Statement } from './database.js';

/** The rows that each of many things has, in an order of their own. */
export interface PagedRows {
  /** Of its statements. */
  readonly name: string;
  /** Tables, and what joins them. */
  readonly from: string;
  /** The column of their id. */
  readonly id: string;
  /** What is theirs of the thing whose id is `p.id`. */
  readonly of: string;
  /** Together unique among the rows of one thing, and the columns of an index after that. */
  readonly by: readonly { readonly column: string; readonly type: 'int' | 'uuid' | 'timestamptz' }[];
  readonly direction: 'ASC' | 'DESC';
}

/** What an order's columns hold in one row. */
export type KeysetPlace = readonly unknown[];

export interface KeysetPage {
  /** null: from the start of the list. */
  readonly after: KeysetPlace | null;
  readonly before: KeysetPlace | null;
  readonly inclusive: boolean;
  readonly reversed: boolean;
  readonly take: number;
}

export interface PlacedRow {
  readonly id: string;
  readonly place: KeysetPlace;
}

/** The same page of what many things have, in one statement. */
export async function readPages(
  sql: Sql,
  { name, from, id, of, by, direction }: PagedRows,
  parentIds: readonly string[],
  { after, before, inclusive, reversed, take }: KeysetPage,
): Promise<ReadonlyMap<string, readonly PlacedRow[]>> {
  const [beyond, ahead] = direction === 'ASC' ? ['>', '<'] : ['<', '>'];
  const equal = inclusive ? '=' : '';
  const columns = `(${by.map(({ column }) => column).join(', ')})`;
  const place = (offset: number) => `(${by.map(({ type }, index) => `$${String(offset + index)}::${type}`).join(', ')})`;
  const [afterAt, beforeAt] = [3, 3 + by.length];
  const way = reversed === (direction === 'ASC') ? 'DESC' : 'ASC';
  const named = by.map((_column, index) => `p${String(index)}`);
  const statement: Statement = {
    name: `${name}${inclusive ? '.inclusive' : ''}${reversed ? '.reversed' : ''}`,
    text: `SELECT p.id AS parent, x.* FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (
        SELECT ${id} AS id, ${by.map(({ column }, index) => `${column} AS p${String(index)}`).join(', ')} FROM ${from} WHERE ${of}
          AND ($${String(afterAt)}::${by[0]?.type ?? 'int'} IS NULL OR ${columns} ${beyond}${equal} ${place(afterAt)})
          AND ($${String(beforeAt)}::${by[0]?.type ?? 'int'} IS NULL OR ${columns} ${ahead}${equal} ${place(beforeAt)})
        ORDER BY ${by.map(({ column }) => `${column} ${way}`).join(', ')} LIMIT $2
      ) x ORDER BY ${named.map((column) => `x.${column} ${way}`).join(', ')}`,
  };
  const none = by.map(() => null);
  const rows = await sql.query<{ readonly parent: string; readonly id: string; readonly [column: string]: unknown }>(statement, [
    parentIds,
    take,
    ...(after ?? none),
    ...(before ?? none),
  ]);
  const found = new Map<string, PlacedRow[]>(parentIds.map((parent) => [parent, []]));
  for (const row of rows) found.get(row.parent)?.push({ id: row.id, place: named.map((column) => row[column]) });
  return found;
}

/** How many of them each has. */
export async function countRows(
  sql: Sql,
  { name, from, of }: PagedRows,
  parentIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const statement: Statement = {
    name: `${name}.count`,
    text: `SELECT p.id AS parent, x.total FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (SELECT count(*)::int AS total FROM ${from} WHERE ${of}) x`,
  };
  const rows = await sql.query<{ parent: string; total: number }>(statement, [parentIds]);
  return new Map(rows.map(({ parent, total }) => [parent, total]));
}

import { type KeysetPage, type PagedRows, type PlacedRow, countRows, readPages } from '#platform/db/pages';
import { type Connection, type PageArguments, connection, forParents } from './connection.js';
import type { SignedIn } from './context.js';
import type { Order } from './keyset.js';

interface PagedOptions<Row extends object> {
  readonly rows: PagedRows;
  /** The same order, as cursors know it. */
  readonly order: Order;
  /** What the viewer may see of a row. */
  readonly load: (context: SignedIn, id: string, place: PlacedRow['place']) => Promise<Row | null>;
}

/** A list on a type, where Prisma knows no relation: the same page of all parents with one statement, and the rows with another. */
export function pagedList<Row extends object>({ rows, order, load }: PagedOptions<Row>) {
  return (context: SignedIn, parentId: string, args: PageArguments): Connection<Row> => {
    const { sql } = context.app.db;
    return connection<object, object, Row>(context, order, args, {
      find: async ({ window, take }) => {
        const page: KeysetPage = { ...window, take };
        const placed = await forParents<readonly PlacedRow[]>(
          context,
          rows.name,
          page,
          parentId,
          (ids) => readPages(sql, rows, ids, page),
          [],
        );
        return (await Promise.all(placed.map(({ id, place }) => load(context, id, place)))).filter((row) => row !== null);
      },
      count: () => forParents<number>(context, `${rows.name}#`, null, parentId, (ids) => countRows(sql, rows, ids), 0),
    });
  };
}

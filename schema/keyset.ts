import { isStorableMoment, isStorableText } from '#platform/json';
import { isUuid } from '#platform/ids';
import { badInput } from './errors.js';

/** A column that a list is sorted by. */
export interface SortColumn {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
  /** Rows without a value come last, in either direction. */
  readonly nullable?: boolean;
  /** The column holds a moment: it travels in cursors as text. */
  readonly moment?: boolean;
  /** The column holds an integer, 0 or more. */
  readonly integer?: boolean;
  /** The column holds any number; one that is none of these holds text. */
  readonly real?: boolean;
  /** The to-one relation in which the column is, when it is not one of the row's own. */
  readonly of?: string | undefined;
}

/** A total order: the last column is unique in the list. */
export type Order = readonly SortColumn[];

/** The values of the order's columns in one row: where it stands in the list, whether or not it still exists. */
export type Place = readonly unknown[];

/** A condition or an order as Prisma reads it. */
export type PrismaJson = Readonly<Record<string, unknown>>;

const version = 1;

function signature(order: Order): string {
  return order.map(({ column, direction }) => `${column}:${direction}`).join();
}

/** `[version, order, ...values]` as base64url JSON. */
export function encodeCursor(order: Order, row: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify([version, signature(order), ...order.map((sort) => valueIn(row, sort))])).toString('base64url');
}

function valueIn(row: Readonly<Record<string, unknown>>, { of, column }: SortColumn): unknown {
  const holder = of === undefined ? row : (row[of] as Readonly<Record<string, unknown>> | null | undefined);
  return holder?.[column] ?? null;
}

/** What Prisma reads of a column: its value, a condition or a direction. */
function said({ of, column }: SortColumn, what: unknown): PrismaJson {
  return of === undefined ? { [column]: what } : { [of]: { [column]: what } };
}

/** Throws a request error for what is no cursor, or one of a list in another order. */
export function decodeCursor(order: Order, cursor: string, argument: 'after' | 'before'): Place {
  const none = () => badInput(`${argument}: this is no cursor of a list.`);
  const [givenVersion, givenOrder, ...values] = parse(cursor);
  if (givenVersion !== version || typeof givenOrder !== 'string') throw none();
  if (givenOrder !== signature(order)) throw badInput(`${argument}: this cursor belongs to a list in another order.`);
  if (values.length !== order.length) throw none();
  return order.map((sort, index) => readValue(sort, values[index], none));
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

// Below the largest int4 of PostgreSQL, for the next one is asked for as well. What lists count begins at 0 or 1.
const mostInteger = 2_147_483_646;

/** Cursors come from outside: what is no value of the column must not reach the database. */
function readValue({ column, nullable, moment, integer, real }: SortColumn, value: unknown, none: () => Error): unknown {
  if (value === null && nullable === true) return null;
  if (real === true && typeof value === 'number') return value;
  if (integer === true) {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostInteger) return value;
  } else if (typeof value === 'string' && real !== true) {
    if (moment === true) {
      const at = new Date(value);
      if (isStorableMoment(at)) return at;
    } else if (column === 'id' ? isUuid(value) : isStorableText(value)) return value;
  }
  throw none();
}

/** The rows on one side of a place: the columns compared as a tuple. `inclusive` takes a row at the place itself as well. */
export function beside(order: Order, place: Place, side: 'after' | 'before', inclusive = false): PrismaJson {
  const equal = (upTo: number) => order.slice(0, upTo).map((sort, index) => said(sort, place[index]));
  const cases = order.flatMap((sort, index) => {
    const strictly = strictlyBeside(sort, place[index], side);
    return strictly === null ? [] : [{ AND: [...equal(index), strictly] }];
  });
  return { OR: inclusive ? [...cases, { AND: equal(order.length) }] : cases };
}

/** Null: nothing can be on that side. */
function strictlyBeside(sort: SortColumn, value: unknown, side: 'after' | 'before'): PrismaJson | null {
  if (value === null) return side === 'after' ? null : said(sort, { not: null });
  const compared = said(sort, { [(sort.direction === 'asc') === (side === 'after') ? 'gt' : 'lt']: value });
  return sort.nullable === true && side === 'after' ? { OR: [compared, said(sort, null)] } : compared;
}

export function orderBy(order: Order, reversed: boolean): PrismaJson[] {
  return order.map((column) => {
    const sort = (column.direction === 'asc') === reversed ? 'desc' : 'asc';
    return said(column, column.nullable === true ? { sort, nulls: reversed ? 'first' : 'last' } : sort);
  });
}

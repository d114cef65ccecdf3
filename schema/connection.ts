import type { ArgBuilder, FieldMap, InterfaceRef, ObjectRef } from '@pothos/core';
import DataLoader from 'dataloader';
import { type GraphTypes, builder } from './builder.js';
import { type SignedIn, perOperation } from './context.js';
import { badInput } from './errors.js';
import { type Order, type Place, beside, decodeCursor, encodeCursor, orderBy } from './keyset.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

/** A part of a list as Prisma reads it: `where` is the keyset's condition, to be joined with the list's own by AND. */
export interface Page<Where, OrderBy> {
  readonly where: Where;
  readonly orderBy: OrderBy[];
  readonly take: number;
  /** The same for lists that Prisma does not read. */
  readonly window: Window;
}

export interface Window {
  readonly after: Place | null;
  readonly before: Place | null;
  /** Whether rows at the places belong to it. */
  readonly inclusive: boolean;
  /** Rows are wanted from the end of the list. */
  readonly reversed: boolean;
}

/** The rows of a list and their number, both asked for only when selected. */
export interface Source<Where, OrderBy, Row> {
  readonly find: (page: Page<Where, OrderBy>) => Promise<readonly Row[]>;
  readonly count: () => Promise<number>;
}

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

interface Edge<Row> {
  readonly cursor: string;
  readonly node: Row;
}

interface Slice<Row> {
  readonly edges: readonly Edge<Row>[];
  readonly hasNextPage: () => boolean | Promise<boolean>;
  readonly hasPreviousPage: () => boolean | Promise<boolean>;
}

/** What the connection types resolve from. */
export interface Connection<Row> {
  readonly slice: () => Promise<Slice<Row>>;
  readonly totalCount: () => Promise<number>;
}

const PageInfo = builder.objectRef<Slice<unknown>>('PageInfo').implement({
  description: 'Where a page stands in its list.',
  fields: (t) => ({
    hasNextPage: t.boolean({ description: 'Whether rows follow after this page.', resolve: (slice) => slice.hasNextPage() }),
    hasPreviousPage: t.boolean({ description: 'Whether rows precede this page.', resolve: (slice) => slice.hasPreviousPage() }),
    startCursor: t.field({
      type: 'Cursor',
      nullable: true,
      description: 'Cursor of the first edge; null when there is none.',
      resolve: (slice) => slice.edges[0]?.cursor ?? null,
    }),
    endCursor: t.field({
      type: 'Cursor',
      nullable: true,
      description: 'Cursor of the last edge; null when there is none.',
      resolve: (slice) => slice.edges.at(-1)?.cursor ?? null,
    }),
  }),
});

/** `XConnection` and `XEdge` of a node type. */
export function connectionType<Row extends object>(
  name: string,
  node: ObjectRef<Types, Row> | InterfaceRef<Types, Row>,
  more?: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Connection<Row>>) => FieldMap,
) {
  // A type parameter would leave open whether a row is a list.
  const shown: ObjectRef<Types, object> | InterfaceRef<Types, object> = node;
  const edge = builder.objectRef<Edge<Row>>(`${name}Edge`).implement({
    description: `A place in a list of ${name}.`,
    fields: (t) => ({
      cursor: t.field({
        type: 'Cursor',
        description: 'For `after` and `before`. It stays valid when the row is deleted.',
        resolve: (one) => one.cursor,
      }),
      node: t.field({ type: shown, description: 'What stands there.', resolve: (one) => one.node }),
    }),
  });
  return builder.objectRef<Connection<Row>>(`${name}Connection`).implement({
    description: `A page of a list of ${name}.`,
    fields: (t) => ({
      // The page's size is counted where its arguments are: at the field that answers the connection.
      edges: t.field({
        type: [edge],
        complexity: { field: 1, multiplier: 1 },
        description: 'The rows of the page with their cursors.',
        resolve: async (list) => [...(await list.slice()).edges],
      }),
      pageInfo: t.field({ type: PageInfo, description: 'Where the page stands.', resolve: (list) => list.slice() }),
      totalCount: t.int({
        description: 'How many rows the whole list has; counted only when it is asked for.',
        resolve: (list) => list.totalCount(),
      }),
      ...more?.(t),
    }),
  });
}

/** The arguments of every connection. */
export function pageArguments(arg: ArgBuilder<Types>) {
  return {
    first: arg.int({
      description: 'At most this many rows from the start, or after `after`. 50 when neither `first` nor `last` is given, at most 200.',
    }),
    after: arg({ type: 'Cursor', description: 'Rows after this place.' }),
    last: arg.int({ description: 'At most this many rows from the end, or before `before`.' }),
    before: arg({ type: 'Cursor', description: 'Rows before this place.' }),
  };
}

/** The complexity of a field that answers a connection: its page times what is selected of a row. */
export function pageComplexity({ first, last }: PageArguments, { app }: SignedIn): { field: number; multiplier: number } {
  const { default: byDefault, max } = app.config.page;
  return { field: 1, multiplier: Math.min(Math.max(1, first ?? last ?? byDefault), max) };
}

function checkSize(name: 'first' | 'last', size: number | null | undefined, max: number): void {
  if (size === null || size === undefined) return;
  if (size < 0) throw badInput(`${name} is 0 or more.`);
  if (size > max) throw badInput(`${name} is at most ${max}; ask for the rest with a cursor.`);
}

/** A page of a list in keyset order: stable while rows come and go. Throws request errors for bad arguments. */
export function connection<Where, OrderBy, Row extends object>(
  context: SignedIn,
  order: Order,
  args: PageArguments,
  source: Source<Where, OrderBy, Row>,
): Connection<Row> {
  const { default: byDefault, max } = context.app.config.page;
  checkSize('first', args.first, max);
  checkSize('last', args.last, max);
  const after = typeof args.after === 'string' ? decodeCursor(order, args.after, 'after') : null;
  const before = typeof args.before === 'string' ? decodeCursor(order, args.before, 'before') : null;
  let slice: Promise<Slice<Row>> | undefined;

  const find = (window: Window, take: number) => {
    const { after: from, before: to, inclusive, reversed } = window;
    const conditions = [
      ...(from === null ? [] : [beside(order, from, 'after', inclusive)]),
      ...(to === null ? [] : [beside(order, to, 'before', inclusive)]),
    ];
    // The one place where conditions built by name become Prisma's: the columns were named beside the model they belong to.
    return source.find({ where: { AND: conditions } as Where, orderBy: orderBy(order, reversed) as OrderBy[], take, window });
  };
  const anyFrom = async (place: Place | null) =>
    place !== null && (await find({ after: place, before: null, inclusive: true, reversed: false }, 1)).length > 0;
  const anyUpTo = async (place: Place | null) =>
    place !== null && (await find({ after: null, before: place, inclusive: true, reversed: false }, 1)).length > 0;

  async function load(): Promise<Slice<Row>> {
    const { first, last } = args;
    const backward = typeof first !== 'number' && typeof last === 'number';
    const size = first ?? last ?? byDefault;
    const found = await find({ after, before, inclusive: false, reversed: backward }, size + 1);
    const overflow = found.length > size;
    let rows = found.slice(0, size);
    if (backward) rows.reverse();
    const cut = !backward && typeof last === 'number' && rows.length > last;
    if (cut) rows = last === 0 ? [] : rows.slice(-last);
    return {
      edges: rows.map((row) => ({ cursor: encodeCursor(order, row as Readonly<Record<string, unknown>>), node: row })),
      hasNextPage: () => (!backward && overflow) || anyFrom(before),
      hasPreviousPage: () => (backward && overflow) || cut || anyUpTo(after),
    };
  }

  return { slice: () => (slice ??= load()), totalCount: source.count };
}

const loadersOf = perOperation(() => new Map<string, DataLoader<string, unknown>>());

/**
 * One value per parent, such as a page of a list or its count, with one statement for all parents that ask for the same.
 * `what` and `page` tell what is the same: the parents of a list pass the same arguments, so their loads meet in one loader.
 */
export async function forParents<Value>(
  context: SignedIn,
  what: string,
  page: unknown,
  parentId: string,
  load: (parentIds: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  none: Value,
): Promise<Value> {
  const loaders = loadersOf(context);
  const key = `${what} ${JSON.stringify(page)}`;
  let loader = loaders.get(key);
  if (loader === undefined) {
    loader = new DataLoader<string, unknown>(
      async (ids) => {
        // For one batch only: the next event of a subscription asks anew.
        loaders.delete(key);
        const found = await load([...new Set(ids)]);
        return ids.map((id) => found.get(id) ?? none);
      },
      { cache: false },
    );
    loaders.set(key, loader);
  }
  // What is kept under this key was loaded by this `load`.
  return (await loader.load(parentId)) as Value;
}

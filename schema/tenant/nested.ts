import type { ArgBuilder as PothosArgBuilder } from '@pothos/core';
import type { GraphTypes } from '#schema/builder';
import { type Connection, type Page, type PageArguments, connection, forParents } from '#schema/connection';
import type { SignedIn } from '#schema/context';
import type { Order } from '#schema/keyset';

/** What makes the arguments of a field. */
export type ArgBuilder = PothosArgBuilder<PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>>;

interface NestedList<Where, OrderBy, Row> {
  /** Names the list among all nested ones: `Workspace.members`. */
  readonly what: string;
  readonly parentId: string;
  readonly order: Order;
  readonly args: PageArguments & { readonly filter?: unknown };
  /** The page of each parent, with one statement. */
  readonly find: (parentIds: string[], page: Page<Where, OrderBy>) => Promise<ReadonlyMap<string, readonly Row[]>>;
  /** The number of rows of each parent, with one statement. */
  readonly count: (parentIds: string[]) => Promise<ReadonlyMap<string, number>>;
}

/** A connection on a row of a list: all rows of that list share its statements. */
export function nestedList<Where, OrderBy, Row extends object>(context: SignedIn, list: NestedList<Where, OrderBy, Row>): Connection<Row> {
  const { what, parentId, order, args, find, count } = list;
  const { filter = null } = args;
  return connection<Where, OrderBy, Row>(context, order, args, {
    find: (page) => forParents<readonly Row[]>(context, what, { ...page, filter }, parentId, (ids) => find([...ids], page), []),
    count: () => forParents<number>(context, `${what}#`, filter, parentId, (ids) => count([...ids]), 0),
  });
}

interface Counted {
  readonly workspaceId: string | null;
  readonly _count: number;
}

/** What a `groupBy` of `workspaceId` counted, by workspace. */
export function countsByWorkspace(rows: readonly Counted[]): ReadonlyMap<string, number> {
  return new Map(rows.flatMap(({ workspaceId, _count }) => (workspaceId === null ? [] : [[workspaceId, _count] as const])));
}

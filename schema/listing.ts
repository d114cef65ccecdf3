import type { ArgBuilder as PothosArgBuilder, InputFieldMap, InterfaceRef, ObjectRef } from '@pothos/core';
import type { Permission } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { type GraphTypes, builder } from './builder.js';
import {
  type Connection,
  type PageArguments,
  connection,
  connectionType,
  forParents,
  pageArguments,
  pageComplexity,
} from './connection.js';
import type { SignedIn } from './context.js';
import type { orderInput } from './order.js';
import { workspacesOf } from './scope.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;
export type Client = SignedIn['app']['db']['prisma'];

/** What Prisma is asked for a page. */
export interface Asked<Where, OrderBy> {
  readonly where: Where;
  readonly orderBy: OrderBy[];
  readonly take: number;
}

export interface ListingOptions<Where, OrderBy, Row extends object, Filter> {
  /** Of the type in the list; its connection is named after it. */
  readonly name: string;
  readonly type: ObjectRef<Types, Row> | InterfaceRef<Types, Row>;
  readonly find: (prisma: Client, asked: Asked<Where, OrderBy>) => Promise<readonly Row[]>;
  readonly count: (prisma: Client, asked: { readonly where: Where }) => Promise<number>;
  /** The policy's `where`: what the viewer may read, or what of it is in these workspaces. */
  readonly visible: (viewer: Viewer, workspaceIds?: string[]) => Where;
  readonly filter: PothosSchemaTypes.InputObjectRef<Types, Filter>;
  readonly matching: (filter: Filter) => Where[];
  readonly order: ReturnType<typeof orderInput>;
  /** What the order is when none is asked for: `by name`. */
  readonly inOrder: string;
}

export interface NestedOptions<Where, OrderBy, Row> {
  readonly description: string;
  /** The page of each parent, with one statement. */
  readonly find: (
    prisma: Client,
    parentIds: string[],
    asked: Asked<Where, OrderBy>,
  ) => Promise<readonly (readonly [string, readonly Row[]])[]>;
  /** The number of rows of each parent, with one statement. */
  readonly count: (prisma: Client, parentIds: string[], where: Where) => Promise<readonly (readonly [string | null, number])[]>;
}

/** Arguments of a root field beside those of every list. */
export interface MoreArguments<Where> {
  readonly args: (arg: PothosArgBuilder<Types>) => InputFieldMap;
  readonly matching: (args: Readonly<Record<string, unknown>>) => Where[];
}

interface ListArguments<Filter> extends PageArguments {
  readonly workspace?: string | null;
  readonly filter?: Filter | null;
  readonly orderBy?: Parameters<ReturnType<typeof orderInput>['read']>[0];
}

/**
 * The lists of one type, wherever they stand: {@link rootField} makes `apps(workspace, filter, orderBy, first ...)`, {@link nestedField}
 * the same on a parent, with one statement for all parents. Each row is one that the policy's `visible` and the filter let through.
 */
export function listing<Where, OrderBy, Row extends object, Filter>(options: ListingOptions<Where, OrderBy, Row, Filter>) {
  const { name, order, filter, matching, visible, inOrder } = options;
  const Connection = connectionType(name, options.type);
  // TypeScript cannot compare conditions through a type parameter; they are of the model that `find` asks for.
  const all = (...conditions: readonly unknown[]) => ({ AND: conditions }) as Where;

  function listArguments(arg: PothosArgBuilder<Types>) {
    return {
      filter: arg({ type: filter, description: 'Which ones. All given conditions hold.' }),
      orderBy: arg({
        type: [order.input],
        description: `In which order, ${inOrder} when absent; the first one decides, the next ones where it is equal.`,
      }),
      ...pageArguments(arg),
    };
  }

  function rootField(field: string, permission: Permission, description: string, more?: MoreArguments<Where>): void {
    builder.queryField(field, (t) =>
      t.field({
        type: Connection,
        description,
        args: {
          workspace: t.arg.id({ description: 'Only those of this workspace.' }),
          ...more?.args(t.arg),
          ...listArguments(t.arg),
        },
        complexity: pageComplexity,
        resolve: (_root, given, context): Connection<Row> => {
          const args = given as ListArguments<Filter>;
          const { prisma } = context.app.db;
          const wanted = [
            visible(context.viewer, workspacesOf(context, permission, args.workspace)),
            ...(args.filter == null ? [] : matching(args.filter)),
            ...(more === undefined ? [] : more.matching(given)),
          ];
          return connection<Where, OrderBy, Row>(context, order.read(args.orderBy), args, {
            find: ({ where, orderBy, take }) => options.find(prisma, { where: all(...wanted, where), orderBy, take }),
            count: () => options.count(prisma, { where: all(...wanted) }),
          });
        },
      }),
    );
  }

  function nestedField<Parent extends { readonly id: string }>(
    parent: ObjectRef<Types, Parent> | InterfaceRef<Types, Parent>,
    field: string,
    nested: NestedOptions<Where, OrderBy, Row>,
  ): void {
    const what = `${parent.name}.${field}`;
    const resolve = ({ id }: { readonly id: string }, given: object, context: SignedIn): Connection<Row> => {
      const args = given as ListArguments<Filter>;
      const { prisma } = context.app.db;
      const wanted = [visible(context.viewer), ...(args.filter == null ? [] : matching(args.filter))];
      const find = ({ where, orderBy, take }: Asked<Where, OrderBy>) =>
        forParents<readonly Row[]>(
          context,
          what,
          { where, orderBy, take, wanted },
          id,
          async (ids) => new Map(await nested.find(prisma, [...ids], { where: all(...wanted, where), orderBy, take })),
          [],
        );
      const counted = async (ids: readonly string[]) => {
        const totals = await nested.count(prisma, [...ids], all(...wanted));
        return new Map(totals.flatMap(([of, total]) => (of === null ? [] : [[of, total] as const])));
      };
      return connection<Where, OrderBy, Row>(context, order.read(args.orderBy), args, {
        find,
        count: () => forParents<number>(context, `${what}#`, wanted, id, counted, 0),
      });
    };
    const described = { type: Connection, description: nested.description, complexity: pageComplexity };
    if (parent.kind === 'Interface')
      builder.interfaceField(parent, field, (t) => t.field({ ...described, args: listArguments(t.arg), resolve }));
    else builder.objectField(parent, field, (t) => t.field({ ...described, args: listArguments(t.arg), resolve }));
  }

  return { Connection, rootField, nestedField };
}

interface Nestable<Where, OrderBy, Row> {
  nestedField<Parent extends { readonly id: string }>(
    parent: ObjectRef<Types, Parent> | InterfaceRef<Types, Parent>,
    field: string,
    nested: NestedOptions<Where, OrderBy, Row>,
  ): void;
}

/** The list on another type, of which each row has its own: `nestedField(endpoints, System, 'endpoints', ...)`. */
export function nestedField<Where, OrderBy, Row, Parent extends { readonly id: string }>(
  list: Nestable<Where, OrderBy, Row>,
  parent: ObjectRef<Types, Parent> | InterfaceRef<Types, Parent>,
  field: string,
  nested: NestedOptions<Where, OrderBy, Row>,
): void {
  list.nestedField(parent, field, nested);
}

/** The list at the root: `rootField(secrets, 'secrets', 'secret.read', ...)`. */
export function rootField<Where = never>(
  list: { rootField(field: string, permission: Permission, description: string, more?: MoreArguments<Where>): void },
  field: string,
  permission: Permission,
  description: string,
  more?: MoreArguments<Where>,
): void {
  list.rootField(field, permission, description, more);
}

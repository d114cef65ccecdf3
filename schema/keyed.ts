import type { FieldMap } from '@pothos/core';
import { invalid, keyPattern } from '#domain/input';
import type { Permission } from '#domain/tenant/permission';
import { type GraphTypes, builder } from './builder.js';
import { byKey } from './context.js';
import { containing } from './filter.js';
import { type Asked, type Client, type ListingOptions, listing } from './listing.js';
import type { Fields } from './mutation.js';
import { Node, type NodeName, encodeId, nodeType } from './node.js';
import { orderInput } from './order.js';
import { idOrKey, workspacesOf } from './scope.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

interface KeyedRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface SearchFilter {
  readonly search?: string | null | undefined;
}

interface KeyedOptions<Where, OrderBy, Row extends KeyedRow, Filter extends SearchFilter>
  extends Pick<ListingOptions<Where, OrderBy, Row, Filter>, 'count' | 'visible' | 'filter'> {
  readonly name: NodeName;
  /** How the query that answers one of them is called, and the one that lists them. */
  readonly one: string;
  readonly many: string;
  readonly see: Permission;
  readonly description: string;
  /** Beside id, key, name, createdAt and updatedAt. */
  readonly fields: Fields<Row>;
  readonly find: (prisma: Client, asked: Pick<Asked<Where, OrderBy>, 'where'> & Partial<Asked<Where, OrderBy>>) => Promise<readonly Row[]>;
  /** The columns in which `search` looks. */
  readonly searched: readonly (keyof Row & string)[];
  /** What of the filter is not `search`. */
  readonly matching?: (filter: Filter) => Where[];
}

/** `search` of a filter; see {@link keyed}. */
export function searchField(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>, where = 'name, the key or the description') {
  return { search: t.string({ description: `A part of the ${where}, in capitals or not.` }) };
}

/**
 * A type of things that a workspace holds under keys, with all the ways to read them: the node, its loader, `apps(...)`, `app(id, key)`,
 * and lists of them on parents by `nestedField`.
 */
export function keyed<Where, OrderBy, Row extends KeyedRow, Filter extends SearchFilter>(
  options: KeyedOptions<Where, OrderBy, Row, Filter>,
) {
  const { name, one, many, see, visible, find, searched } = options;
  // TypeScript cannot compare conditions through a type parameter; they are of the model that `find` asks for.
  const all = (...conditions: readonly unknown[]) => ({ AND: conditions }) as Where;

  const load = nodeType<Row>(name, async ({ app, viewer }, ids) => {
    const rows = await find(app.db.prisma, { where: all({ id: { in: [...ids] } }, visible(viewer)) });
    return byKey(rows, (row) => row.id);
  });

  const node = builder.objectRef<Row>(name).implement({
    description: options.description,
    // A row with an id is a node's; TypeScript leaves that open for a type parameter.
    interfaces: [Node] as never[],
    fields: (t): FieldMap => ({
      id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId(name, id) }),
      key: t.string({ description: 'The name that programs use, unique in the workspace.', resolve: ({ key }) => key }),
      name: t.string({ description: 'The name that people read.', resolve: (row) => row.name }),
      ...options.fields(t),
      createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
      updatedAt: t.field({ type: 'DateTime', description: 'When it was last changed.', resolve: ({ updatedAt }) => updatedAt }),
    }),
  });

  const order = orderInput(
    name,
    {
      NAME: { column: 'name', description: 'By name.' },
      KEY: { column: 'key', description: 'By key.' },
      CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
      UPDATED_AT: { column: 'updatedAt', moment: true, description: 'By when they were last changed.' },
    },
    [{ column: 'name', direction: 'asc' }],
  );

  const matching = (filter: Filter): Where[] => {
    const { search } = filter;
    const more = options.matching?.(filter) ?? [];
    if (typeof search !== 'string' || search === '') return more;
    const contains = containing(search);
    return [{ OR: searched.map((column) => ({ [column]: contains })) } as Where, ...more];
  };

  const list = listing<Where, OrderBy, Row, Filter>({ ...options, type: node, order, matching, inOrder: 'by name' });
  list.rootField(many, see, `The ${many} that the viewer may read.`);

  const shown: PothosSchemaTypes.ObjectRef<Types, object> = node;
  builder.queryField(one, (t) =>
    t.field({
      type: shown,
      nullable: true,
      description: `One ${one} by its id or its key; null when there is none that the viewer may see.`,
      args: {
        id: t.arg.id({ description: 'Its id. Give exactly one of id and key.' }),
        key: t.arg.string({ description: 'Its key.' }),
        workspace: t.arg.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
      },
      resolve: async (_root, args, context) => {
        const place = idOrKey(name, args);
        if ('id' in place) return load(context, place.id);
        const workspaceIds = workspacesOf(context, see, args.workspace);
        if (typeof args.workspace !== 'string' && workspaceIds.length > 1)
          throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
        if (!keyPattern.test(place.key)) return null;
        const [found] = await find(context.app.db.prisma, { where: all(place, visible(context.viewer, workspaceIds)), take: 1 });
        return found ?? null;
      },
    }),
  );

  return { node, load, Connection: list.Connection, nestedField: list.nestedField };
}

import type { Blueprint as BlueprintRow } from '#platform/db/generated/prisma/client';
import { sqlIn } from '#platform/db/database';
import { isStorableText } from '#platform/json';
import { NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { type BlueprintSpec, blueprintSpec } from '#domain/record/blueprint.spec';
import { fields, isNullable, nameOfField } from '#domain/record/entity.field';
import type { Condition } from '#domain/record/entity.condition';
import { conditionsOf } from '#domain/record/entity.filter';
import { type EntityList, type Listed, countEntities, listEntities, listProblems, searchCondition } from '#domain/record/entity.list';
import { type EntityOrder as WantedOrder } from '#domain/record/entity.order';
import { readableBlueprints } from '#domain/record/record.policy';
import { builder } from '#schema/builder';
import {
  type Connection,
  type PageArguments,
  type Window,
  connection,
  forParents,
  pageArguments,
  pageComplexity,
} from '#schema/connection';
import type { SignedIn } from '#schema/context';
import type { Order } from '#schema/keyset';
import { decodeId, isId } from '#schema/node';
import { workspacesOf } from '#schema/scope';
import { Blueprint, loadBlueprint } from './blueprint.js';
import { EntityFilter, type GivenFilter, wantedEntities } from './entity.filter.js';
import { EntityConnection, type EntityRow, loadEntity } from './entity.js';
import { EntityOrder, type GivenOrder, wantedOrder } from './entity.order.js';

interface GivenList extends PageArguments {
  readonly filter?: GivenFilter | null | undefined;
  readonly orderBy?: GivenOrder;
}

const listArguments = (arg: Parameters<typeof pageArguments>[0]) => ({
  filter: arg({ type: EntityFilter, description: 'Which ones.' }),
  orderBy: arg({
    type: [EntityOrder],
    description: 'In which order; the first one decides, the next ones where it is equal. The newest first when absent.',
  }),
  ...pageArguments(arg),
});

/** The order as cursors have it: its values stand in `place` of a row. */
function keysetOf(order: WantedOrder): Order {
  return order.map(({ field, descending }) => ({
    column: nameOfField(field),
    direction: descending ? 'desc' : 'asc',
    nullable: isNullable(field),
    moment: field.kind === 'moment',
    integer: field.kind === 'integer',
    real: field.kind === 'number',
    of: field === fields.id ? undefined : 'place',
  }));
}

type PlacedRow = EntityRow & { readonly place: Readonly<Record<string, unknown>> };

function windowOf({ after, before, inclusive, reversed }: Window, take: number) {
  return {
    bounds: [
      ...(after === null ? [] : [{ place: after, side: 'after' as const, inclusive }]),
      ...(before === null ? [] : [{ place: before, side: 'before' as const, inclusive }]),
    ],
    reversed,
    take,
  };
}

type Ask<Value> = (lists: readonly EntityList[]) => Promise<readonly Value[]>;

/** Of one blueprint: a value, or why there is none. */
type Settled<Value> = { readonly value: Value } | { readonly error: unknown };

/** What is asked of the records of several blueprints, with one statement for all of them that can be asked it. */
async function ofLists<Value>(
  context: SignedIn,
  specs: readonly BlueprintSpec[],
  { filter, orderBy }: GivenList,
  ask: Ask<Value>,
): Promise<ReadonlyMap<string, Settled<Value>>> {
  const sql = sqlIn(context.app.db.prisma);
  const search = typeof filter?.search === 'string' ? await searchCondition(sql, filter.search) : null;
  const answers = new Map<string, Settled<Value>>();
  const read = specs.flatMap((spec): EntityList[] => {
    try {
      const conditions: Condition[] = filter == null ? [] : conditionsOf(spec, wantedEntities(filter));
      return [{ spec, conditions: search === null ? conditions : [...conditions, search], order: wantedOrder(spec, orderBy) }];
    } catch (error) {
      answers.set(spec.id, { error });
      return [];
    }
  });
  const problems = await listProblems(sql, read, ['orderBy']);
  const lists = read.filter((_, index) => problems[index] === null);
  for (const [index, { spec }] of read.entries()) if (problems[index] !== null) answers.set(spec.id, { error: problems[index] });
  const values = lists.length === 0 ? [] : await ask(lists);
  for (const [index, { spec }] of lists.entries()) answers.set(spec.id, { value: values[index] as Value });
  return answers;
}

/** Answers of one blueprint, whose question goes together with those of others. */
type Asked = <Value>(what: string, page: unknown, ask: Ask<Value>) => Promise<Settled<Value> | undefined>;

function entitiesOf(context: SignedIn, spec: BlueprintSpec, args: GivenList, asked: Asked): Connection<EntityRow> {
  const sql = sqlIn(context.app.db.prisma);
  const order = wantedOrder(spec, args.orderBy);
  const answerOf = async <Value>(what: string, page: unknown, ask: Ask<Value>): Promise<Value> => {
    const settled = await asked(what, page, ask);
    if (settled === undefined) throw new NotFoundError('The blueprint is gone.');
    if ('error' in settled) throw settled.error;
    return settled.value;
  };
  return connection<object, object, PlacedRow>(context, keysetOf(order), args, {
    find: async ({ window, take }) => {
      const wanted = windowOf(window, take);
      const listed = await answerOf<readonly Listed[]>('page', wanted, (lists) => listEntities(sql, lists, wanted));
      const rows = await Promise.all(listed.map(({ id }) => loadEntity(context, id)));
      return listed.flatMap(({ place }, index): PlacedRow[] => {
        const row = rows[index] ?? null;
        const named = Object.fromEntries(order.map(({ field }, at) => [nameOfField(field), place[at] ?? null]));
        return row === null ? [] : [{ ...row, place: named }];
      });
    },
    count: () => answerOf<number>('count', null, (lists) => countEntities(sql, lists)),
  });
}

/** The blueprint that a list names, within what the viewer may read; null: there is none. */
async function blueprintNamed(context: SignedIn, name: string, workspace: string | null | undefined): Promise<BlueprintRow | null> {
  const workspaceIds = workspacesOf(context, 'entity.read', workspace);
  if (isId(name)) {
    const row = await loadBlueprint(context, decodeId('Blueprint', name, ['blueprint']));
    return row !== null && workspaceIds.includes(row.workspaceId) ? row : null;
  }
  if (typeof workspace !== 'string' && workspaceIds.length > 1)
    throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
  if (!isStorableText(name)) return null;
  const rows = await context.app.db.prisma.blueprint.findMany({
    where: { AND: [{ OR: [{ key: name }, { aliases: { has: name } }] }, readableBlueprints(context.viewer, workspaceIds)] },
    take: 2,
  });
  // A key goes before an alias.
  return rows.find(({ key }) => key === name) ?? rows[0] ?? null;
}

builder.queryField('entities', (t) =>
  t.field({
    type: EntityConnection,
    description: 'The records of a blueprint. One that is not there, or not for the viewer to see, is NOT_FOUND.',
    args: {
      workspace: t.arg.id({
        description: 'Where the blueprint is looked for; not needed with its id, nor when the viewer belongs to one workspace.',
      }),
      blueprint: t.arg.string({ required: true, description: 'The key, an alias or the id of the blueprint.' }),
      ...listArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: async (_root, { workspace, blueprint, ...args }, context) => {
      const row = await blueprintNamed(context, blueprint, workspace);
      if (row === null) throw new NotFoundError(`There is no blueprint ${blueprint}.`);
      const spec = blueprintSpec(row);
      return entitiesOf(context, spec, args, async (_what, _page, ask) => (await ofLists(context, [spec], args, ask)).get(spec.id));
    },
  }),
);

builder.objectField(Blueprint, 'entities', (t) =>
  t.field({
    type: EntityConnection,
    description: 'Its records.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: (row, args, context) =>
      entitiesOf(context, blueprintSpec(row), args, <Value>(what: string, page: unknown, ask: Ask<Value>) =>
        forParents<Settled<Value> | undefined>(
          context,
          `Blueprint.entities ${what}`,
          { page, filter: args.filter, orderBy: args.orderBy },
          row.id,
          async (ids) => {
            const rows = await Promise.all(ids.map((id) => loadBlueprint(context, id)));
            return ofLists(
              context,
              rows.flatMap((one) => (one === null ? [] : [blueprintSpec(one)])),
              args,
              ask,
            );
          },
          undefined,
        ),
      ),
  }),
);

import { type CompiledConditions, compileConditions, type Condition, meets } from '#language/condition/condition';
import type { Sql } from '#platform/db/database';
import type { Json } from '#plan/plan';
import { InvalidInputError, NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { loadBlueprints } from './blueprint.load.service.js';
import type { BlueprintSpec } from './blueprint.spec.js';
import { fields } from './entity.field.js';
import type { Condition as ListCondition } from './entity.condition.js';
import { conditionsOf, type Comparison, type EntityFilter } from './entity.filter.js';
import { type EntityList, type Listed, listEntities, listProblems } from './entity.list.js';
import { type Bound, totalOrder } from './entity.order.js';
import { type EntityView, readViews, uuidOf } from './entity.view.service.js';

/** A condition of a store query; its value is what it is compared with. */
export type StoreCondition = Condition;

/** Most records that one query looks at. */
export const mostLookedAt = 10_000;
const pageSize = 200;

/** Which part of them. */
export interface QueryWindow {
  /** Those whose numbers come after this one; null: all. */
  readonly after?: number | null;
  /** How many are looked at before it is an error. */
  readonly most?: number;
}

/**
 * The records of one blueprint that meet conditions, in pages, in the order in which they were made. What indexes can find is asked of
 * PostgreSQL; then the conditions decide over each record, as they do everywhere else. Throws InvalidInputError (`conditions`) and
 * NotFoundError when there is no such blueprint.
 */
export async function* queryEntities(
  sql: Sql,
  workspaceId: string,
  conditions: readonly StoreCondition[],
  { after = null, most = mostLookedAt }: QueryWindow = {},
): AsyncGenerator<readonly EntityView[]> {
  const { spec, filter } = await readQuery(sql, workspaceId, conditions);
  const list: EntityList = { spec, conditions: filter, order: totalOrder([{ field: fields.number, descending: false }]) };
  const [problem = null] = await listProblems(sql, [list], ['conditions']);
  if (problem !== null) throw problem;
  const decide = decider(conditions);
  const unnamed = unprepared(sql);
  let bounds: readonly Bound[] = after === null ? [] : [{ place: [after], side: 'after', inclusive: false }];
  for (let looked = 0; ; looked += pageSize) {
    const [page = []] = await listEntities(unnamed, [list], { bounds, reversed: false, take: pageSize });
    const last: Listed | undefined = page.at(-1);
    if (last === undefined) return;
    if (looked >= most) throw invalid(['conditions'], `More than ${most} records may meet them: ask for fewer.`, 'TOO_MANY');
    const views = await readViews(
      sql,
      workspaceId,
      page.map(({ id }) => id),
    );
    const met = views.filter(decide);
    if (met.length > 0) yield met;
    if (page.length < pageSize) return;
    bounds = [{ place: last.place, side: 'after', inclusive: false }];
  }
}

/** Each list is a text of its own: as a prepared statement it would be one more on each connection. */
const unprepared = (sql: Sql): Sql => ({ query: ({ text }, values) => sql.query({ name: '', text }, values) });

/** The first of them; null: there is none. */
export async function findByQuery(sql: Sql, workspaceId: string, conditions: readonly StoreCondition[]): Promise<EntityView | null> {
  for await (const [first] of queryEntities(sql, workspaceId, conditions)) if (first !== undefined) return first;
  return null;
}

/** Whether a record meets the conditions. Their values are not templates any more: each is handed over as what it is. Throws LanguageError. */
export function decider(conditions: readonly StoreCondition[]): (view: EntityView) => boolean {
  const wanted = conditions.map(({ value = null }) => value);
  const compiled: CompiledConditions = compileConditions(
    conditions.map((condition, index) => ({ ...condition, value: `{{ wanted[${index}] }}` })),
  );
  return (view) => meets(compiled, { ...view, data: view, wanted }).met;
}

interface ReadQuery {
  readonly spec: BlueprintSpec;
  readonly filter: readonly ListCondition[];
}

const bare = (field: string): string => field.replace(/^data[./]/, '').replaceAll('/', '.');

async function readQuery(sql: Sql, workspaceId: string, conditions: readonly StoreCondition[]): Promise<ReadQuery> {
  const asked = conditions.find(
    ({ field, operator, expression }) => bare(field) === 'blueprintId' && operator === 'eq' && expression !== true,
  );
  if (typeof asked?.value !== 'string')
    throw invalid(['conditions'], 'One of the conditions says which blueprint it is: blueprintId eq.', 'REQUIRED');
  const spec = (await loadBlueprints(sql, workspaceId)).called(asked.value);
  if (spec === null) throw new NotFoundError(`There is no blueprint ${asked.value}.`);
  return { spec, filter: conditions.flatMap((condition) => filterOf(spec, condition)) };
}

/** What PostgreSQL can be asked of a condition: at least the records that meet it; none: all of them are looked at. */
function filterOf(spec: BlueprintSpec, { field, operator, value = null, expression }: StoreCondition): readonly ListCondition[] {
  if (expression === true) return [];
  const filter = filterOn(bare(field), operator, value);
  if (filter === null) return [];
  try {
    return conditionsOf(spec, filter);
  } catch (error) {
    // Compared with another type, or a field that it does not have: the condition itself knows what that means.
    if (error instanceof InvalidInputError) return [];
    throw error;
  }
}

function filterOn(path: string, operator: string, value: Json): EntityFilter | null {
  const property = /^properties\.([^.[\]]+)$/.exec(path)?.[1];
  if (property !== undefined) {
    const comparison = comparisonOf(operator, value);
    return comparison === null ? null : { properties: [{ name: property, ...comparison }] };
  }
  if (path === 'id') {
    const keys = operator === 'eq' ? [value] : operator === 'in' ? listOf(value) : [];
    const named = keys.filter((key) => typeof key === 'string');
    // One without a key is named otherwise.
    return named.length === 0 || named.some((key) => uuidOf(key) !== null) ? null : { key: { in: named } };
  }
  if (path === 'status' && operator === 'eq' && typeof value === 'string') return { statuses: [value] };
  if (path === 'labels' && operator === 'contains' && typeof value === 'string') return { labels: { all: [value] } };
  return null;
}

/** Light coercion makes `5` and `"5"` equal: only texts that are no numbers are asked for by their type. */
const isPlainText = (value: Json): value is string => typeof value === 'string' && (value.trim() === '' || Number.isNaN(Number(value)));

const listOf = (value: Json): readonly Json[] =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    : Array.isArray(value)
      ? (value as readonly Json[])
      : [];

function comparisonOf(operator: string, value: Json): Comparison | null {
  switch (operator) {
    case 'eq':
      return isPlainText(value) ? { eq: value } : value === null ? { exists: false } : null;
    case 'neq':
      return value === null ? { exists: true } : null;
    case 'in': {
      const list = listOf(value);
      return list.length > 0 && list.every(isPlainText) ? { in: list } : null;
    }
    case 'exists':
      return { exists: true };
    case 'nexists':
      return { exists: false };
    case 'startsWith':
      return isPlainText(value) && value !== '' ? { startsWith: value } : null;
    default:
      return null;
  }
}

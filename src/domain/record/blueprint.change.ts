import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import { type BlueprintSpec, type JsonObject, derivedTemplate, indexColumn, propertiesOf } from './blueprint.spec.js';
import { own } from './entity.state.js';

/** What another version of a blueprint means for its records. */
export interface BlueprintChange {
  /** Properties and links that are no more, or that lead elsewhere. */
  readonly properties: readonly string[];
  readonly links: readonly string[];
  /** Statuses that are no more, by their places in the old order. */
  readonly statuses: readonly { readonly name: string; readonly rank: number }[];
  /** Statuses stand in another order. */
  readonly ranks: boolean;
  /** Records that fit before may not fit now. */
  readonly stricter: boolean;
  /** Indexed properties whose values are to be taken down anew, and those that are indexed no more. */
  readonly indexed: readonly string[];
  readonly unindexed: readonly string[];
  /** Names or computed properties become others. */
  readonly computed: boolean;
}

/** Keywords that say something about a value and refuse none. */
const annotations = new Set(['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'derived', '$comment']);

export function blueprintChange(before: BlueprintSpec, after: BlueprintSpec): BlueprintChange {
  const [old, now] = [propertiesOf(before), propertiesOf(after)];
  const columnOf = (properties: ReadonlyMap<string, JsonObject>, name: string) => indexColumn(properties.get(name) ?? {});
  const kept = new Set(before.indexed.filter((name) => after.indexed.includes(name) && columnOf(old, name) === columnOf(now, name)));
  return {
    properties: [...old.keys()].filter((name) => !now.has(name)),
    links: before.links
      .filter(({ kind }) => kind !== 'INVERSE')
      .filter(({ name, kind, blueprint }) => {
        const next = after.links.find((link) => link.name === name);
        return next?.blueprint !== blueprint || (next.kind !== kind && next.kind !== 'MANY');
      })
      .map(({ name }) => name),
    statuses: before.statuses
      .map(({ name }, rank) => ({ name, rank }))
      .filter(({ name }) => !after.statuses.some((status) => status.name === name)),
    ranks: before.statuses.some(({ name }, rank) => after.statuses.findIndex((status) => status.name === name) !== rank),
    stricter: isStricter(before.schema, after.schema, old, now),
    indexed: after.indexed.filter((name) => !kept.has(name)),
    unindexed: before.indexed.filter((name) => !kept.has(name)),
    computed:
      before.displayField !== after.displayField ||
      [...now].some(([name, property]) => derivedTemplate(property) !== derivedTemplate(old.get(name) ?? {})),
  };
}

/** New properties that are not required refuse nothing; neither does a choice that has more values than before. */
function isStricter(
  before: JsonObject,
  after: JsonObject,
  old: ReadonlyMap<string, JsonObject>,
  now: ReadonlyMap<string, JsonObject>,
): boolean {
  const rest = ({ properties: _properties, required: _required, ...schema }: JsonObject) => canonicalJson(plain(schema));
  if (rest(before) !== rest(after)) return true;
  const required = (schema: JsonObject) => listOf(own(schema, 'required'));
  if (required(after).some((name) => !required(before).includes(name))) return true;
  return [...now].some(([name, property]) => {
    const was = old.get(name);
    return was !== undefined && !isLooser(was, property);
  });
}

function isLooser({ enum: some, ...was }: JsonObject, { enum: more, ...is }: JsonObject): boolean {
  if (canonicalJson(plain(was)) !== canonicalJson(plain(is))) return false;
  if (more === undefined) return true;
  const values = new Set(listOf(more).map(canonicalJson));
  return some !== undefined && listOf(some).every((value) => values.has(canonicalJson(value)));
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const plain = (schema: JsonObject): JsonObject => Object.fromEntries(Object.entries(schema).filter(([name]) => !annotations.has(name)));

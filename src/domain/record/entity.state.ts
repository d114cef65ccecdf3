import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import type { JsonObject } from './blueprint.spec.js';

/** A record at the end of a link. */
export interface Linked {
  /** Its row's UUID. */
  readonly entity: string;
  /** Its number. */
  readonly id: number;
  readonly name: string;
}

/** A record with its links, as it is before or after a write. */
export interface EntityState {
  readonly id: string;
  readonly number: number;
  readonly key: string | null;
  readonly name: string;
  readonly status: string | null;
  readonly labels: readonly string[];
  readonly properties: JsonObject;
  /** Links to one and to many by name, in their order; a name without any has no entry. */
  readonly links: ReadonlyMap<string, readonly Linked[]>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const linkedJson = (links: readonly Linked[]): Json => links.map(({ entity, id, name }) => ({ entity, id, name }));

/** A record as events and dry runs tell it. */
export function snapshotOf(state: EntityState): JsonObject {
  return {
    id: state.number,
    key: state.key,
    name: state.name,
    status: state.status,
    labels: state.labels,
    created_at: state.createdAt.toISOString(),
    updated_at: state.updatedAt.toISOString(),
    ...state.properties,
    links: Object.fromEntries([...state.links].map(([name, links]) => [name, linkedJson(links)])),
  };
}

interface LinkChange {
  readonly link: string;
  readonly to: Linked;
}

export interface Difference {
  /** Names of changed properties and links, `status`, `labels` and `key`. */
  readonly changed: readonly string[];
  /** What they were. */
  readonly previous: JsonObject;
  readonly added: readonly LinkChange[];
  readonly removed: readonly LinkChange[];
}

/** What a write changes; `before` null: everything that the record has is new. */
export function differenceOf(before: EntityState | null, after: EntityState): Difference {
  const previous = new Map<string, Json>();
  const compare = (name: string, from: Json | undefined, to: Json | undefined) => {
    if (canonicalJson(from ?? null) !== canonicalJson(to ?? null)) previous.set(name, from ?? null);
  };
  compare('status', before?.status, after.status);
  for (const name of new Set([...Object.keys(before?.properties ?? {}), ...Object.keys(after.properties)]))
    compare(name, own(before?.properties, name), own(after.properties, name));
  const [added, removed]: [LinkChange[], LinkChange[]] = [[], []];
  for (const link of new Set([...(before?.links.keys() ?? []), ...after.links.keys()])) {
    const [from, to] = [before?.links.get(link) ?? [], after.links.get(link) ?? []];
    const ids = ({ entity }: Linked) => entity;
    if (from.map(ids).join() === to.map(ids).join()) continue;
    previous.set(link, linkedJson(from));
    added.push(...to.filter(({ entity }) => !from.some((one) => one.entity === entity)).map((one) => ({ link, to: one })));
    removed.push(...from.filter(({ entity }) => !to.some((one) => one.entity === entity)).map((one) => ({ link, to: one })));
  }
  compare('labels', before?.labels ?? [], after.labels);
  compare('key', before?.key, after.key);
  return { changed: [...previous.keys()], previous: Object.fromEntries(previous), added, removed };
}

export function own(object: JsonObject | undefined, name: string): Json | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

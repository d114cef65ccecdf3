import { isStorableText, jsonProblem } from '#platform/json';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import { ConflictError, type FieldProblem, InvalidInputError, NotFoundError } from '#domain/errors';
import { type BlueprintSpec, derivedTemplate, isObject, isReadOnly, propertiesOf } from './blueprint.spec.js';
import { type Report, checkProperties, complete } from './entity.complete.js';
import { type EntityState, type Linked, own } from './entity.state.js';

export interface EntityChange {
  readonly key?: string | null;
  /** Null as absent: it stays, and a new record gets the first one. */
  readonly status?: string | null;
  /**
   * A patch: null removes a property. Objects are replaced; a dotted path leads into one: `{ 'custom_fields.badge': true }`.
   */
  readonly properties?: Readonly<Record<string, Json>>;
  readonly labels?: readonly string[];
  /** UUIDs of records by the name of the link. `set` goes before `add` and `remove`; an empty one clears. */
  readonly links?: {
    readonly set?: Readonly<Record<string, readonly string[]>>;
    readonly add?: Readonly<Record<string, readonly string[]>>;
    readonly remove?: Readonly<Record<string, readonly string[]>>;
  };
  readonly notes?: readonly NewNote[];
}

export interface NewNote {
  /** Of its row; one of its own when absent. */
  readonly id?: string;
  /** Markdown. */
  readonly text: string;
  /** UUIDs of the records that it mentions. */
  readonly mentions?: readonly string[];
}

/** A record that a link may lead to. */
export interface Target extends Linked {
  readonly blueprintId: string;
}

export interface Circumstances {
  readonly spec: BlueprintSpec;
  /** What the change leads to, by UUID: all of the same workspace. */
  readonly targets: ReadonlyMap<string, Target>;
  /** The ids of blueprints by their keys. */
  readonly blueprintIds: ReadonlyMap<string, string>;
  /** Statuses that nobody sets are set by what derives them. */
  readonly deriving: boolean;
}

export const entityLimits = {
  key: 255,
  depth: 32,
  labels: 50,
  label: 64,
  /** Of one record, under all names. */
  links: 500,
  /** Of one save. */
  notes: 20,
  note: 65_536,
  mentions: 50,
} as const;

/** The ids of all records that a change leads to. */
export function targetsOf({ links, notes }: EntityChange): string[] {
  const named = [links?.set, links?.add, links?.remove].flatMap((group) => Object.values(group ?? {}).flat());
  return [...new Set([...named, ...(notes ?? []).flatMap(({ mentions }) => mentions ?? [])])];
}

/**
 * The record as the change makes it of `before`, which is empty when the record is new. Throws InvalidInputError with every field at
 * fault, NotFoundError for what it links to and is not there, ConflictError (`DERIVED_STATUS`).
 */
export function applyChange(before: EntityState, change: EntityChange, isNew: boolean, around: Circumstances): EntityState {
  const problems: FieldProblem[] = [];
  const report = (path: readonly string[], message: string, code: string) => problems.push({ path, message, code });
  const key = change.key === undefined ? before.key : checkedKey(change.key, report);
  const labels = change.labels === undefined ? before.labels : checkedLabels(change.labels, report);
  const status = statusAfter(before, change, isNew, around, report);
  checkNotes(change.notes ?? [], around, report);
  const links = linksAfter(before, change, around, report);
  const given = patched(before, change, isNew, around.spec, report);
  const { properties, name } = complete(given, { key, status, number: before.number }, around.spec, report);
  if (problems.length === 0) checkProperties(properties, around.spec, report);
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { ...before, key, name, status, labels, properties, links };
}

function checkedKey(key: string | null, report: Report): string | null {
  if (key === null) return null;
  if (key === '' || key.length > entityLimits.key || !isStorableText(key))
    report(['key'], `A key has 1 to ${entityLimits.key} characters, without NUL.`, 'FORMAT');
  return key;
}

function checkedLabels(labels: readonly string[], report: Report): readonly string[] {
  const distinct = [...new Set(labels.map((label) => label.trim()))];
  if (distinct.length > entityLimits.labels) report(['labels'], `A record has at most ${entityLimits.labels} labels.`, 'TOO_LONG');
  for (const [index, label] of distinct.entries())
    if (label === '' || label.length > entityLimits.label || !isStorableText(label))
      report(['labels', String(index)], `A label has 1 to ${entityLimits.label} characters.`, 'FORMAT');
  return distinct;
}

function statusAfter(before: EntityState, change: EntityChange, isNew: boolean, around: Circumstances, report: Report): string | null {
  const { statuses, name } = around.spec;
  const wanted = change.status ?? null;
  if (wanted === null) return isNew ? (statuses.find(({ derived }) => !derived)?.name ?? null) : before.status;
  if (wanted === before.status && !isNew) return wanted;
  const found = statuses.find((status) => status.name === wanted);
  if (found === undefined) {
    const known = statuses.map((status) => status.name).join(', ');
    report(['status'], known === '' ? `A ${name} has no status.` : `The status is one of ${known}.`, 'UNKNOWN_STATUS');
    return before.status;
  }
  if (found.derived && !around.deriving)
    throw new ConflictError(`The status ${wanted} of a ${name} is derived: nobody sets it.`, 'DERIVED_STATUS');
  return wanted;
}

function checkNotes(notes: readonly NewNote[], { targets }: Circumstances, report: Report): void {
  if (notes.length > entityLimits.notes) report(['notes'], `One save adds at most ${entityLimits.notes} notes.`, 'TOO_LONG');
  for (const [index, { text, mentions = [] }] of notes.entries()) {
    const path = ['notes', String(index)];
    if (text.trim() === '') report([...path, 'text'], 'A note has some text.', 'TOO_SHORT');
    if (text.length > entityLimits.note) report([...path, 'text'], `A note has at most ${entityLimits.note} characters.`, 'TOO_LONG');
    if (!isStorableText(text)) report([...path, 'text'], 'The text holds a NUL or a lone surrogate.', 'MALFORMED_TEXT');
    if (mentions.length > entityLimits.mentions)
      report([...path, 'mentions'], `A note mentions at most ${entityLimits.mentions}.`, 'TOO_LONG');
    if (mentions.some((id) => !targets.has(id))) throw new NotFoundError('There is no such record to mention.');
  }
}

function linksAfter(before: EntityState, { links = {} }: EntityChange, around: Circumstances, report: Report): EntityState['links'] {
  const after = new Map(before.links);
  const { spec, targets, blueprintIds } = around;
  for (const name of new Set([links.set, links.add, links.remove].flatMap((group) => Object.keys(group ?? {})))) {
    const link = spec.links.find((one) => one.name === name || one.aliases.includes(name));
    if (link === undefined) {
      report(['links', name], `A ${spec.name} has no link ${name}.`, 'UNKNOWN_LINK');
      continue;
    }
    if (link.kind === 'INVERSE') {
      report(['links', name], `${name} is the other side of ${link.inverseOf ?? ''} of a ${link.blueprint}: change it there.`, 'READ_ONLY');
      continue;
    }
    const find = (ids: readonly string[] | undefined): Linked[] =>
      [...new Set(ids)].map((id) => {
        const target = targets.get(id);
        if (target === undefined) throw new NotFoundError(`There is no such record for the link ${name}.`);
        if (target.blueprintId !== blueprintIds.get(link.blueprint))
          report(['links', name], `${name} leads to a ${link.blueprint} only.`, 'WRONG_TYPE');
        return { entity: target.entity, id: target.id, name: target.name };
      });
    const own = <Value>(group: Readonly<Record<string, Value>> | undefined) =>
      group !== undefined && Object.hasOwn(group, name) ? group[name] : undefined;
    const [set, add, gone] = [own(links.set), find(own(links.add)), new Set(own(links.remove))];
    const start = set === undefined ? (after.get(link.name) ?? []) : find(set);
    // To add to a link to one is to replace it.
    const kept = link.kind === 'ONE' && add.length > 0 ? [] : start;
    const fresh = add.filter(({ entity }) => !kept.some((one) => one.entity === entity));
    const result = [...kept, ...fresh].filter(({ entity }) => !gone.has(entity));
    if (link.kind === 'ONE' && result.length > 1) report(['links', name], `${name} leads to one record.`, 'TOO_LONG');
    if (result.length > 0) after.set(link.name, result);
    else after.delete(link.name);
  }
  const total = [...after.values()].reduce((sum, list) => sum + list.length, 0);
  if (total > entityLimits.links) report(['links'], `A record has at most ${entityLimits.links} links.`, 'TOO_LONG');
  return after;
}

/** The properties with the patch, without those that are computed. */
function patched(before: EntityState, change: EntityChange, isNew: boolean, spec: BlueprintSpec, report: Report): Map<string, Json> {
  const known = propertiesOf(spec);
  const after = new Map<string, Json>(Object.entries(before.properties).filter(([name]) => known.has(name)));
  if (isNew)
    for (const [name, property] of known) {
      const byDefault = own(property, 'default');
      if (byDefault !== undefined) after.set(name, byDefault);
    }
  for (const [path, value] of Object.entries(change.properties ?? {})) {
    const [name = '', ...inner] = path.split('.');
    const property = known.get(name);
    const wrong = (message: string, code: string) => report(['properties', path], message, code);
    if (property === undefined) {
      wrong(`A ${spec.name} has no property ${name}.`, 'UNKNOWN_FIELD');
      continue;
    }
    const problem = jsonProblem(value, entityLimits.depth);
    if (problem !== null) {
      wrong(problem.message, problem.code);
      continue;
    }
    const next = inner.length === 0 ? value : within(after.get(name) ?? null, inner, value);
    if (next === undefined) {
      wrong(`${path} leads into what is no object.`, 'NO_OBJECT');
      continue;
    }
    const same = canonicalJson(after.get(name) ?? null) === canonicalJson(next);
    if (derivedTemplate(property) !== null && !same) wrong(`${name} is computed.`, 'READ_ONLY');
    else if (isReadOnly(property) && !isNew && !same) wrong(`${name} does not change.`, 'READ_ONLY');
    else if (next === null) after.delete(name);
    else after.set(name, next);
  }
  return after;
}

/** An object with another value at a path; undefined when something on the way is no object. */
function within(object: Json, [step = '', ...rest]: readonly string[], value: Json): Json | undefined {
  if (object === null && value === null) return null;
  if (object !== null && !isObject(object)) return undefined;
  const entries = new Map<string, Json>(Object.entries(object ?? {}));
  const next = rest.length === 0 ? value : within(entries.get(step) ?? null, rest, value);
  if (next === undefined) return undefined;
  if (next === null) entries.delete(step);
  else entries.set(step, next);
  return Object.fromEntries(entries);
}

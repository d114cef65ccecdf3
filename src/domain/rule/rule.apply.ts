import type { Effect } from '#language/rule/run';
import { isKind, isRuleList, kindName, plainText, type RuleRecord, type RuleValue } from '#language/rule/value';
import type { Json } from '#plan/plan';
import type { Cause } from '#domain/event/event.emit.service';
import { type BlueprintSpec, type JsonObject, propertiesOf } from '#domain/record/blueprint.spec';
import { changeEntity, type EntityChange, makeEntity, type SharingWork, type Written } from '#domain/record/entity.write.service';
import { ActionFault } from './rule.failure.js';
import { lockRecord, type StoredRecord } from './rule.records.js';
import type { RecordReader } from './rule.reader.js';
import { assertScope, type Scopes } from './rule.scope.js';
import { newFromTemplate } from './rule.template.js';
import { storedValue } from './rule.values.js';
import { linkCalled } from './rule.world.js';

/** What an effect did to a record, or wants sent or done later. */
export interface AppliedEffect {
  readonly label: string;
  readonly type: Effect['type'];
  /** The record that it is about; null: none. */
  readonly record: { readonly entity: string; readonly type: string; readonly id: number; readonly name: string } | null;
  /** Names of what changed. */
  readonly changed: readonly string[];
  /** The whole record, as events tell it; null: it is about none, or there was none before. */
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  /** The rest of it, for a person to read: the text of a note, where a webhook call goes. */
  readonly told: JsonObject;
}

/** Where effects are applied. */
export interface Applying {
  readonly work: SharingWork;
  readonly reader: RecordReader;
  readonly scopes: Scopes;
  readonly cause: Cause;
  /** The record that the rule runs for. */
  readonly own: StoredRecord;
  /** What `new` has made, by the id that the evaluation gave it. */
  readonly made: Map<string, StoredRef>;
}

export interface StoredRef {
  readonly entity: string;
  readonly id: number;
  readonly name: string;
  readonly blueprint: BlueprintSpec;
}

type Change = Extract<Effect, { type: 'set' | 'add' | 'remove' | 'clear' }>;
export type RecordEffect = Extract<Effect, { type: 'create' | 'note' }> | Change;

/** Applies an effect that writes a record. Throws ActionFault, ScopeFault, or what the write throws. */
export async function applyToRecord(on: Applying, effect: RecordEffect): Promise<AppliedEffect> {
  if (effect.type === 'create') return create(on, effect);
  const target = targetOf(on, effect.target);
  assertScope(on.scopes, effect.type === 'note' ? 'note.write' : 'entity.write', target.blueprint.key);
  if (effect.type === 'note') {
    const mentions = effect.mentions.map((person) => targetOf(on, person).entity);
    const written = await changeEntity(
      on.work,
      target.entity,
      { notes: [{ text: effect.text, mentions }] },
      on.cause,
      on.reader.workspaceId,
    );
    return applied(on, effect, target, written, { text: effect.text, mentions: effect.mentions.map(({ name }) => name) });
  }
  const written = await changeEntity(on.work, target.entity, await changeOf(on, target, effect), on.cause, on.reader.workspaceId);
  return applied(on, effect, target, written, { field: effect.field.join('.') });
}

async function create(on: Applying, effect: Extract<Effect, { type: 'create' }>): Promise<AppliedEffect> {
  const { type, template = '', id } = effect.record;
  const blueprint = blueprintOf(on, type);
  assertScope(on.scopes, 'entity.write', blueprint.key);
  const written = await makeEntity(on.work, blueprint, await newFromTemplate(on.reader, on.scopes, on.own, blueprint, template), on.cause);
  const { id: number, name } = written.after;
  if (typeof number !== 'number') throw new Error('A record has no number.');
  const target = { entity: written.id, id: number, name: typeof name === 'string' ? name : '', blueprint };
  on.made.set(String(id), target);
  on.reader.know(number, written.id);
  return applied(on, effect, target, written, { template });
}

function applied(
  on: Applying,
  { label, type }: RecordEffect,
  { entity, id, name, blueprint }: StoredRef,
  { changed, before, after }: Written,
  told: JsonObject,
): AppliedEffect {
  on.reader.wrote(entity, blueprint, changed);
  return { label, type, record: { entity, type: blueprint.key, id, name }, changed, before, after, told };
}

function blueprintOf(on: Applying, type: string): BlueprintSpec {
  const blueprint = on.reader.blueprint(type);
  if (blueprint === null) throw new ActionFault('TYPE', `A ${type} cannot be changed.`);
  return blueprint;
}

/** The row of a record that a rule names. */
export function targetOf(on: Applying, record: RuleRecord): StoredRef {
  if (record.template !== undefined) {
    const made = on.made.get(String(record.id));
    if (made === undefined) throw new Error('A record is used before it is made.');
    return made;
  }
  const blueprint = blueprintOf(on, record.type);
  const entity = typeof record.id === 'number' ? on.reader.entityOf(record.id) : null;
  if (entity === null || typeof record.id !== 'number') throw new ActionFault('NOT_FOUND', `${record.name} is no longer there.`);
  return { entity, id: record.id, name: record.name, blueprint };
}

async function changeOf(on: Applying, target: StoredRef, effect: Change): Promise<EntityChange> {
  const { blueprint } = target;
  const [name = '', ...inner] = effect.field;
  const path = effect.field.join('.');
  const value = effect.type === 'clear' ? null : effect.value;
  const link = linkCalled(blueprint, name);
  if (link !== null) {
    const ids = await entitiesOf(on, value, link.blueprint);
    const how = effect.type === 'add' || effect.type === 'remove' ? effect.type : 'set';
    return { links: { [how]: { [link.name]: ids } } };
  }
  const property = propertiesOf(blueprint).get(name);
  if (property === undefined && name === 'status') return { status: statusOf(value) };
  if (effect.type === 'set' || effect.type === 'clear') {
    if (property === undefined && name === 'labels') return { labels: textsOf(value) };
    return { properties: { [path]: inner.length === 0 ? propertyOf(value, property ?? {}) : storedValue(value) } };
  }
  // What is there must not change between its reading and its writing.
  await lockRecord(on.work.sql, on.reader.workspaceId, target.entity);
  on.reader.forget();
  const row = await on.reader.record(target.entity);
  if (row === null) throw new ActionFault('NOT_FOUND', `${target.name} is no longer there.`);
  if (property === undefined && name === 'labels') return { labels: listAfter(row.labels, textsOf(value), effect.type) };
  const items = (isRuleList(value) ? value : [value]).map((item) => storedValue(item));
  return { properties: { [path]: listAfter(listAt(row.properties, effect.field, path), items, effect.type) } };
}

/** The UUIDs of the records that a value names: records, or texts and numbers that `find` would take. */
async function entitiesOf(on: Applying, value: RuleValue, type: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const item of isRuleList(value) ? value : [value]) {
    if (item === null) continue;
    if (isRuleList(item)) found.push(...(await entitiesOf(on, item, type)));
    else if (isKind(item, 'record')) found.push(targetOf(on, item).entity);
    else {
      const text = typeof item === 'number' ? item : plainText(item);
      if (text === null) throw new ActionFault('TYPE', `A link leads to a ${type}, not to ${kindName(item)}.`);
      assertScope(on.scopes, 'entity.read', type);
      const record = await on.reader.find(blueprintOf(on, type), text);
      if (record === null) throw new ActionFault('NOT_FOUND', `There is no ${type} “${String(text)}”.`);
      found.push(record.entity);
    }
  }
  return found;
}

function statusOf(value: RuleValue): string {
  const status = plainText(value);
  if (status === null) throw new ActionFault('TYPE', `A status is set to one of its values, not to ${kindName(value)}.`);
  return status;
}

function textsOf(value: RuleValue): readonly string[] {
  return (isRuleList(value) ? value : [value]).flatMap((item) => {
    if (item === null) return [];
    const text = isKind(item, 'record') ? item.name : plainText(item);
    if (text === null) throw new ActionFault('TYPE', `Labels are texts, not ${kindName(item)}.`);
    return [text];
  });
}

/** A record as a text is what it is called. */
function propertyOf(value: RuleValue, property: JsonObject): Json {
  const { type, format } = property;
  return type === 'string' && isKind(value, 'record') ? value.name : storedValue(value, format);
}

function listAt(properties: JsonObject, field: readonly string[], path: string): readonly Json[] {
  let value: Json | undefined = properties;
  for (const name of field)
    value = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject)[name] : undefined;
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly Json[];
  throw new ActionFault('TYPE', `${path} is no list.`);
}

function listAfter<Item extends Json>(list: readonly Item[], items: readonly Item[], how: 'add' | 'remove'): readonly Item[] {
  const same = (one: Item) => JSON.stringify(one);
  const given = new Set(items.map(same));
  if (how === 'remove') return list.filter((item) => !given.has(same(item)));
  const present = new Set(list.map(same));
  return [...list, ...items.filter((item) => !present.has(same(item)))];
}

import { type Answer, after } from '#language/rule/answer';
import { RuleFault } from '#language/rule/rule-error';
import type { RuleRecord, RuleTime, RuleValue } from '#language/rule/value';
import type { FieldType, RuleTypes, RuleWorld } from '#language/rule/world';
import type { Json } from '#plan/plan';
import { type BlueprintSpec, type JsonObject, type Link, propertiesOf } from '#domain/record/blueprint.spec';
import { calendarOf, horizonMs, targetAt, workingTime } from './rule.calendar.js';
import { mostMembers, type StoredNote, type StoredRecord } from './rule.records.js';
import type { RecordReader } from './rule.reader.js';
import { assertScope, type Scopes } from './rule.scope.js';
import { propertyValue } from './rule.values.js';

/** Through what a rule of an app acts. */
export interface RuleInstance {
  readonly id: string;
  readonly name: string;
  readonly customFields: JsonObject;
}

/** The change that a rule is evaluated for. */
export interface RuleChange {
  /** What changed in the same save, as it was before; null: nothing did. */
  readonly previous: JsonObject | null;
  /** The record right after it; null: as it is now. */
  readonly snapshot: JsonObject | null;
  /** Whether it made the record: then there was nothing before. */
  readonly created: boolean;
  /** Whose change it was; null: nobody's. */
  readonly userId: string | null;
}

export const asRecord = ({ blueprint, number, name }: StoredRecord): RuleRecord => ({ kind: 'record', type: blueprint, id: number, name });

/** A link by its name or one of its aliases. */
export function linkCalled(blueprint: BlueprintSpec, name: string): Link | null {
  return blueprint.links.find((link) => link.name === name || link.aliases.includes(name)) ?? null;
}

export interface WorldParts {
  readonly reader: RecordReader;
  readonly types: RuleTypes;
  /** The record that the rule runs for. */
  readonly record: StoredRecord;
  readonly change: RuleChange;
  readonly instance: RuleInstance | null;
  readonly scopes: Scopes;
  readonly now: Date;
}

/** The records of a workspace as a rule reaches them. */
export function createWorld({ reader, types, record: own, change, instance, scopes, now }: WorldParts): RuleWorld {
  const record = asRecord(own);
  reader.begin();
  const instanceRecord: RuleRecord | null =
    instance === null ? null : { kind: 'record', type: 'app_instance', id: instance.id, name: instance.name };

  function seen(rows: readonly StoredRecord[]): readonly RuleRecord[] {
    for (const blueprint of new Set(rows.map((row) => row.blueprint))) assertScope(scopes, 'entity.read', blueprint);
    return rows.map(asRecord);
  }

  const typed = (blueprint: string, name: string): FieldType => types.types.get(blueprint)?.fields.get(name) ?? { type: 'any' };

  function field({ type, id }: RuleRecord, name: string): Answer<RuleValue> {
    if (type === 'note') return noteField(reader.note(String(id)), name);
    if (type === 'app_instance') return instance === null ? null : instanceField(instance, name);
    return after(rowOf(id), (row) => (row === null ? null : fieldOfRow(row, name)));
  }

  function rowOf(id: RuleRecord['id']): Answer<StoredRecord | null> {
    const entity = typeof id === 'number' ? reader.entityOf(id) : null;
    return entity === null ? null : reader.record(entity);
  }

  function fieldOfRow(row: StoredRecord, name: string): Answer<RuleValue> {
    assertScope(scopes, 'entity.read', row.blueprint);
    const blueprint = reader.blueprint(row.blueprint);
    const link = blueprint === null ? null : linkCalled(blueprint, name);
    if (link !== null)
      return after(reader.linked(row.entity, link), (rows) => {
        const members = seen(rows);
        return link.kind === 'ONE' ? (members[0] ?? null) : members;
      });
    if (blueprint !== null && propertiesOf(blueprint).has(name)) return propertyValue(row.properties[name], typed(row.blueprint, name));
    if (name === 'notes')
      return after(reader.notes(row.entity), (notes) =>
        notes.map((note): RuleRecord => ({ kind: 'record', type: 'note', id: note.id, name: note.text })),
      );
    return builtIn(row, name);
  }

  return {
    types,
    record,
    now: { kind: 'time', ms: now.getTime() },
    field,
    prefetch: (records: readonly RuleRecord[]) => {
      const entities = records.flatMap(({ id }) => (typeof id === 'number' ? (reader.entityOf(id) ?? []) : []));
      reader.together(entities.slice(0, mostMembers));
    },
    was: (name): Answer<RuleValue> => {
      assertScope(scopes, 'entity.read', own.blueprint);
      if (change.created) return null;
      const blueprint = reader.blueprint(own.blueprint);
      const link = blueprint === null ? null : linkCalled(blueprint, name);
      if (link !== null) {
        const { snapshot } = change;
        const links = snapshot?.['links'] as JsonObject | undefined;
        const before = change.previous?.[link.name] ?? links?.[link.name];
        if (before === undefined) return field(record, name);
        assertScope(scopes, 'entity.read', link.blueprint);
        return link.kind === 'ONE' ? (formerMembers(before, link, reader)[0] ?? null) : formerMembers(before, link, reader);
      }
      const before = change.previous !== null && name in change.previous ? change.previous[name] : change.snapshot?.[name];
      if (before === undefined && change.snapshot === null) return field(record, name);
      return propertyValue(before, typed(own.blueprint, name));
    },
    root: (name) => {
      if (name === 'rule_app_instance') return instanceRecord;
      const persons = reader.blueprint('person');
      if (name !== 'current_user' || change.userId === null || persons === null) return null;
      return after(reader.userEmail(change.userId), (email) =>
        email === null
          ? null
          : after(reader.find(persons, email), (found): RuleRecord | null => (found === null ? null : (seen([found])[0] ?? null))),
      );
    },
    find: (type, key) => {
      const blueprint = reader.blueprint(type);
      if (blueprint === null) return null;
      assertScope(scopes, 'entity.read', blueprint.key);
      return after(reader.find(blueprint, key), (found) => (found === null ? null : asRecord(found)));
    },
    findAll: async (type, text) => {
      const blueprint = reader.blueprint(type);
      if (blueprint === null) return [];
      assertScope(scopes, 'entity.read', blueprint.key);
      return (await reader.findAll(blueprint, text)).map(asRecord);
    },
    targetAt: (calendar, start, length) => {
      if (length.months !== 0) throw new RuleFault('TYPE', 'Months and years have no working time.', 0);
      return after(propertiesAt(calendar), (properties): RuleTime | null => {
        const hours = calendarOf(properties);
        const ms = hours === null ? null : targetAt(hours, start.ms, length.ms);
        return ms === null ? null : { kind: 'time', ms };
      });
    },
    workingTime: (calendar, start, end) =>
      after(propertiesAt(calendar), (properties) => {
        const hours = calendarOf(properties);
        const ms = hours === null ? 0 : workingTime(hours, start.ms, end.ms);
        if (ms === null) throw new RuleFault('TYPE', `Working time is counted over at most ${String(horizonMs / 86_400_000)} days.`, 0);
        return { kind: 'duration', months: 0, ms };
      }),
  };

  function propertiesAt({ id }: RuleRecord): Answer<{ readonly [name: string]: Json }> {
    return after(rowOf(id), (row) => {
      if (row !== null) assertScope(scopes, 'entity.read', row.blueprint);
      return row?.properties ?? {};
    });
  }
}

/** `[{ entity, id, name }]`, as events keep what a link led to. */
function formerMembers(before: Json, link: Link, reader: RecordReader): readonly RuleRecord[] {
  const list = Array.isArray(before) ? (before as readonly Json[]) : [before];
  return list.flatMap((item): RuleRecord[] => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return [];
    const { entity, id, name } = item as JsonObject;
    if (typeof id !== 'number') return [];
    if (typeof entity === 'string') reader.know(id, entity);
    return [{ kind: 'record', type: link.blueprint, id, name: typeof name === 'string' ? name : '' }];
  });
}

function noteField(note: StoredNote | null, name: string): RuleValue {
  if (note === null) return null;
  switch (name) {
    case 'id':
      return note.id;
    case 'text':
      return note.text;
    case 'author':
      return note.author;
    case 'created_at':
      return { kind: 'time', ms: note.createdAt.getTime() };
    default:
      return null;
  }
}

function instanceField(instance: RuleInstance, name: string): RuleValue {
  switch (name) {
    case 'id':
      return instance.id;
    case 'name':
      return instance.name;
    case 'custom_fields':
      return propertyValue(instance.customFields, { type: 'object' });
    default:
      return null;
  }
}

function builtIn(row: StoredRecord, name: string): RuleValue {
  switch (name) {
    case 'id':
      return row.number;
    case 'key':
      return row.key;
    case 'name':
      return row.name;
    case 'status':
      return row.status;
    case 'labels':
      return row.labels;
    case 'created_at':
      return { kind: 'time', ms: row.createdAt.getTime() };
    case 'updated_at':
      return { kind: 'time', ms: row.updatedAt.getTime() };
    default:
      return null;
  }
}

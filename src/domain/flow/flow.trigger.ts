import { pinned } from '#language/condition/condition';
import { namesUsed } from '#language/names';
import { compileTemplate, LanguageError, render } from '#language/template';
import type { Json } from '#plan/plan';
import { eventTypePattern } from '#domain/event/event.input';
import { isObject } from '#domain/record/blueprint.spec';
import { completed } from './flow.complete.js';
import { conditionsIn, type FlowCondition, type FlowSpec, type JsonObject } from './flow.spec.js';

/** What the reference product calls the events of records. */
export const eventTypes: Readonly<Record<string, string>> = {
  create: 'entity.created',
  update: 'entity.updated',
  delete: 'entity.deleted',
  addedAsSource: 'entity.addedAsSource',
};

/** What a trigger calls events: as the reference product does, or by types of two words or more. */
export const isEventName = (name: string): boolean =>
  Object.hasOwn(eventTypes, name) || Object.values(eventTypes).includes(name) || eventTypePattern.test(name);

/** What `event.action` is for an event: `create`, or its own type. */
export function actionOf(eventType: string): string {
  return Object.keys(eventTypes).find((action) => eventTypes[action] === eventType) ?? eventType;
}

/** One type of event that starts a flow, as it is stored for matching. */
export interface EventTriggerRow {
  readonly ordinal: number;
  readonly eventType: string;
  readonly blueprint: string | null;
  readonly pin: string | null;
  readonly conditions: readonly FlowCondition[];
}

/**
 * What events are matched with. A blueprint and one value that the conditions demand are columns of their own: however many flows there are, an
 * event looks only at those that it may start.
 */
export function eventTriggersOf(spec: FlowSpec): readonly EventTriggerRow[] {
  const { triggers, arguments: constants } = completed(spec);
  return triggers.flatMap((trigger, ordinal) => {
    if (trigger.type !== 'EVENT') return [];
    const { conditions } = trigger;
    const known = conditions.map((condition) => withConstants(condition, constants));
    const blueprint = pinned(conditionsIn(known), 'data.blueprintId');
    const row = { ordinal, blueprint: typeof blueprint === 'string' ? blueprint : null, pin: pinIn(known), conditions };
    return trigger.events.map((event) => ({ ...row, eventType: eventTypes[event] ?? event }));
  });
}

/** What a condition compares with, where only the arguments of the flow make it. */
function withConstants(condition: FlowCondition, constants: JsonObject): FlowCondition {
  const { value } = condition;
  if (typeof value !== 'string') return condition;
  try {
    const template = compileTemplate(value);
    if (!namesUsed(template).every(({ name }) => name === 'arguments')) return condition;
    return { ...condition, value: render(template, { arguments: constants }) };
  } catch (error) {
    // It fails where it is evaluated, and says so there.
    if (error instanceof LanguageError) return condition;
    throw error;
  }
}

const propertyPath = /^(?:data\.)?properties[./]([A-Za-z_][A-Za-z0-9_]*)$/;

/** The first property that must have one text. */
function pinIn(conditions: readonly FlowCondition[]): string | null {
  for (const { field } of conditions) {
    const name = propertyPath.exec(field)?.[1];
    const pin = name === undefined ? null : pinOf(name, pinned(conditionsIn(conditions), `data.properties.${name}`));
    if (pin !== null) return pin;
  }
  return null;
}

/** Longest value that is matched by itself. */
const longestPin = 200;

/** Numbers and truth values are compared by what they mean, however they are written: they are no pins. */
function pinOf(name: string, value: Json | undefined): string | null {
  if (typeof value !== 'string' || value.length > longestPin || value === 'true' || value === 'false') return null;
  if (value.trim() !== '' && Number.isFinite(Number(value))) return null;
  return `data.properties.${name}=${value}`;
}

/** The pins that a record meets. */
export function pinsOf(properties: Readonly<Record<string, Json>>): readonly string[] {
  return Object.entries(properties).flatMap(([name, value]) => pinOf(name, value) ?? []);
}

/** The pins that the `data` of an event meets. */
export const pinsIn = (data: Json): readonly string[] => (isObject(data) && isObject(data['properties']) ? pinsOf(data['properties']) : []);

/** The blueprints whose records start a flow, for filters. */
export const blueprintsOf = (rows: readonly EventTriggerRow[]): string[] => [...new Set(rows.flatMap(({ blueprint }) => blueprint ?? []))];

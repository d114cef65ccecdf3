import type { FlowType } from '#platform/db/generated/prisma/enums';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import type { FlowCondition, FlowSpec, FlowStep, FlowTrigger, JsonObject } from './flow.spec.js';
import { eventTypes } from './flow.trigger.js';

/** What a document of the reference product says beside the spec. */
export interface DocumentedFlow {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly icon: string | null;
  readonly enabled: boolean;
  readonly position: number;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly spec: FlowSpec;
}

const types: Readonly<Record<FlowType, string>> = {
  AUTOMATION: 'automation',
  SELF_SERVICE_ACTION: 'selfServiceAction',
  SCORECARD: 'scorecard',
  REFERENCE: 'reference',
};

export const documentTypes: Readonly<Record<string, FlowType>> = Object.fromEntries(
  Object.entries(types).map(([type, name]) => [name, type as FlowType]),
);

/** A flow as a document of the reference product. Secrets are not in it: they can be written, and not read. */
export function writeDocument({ key, name, description, icon, enabled, position, tags, spec }: DocumentedFlow): JsonObject {
  return {
    id: key,
    title: name,
    ...(description === '' ? {} : { description }),
    ...(icon === null ? {} : { icon }),
    isActive: enabled,
    needsApproval: spec.needsApproval,
    ...(spec.selfReview === true ? { selfReview: true } : {}),
    order: position,
    type: types[spec.type],
    arguments: spec.arguments,
    triggers: spec.triggers.map(triggerDocument),
    actions: spec.steps.map(stepDocument),
    ...(spec.outputs === null ? {} : { outputs: spec.outputs }),
    tags: tags.map((tag) => ({ key: tag.key, value: tag.value })),
  };
}

function triggerDocument(trigger: FlowTrigger): Json {
  switch (trigger.type) {
    case 'EVENT': {
      const action = trigger.events.map((event) => Object.keys(eventTypes).find((name) => eventTypes[name] === event) ?? event);
      return { type: 'onEvent', conditions: trigger.conditions.map(conditionDocument), event: { resource: 'entity', action } };
    }
    case 'MANUAL':
      return { type: 'manual', ...(trigger.inputSchema === null ? {} : { inputSchema: trigger.inputSchema }) };
    case 'SCHEDULE':
      return { type: 'onSchedule', schedule: trigger.schedule };
    case 'WEBHOOK':
      return { type: 'onWebhook' };
  }
}

const conditionDocument = ({ field, operator, value, expression }: FlowCondition): Json => ({
  field,
  ...(expression === undefined ? {} : { expression }),
  operator,
  ...(value === undefined ? {} : { value }),
});

function stepDocument(step: FlowStep): Json {
  const { id, kind, title, description, conditions, args, retry, timeoutMs, onError, ways, steps } = step;
  return {
    type: kind,
    id,
    ...(title === '' ? {} : { title }),
    ...(description === '' ? {} : { description }),
    ...(conditions.length === 0 ? {} : { conditions: conditions.map(conditionDocument) }),
    ...(Object.keys(args).length === 0 ? {} : { args }),
    // What the reference product does not have.
    ...(retry === null ? {} : { retry: { ...retry, ...(retry.on === undefined ? {} : { on: [...retry.on] }) } }),
    ...(timeoutMs === null ? {} : { timeoutMs }),
    ...(onError === 'FAIL' ? {} : { onError }),
    ...(ways === undefined
      ? {}
      : {
          ways: ways.map((way) => ({
            id: way.id,
            ...(way.title === '' ? {} : { title: way.title }),
            ...(way.conditions.length === 0 ? {} : { conditions: way.conditions.map(conditionDocument) }),
            actions: way.steps.map(stepDocument),
          })),
        }),
    ...(steps === undefined ? {} : { actions: steps.map(stepDocument) }),
    ...(step.catch === undefined ? {} : { catch: step.catch.map(stepDocument) }),
  };
}

/** The document that a flow was imported from, and what it was written as right after. */
export interface ImportedDocument {
  readonly document: JsonObject;
  readonly written: JsonObject;
}

/** Never given back. */
const writeOnly = 'secrets';

/**
 * The document of a flow: what it was imported from, key for key, wherever the flow still says the same; else what it says now.
 */
export function exportDocument(flow: DocumentedFlow, imported: ImportedDocument | null): JsonObject {
  const now = writeDocument(flow);
  if (imported === null) return now;
  const { document, written } = imported;
  const changed = Object.keys({ ...now, ...written }).filter((key) => !same(now[key], written[key]));
  const kept = Object.entries(document).filter(([key]) => key !== writeOnly && !changed.includes(key));
  const fresh = changed.flatMap((key) => (now[key] === undefined ? [] : [[key, now[key]] as const]));
  return Object.fromEntries([...kept, ...fresh]);
}

const same = (one: Json | undefined, other: Json | undefined): boolean =>
  one === undefined || other === undefined ? one === other : canonicalJson(one) === canonicalJson(other);

/** What the fields of an input are called in a document: those of the flow, of its steps and of how they are tried again. */
const ofFlow: Readonly<Record<string, string>> = { key: 'id', name: 'title', enabled: 'isActive', position: 'order', steps: 'actions' };
const ofSteps: Readonly<Record<string, string>> = { kind: 'type', steps: 'actions', timeout: 'timeoutMs' };
const ofRetries: Readonly<Record<string, string>> = { maxRetries: 'max', delay: 'delayMs', maxDelay: 'maxDelayMs' };

/** A path of the input of a flow, as it is in the document from which the input was read. */
export function documentPath(path: readonly string[], secrets: readonly { readonly name: string }[] | null | undefined): readonly string[] {
  const [field = '', index, ...rest] = path;
  if (field === 'secrets') return index === undefined ? path : [field, secrets?.[Number(index)]?.name ?? index];
  if (field === 'triggers') return index === undefined ? path : [field, index, ...triggerPath(rest)];
  if (field === 'steps') return ['actions', ...(index === undefined ? [] : [index, ...stepPath(rest)])];
  return path.length === 0 ? [] : [ofFlow[field] ?? field, ...path.slice(1)];
}

function triggerPath([kind, field, ...rest]: readonly string[]): readonly string[] {
  if (kind === undefined) return [];
  if (kind === 'schedule') return [kind, ...(field === undefined ? [] : [field, ...rest])];
  if (field === undefined) return [];
  return field === 'events' ? ['event', 'action', ...rest] : [field, ...rest];
}

/** Within a step; what its arguments and conditions are called is their own. */
function stepPath([field, ...rest]: readonly string[]): readonly string[] {
  if (field === undefined) return [];
  const name = ofSteps[field] ?? field;
  const [index, ...inner] = rest;
  if (field === 'retry') return [name, ...(index === undefined ? [] : [ofRetries[index] ?? index, ...inner])];
  if (!['ways', 'steps', 'catch'].includes(field) || index === undefined) return [name, ...rest];
  return [name, index, ...stepPath(inner)];
}

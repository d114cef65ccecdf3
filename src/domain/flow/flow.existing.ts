import { compileConditions, type CompiledConditions, meets } from '#language/condition/condition';
import { LanguageError } from '#language/template';
import { noFlowRetry } from '#plan/flow-kinds';
import type { Json, Plan } from '#plan/plan';
import { completed } from './flow.complete.js';
import { conditionsIn, type FlowCondition, type FlowSpec, type JsonObject } from './flow.spec.js';
import { actionOf, eventTriggersOf } from './flow.trigger.js';

/** The kind of the one step of an internal plan: nobody writes it into a flow. */
export const existingKind = 'startForExisting';

/** A trigger of a flow, as it looks at records that are there. */
interface ExistingTrigger {
  /** Null: records of any blueprint. */
  readonly blueprint: string | null;
  /** What each record is told to have gone through. */
  readonly eventType: string;
  readonly conditions: readonly FlowCondition[];
}

/** What the step of the plan gets. */
export interface ExistingArgs {
  /** Key of the flow. */
  readonly flow: string;
  readonly arguments: JsonObject;
  readonly triggers: readonly ExistingTrigger[];
}

/** What may be told of a record that is there. */
const tellable: ReadonlySet<string> = new Set(['entity.created', 'entity.updated', 'entity.addedAsSource']);

/** The plan of a run that starts a flow once for each record that is there and meets its triggers; null: no trigger of it looks at records. */
export function existingPlan(flow: string, spec: FlowSpec): Plan | null {
  const rows = eventTriggersOf(spec).filter(({ eventType }) => tellable.has(eventType));
  const triggers = rows.filter(({ ordinal }, index) => rows.findIndex((row) => row.ordinal === ordinal) === index);
  if (triggers.length === 0) return null;
  const args: ExistingArgs = {
    flow,
    arguments: completed(spec).arguments,
    triggers: triggers.map(({ blueprint, eventType, conditions }) => ({ blueprint, eventType, conditions })),
  };
  return {
    format: 1,
    steps: [
      {
        id: 'records',
        name: 'Start for the records that are there',
        kind: existingKind,
        args: args as unknown as JsonObject,
        retry: noFlowRetry,
        timeoutMs: null,
        onError: 'FAIL',
      },
    ],
    atomicity: 'STEP',
    budgetMs: null,
    flow: { arguments: {}, outputs: '{{ actions.records.output }}' },
  };
}

/** The event that a record meets a trigger with; null: none of them; `FAILED`: that cannot be said. */
type Told = (record: Json, blueprint: string, now: Date) => JsonObject | 'FAILED' | null;

/** What is told to a flow of a record that is there. */
export function teller({ triggers, arguments: constants }: ExistingArgs): Told {
  const compiled = triggers.map((trigger) => ({ ...trigger, conditions: compiledOf(trigger.conditions) }));
  return (record, blueprint, now) => {
    let failed = false;
    for (const { blueprint: wanted, eventType, conditions } of compiled) {
      if (wanted !== null && wanted !== blueprint) continue;
      const event = { type: eventType, action: actionOf(eventType), resource: 'entity', at: now.toISOString(), changed: [] };
      try {
        if (conditions !== null && meets(conditions, { event, data: record, previous: null, arguments: constants, actions: {} }).met)
          return event;
        failed ||= conditions === null;
      } catch (error) {
        if (!(error instanceof LanguageError)) throw error;
        failed = true;
      }
    }
    return failed ? 'FAILED' : null;
  };
}

/** Null: a newer release knows what they mean. */
function compiledOf(conditions: readonly FlowCondition[]): CompiledConditions | null {
  try {
    return compileConditions(conditionsIn(conditions));
  } catch (error) {
    if (error instanceof LanguageError) return null;
    throw error;
  }
}

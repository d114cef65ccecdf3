import { type CompiledConditions, compileConditions, type Condition, meets, type TriedCondition } from '#language/condition/condition';
import { LanguageError } from '#language/template';
import { newId } from '#platform/ids';
import type { Json } from '#plan/plan';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { linkOf } from '#domain/event/event.emit.service';
import type { FlowEvaluation, MatchedTrigger } from './flow.match.js';
import { conditionsIn, type FlowCondition, type FlowSpec, type JsonObject } from './flow.spec.js';
import type { ToldEvent } from './flow.told.js';
import { eventTriggersOf } from './flow.trigger.js';

/** Deepest chain of automations; what goes on from there is cut. */
export const mostDepth = 10;
/** Leases after which a fault of ours is told. */
const mostLeases = 5;
const internal = { code: 'INTERNAL', path: [], message: 'The conditions could not be evaluated by a fault of the server.' };

/** Whether its conditions may see the arguments of its flow. */
export const asksForArguments = ({ text }: MatchedTrigger): boolean => text.includes('arguments');

/** What flows make of an event, in their order. `given`: the arguments of those whose triggers ask for them, by their versions. Throws what is a fault of ours. */
export function evaluateFlows(
  { depth, chain, entityId, lost }: Pick<ClaimedEvent, 'depth' | 'chain' | 'entityId' | 'lost'>,
  told: ToldEvent,
  triggers: readonly MatchedTrigger[],
  given: ReadonlyMap<string, JsonObject>,
): readonly FlowEvaluation[] {
  const flows = new Map<string, MatchedTrigger[]>();
  for (const trigger of triggers) {
    const own = flows.get(trigger.automationId) ?? [];
    own.push(trigger);
    flows.set(trigger.automationId, own);
  }
  return [...flows].map(([automationId, own]): FlowEvaluation => {
    const versionId = own[0]?.versionId ?? '';
    const base = { automationId, versionId, failed: null, error: null, runId: null };
    if (depth >= mostDepth) return { ...base, outcome: 'TOO_DEEP' };
    if (entityId !== null && chain.includes(linkOf(automationId, entityId))) return { ...base, outcome: 'REPEATED' };
    try {
      let failed: UnmetCondition | null = null;
      for (const { text } of own) {
        const { met, tried } = meets(compiled(text), {
          ...told,
          arguments: given.get(versionId) ?? {},
          actions: {},
        });
        if (met) return { ...base, outcome: 'MET', runId: newId() };
        failed = reasonOf(tried.at(-1));
      }
      return { ...base, outcome: 'NOT_MET', failed: failed as JsonObject | null };
    } catch (error) {
      // A fault of ours is told at the flow that met it, in the end, so that the others, and what happens later, are not kept from their turn for ever.
      if (!(error instanceof LanguageError) && lost + 1 < mostLeases) throw error;
      const { code, path, message } = error instanceof LanguageError ? error : internal;
      return { ...base, outcome: 'FAILED', error: { code, message: [...path, message].join(': ') } };
    }
  });
}

/** What one event makes of the triggers of a flow; throws LanguageError where that cannot be said. `failed`: of the last trigger for such events. */
export function triggersMet(
  spec: FlowSpec,
  { type, blueprint }: Pick<ClaimedEvent, 'type' | 'blueprint'>,
  told: ToldEvent,
): { readonly met: boolean; readonly failed: UnmetCondition | null } {
  let failed: UnmetCondition | null = null;
  for (const trigger of eventTriggersOf(spec)) {
    if (trigger.eventType !== type || (trigger.blueprint !== null && trigger.blueprint !== blueprint)) continue;
    const conditions = conditionsIn(trigger.conditions);
    const context = { ...told, arguments: spec.arguments, actions: {} };
    const { met, tried } = meets(compiled(JSON.stringify(conditions), conditions), context);
    if (met) return { met, failed: null };
    failed = reasonOf(tried.at(-1));
  }
  return { met: false, failed };
}

/** A condition that did not hold, as rules tell it. */
export interface UnmetCondition {
  readonly text: string;
  readonly values: readonly { readonly text: string; readonly value: Json }[];
}

/** In the form in which rules tell it. */
export function reasonOf(tried: Pick<TriedCondition, 'field' | 'operator' | 'actual' | 'expected'> | undefined): UnmetCondition | null {
  if (tried === undefined) return null;
  const { field, operator, actual, expected } = tried;
  return {
    text: `${field} ${operator} ${JSON.stringify(expected)}`,
    values: [{ text: field, value: actual }],
  };
}

/** Conditions by their text, as JSON; the oldest make room. */
const known = new Map<string, CompiledConditions>();
const mostKnown = 10_000;

function compiled(text: string, conditions?: readonly Condition[]): CompiledConditions {
  const found = known.get(text);
  if (found !== undefined) return found;
  const made = compileConditions(conditions ?? conditionsIn(JSON.parse(text) as readonly FlowCondition[]));
  known.set(text, made);
  const oldest = known.keys().next().value;
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
  return made;
}

/** What cannot be said of an event is not what is waited for. */
export function isMet(text: string, context: JsonObject): boolean {
  try {
    return meets(compiled(text), context).met;
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    return false;
  }
}

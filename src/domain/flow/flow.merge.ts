import type { RetryPolicy } from '#plan/plan';
import { noFlowRetry } from '#plan/flow-kinds';
import type { OwnScheduleInput } from '#domain/schedule/schedule.service';
import type { FlowContent, StepInput } from './flow.input.js';
import type { FlowSpec, FlowStep, FlowTrigger, JsonObject } from './flow.spec.js';

/** What a new flow does, before anything is said. */
const nothing: FlowSpec = { type: 'AUTOMATION', needsApproval: false, arguments: {}, triggers: [], steps: [], outputs: null };

/** The spec that a save makes. `before` is null for a new flow and for a replacement: what is absent is then the default. */
export function mergeSpec(before: FlowSpec | null, given: FlowContent): FlowSpec {
  const kept = before ?? nothing;
  return {
    type: given.type ?? kept.type,
    needsApproval: given.needsApproval === undefined ? kept.needsApproval : (given.needsApproval ?? false),
    ...((given.selfReview === undefined ? kept.selfReview : given.selfReview) === true ? { selfReview: true } : {}),
    arguments: given.arguments === undefined ? kept.arguments : (given.arguments ?? {}),
    triggers: given.triggers === undefined ? kept.triggers : (given.triggers ?? []).map(triggerOf),
    steps: given.steps === undefined ? kept.steps : named(given.steps ?? []),
    outputs: given.outputs === undefined ? kept.outputs : given.outputs,
  };
}

type TriggerInput = NonNullable<FlowContent['triggers']>[number];

/** Exactly one of its kinds is given: `triggerProblems` told. */
function triggerOf({ event, manual, schedule, webhook }: TriggerInput): FlowTrigger {
  if (event != null) return { type: 'EVENT', events: event.events, conditions: event.conditions ?? [] };
  if (schedule != null) return { type: 'SCHEDULE', schedule: stored(schedule) };
  return webhook == null ? { type: 'MANUAL', inputSchema: manual?.inputSchema ?? null } : { type: 'WEBHOOK' };
}

/** As JSON has it: moments as texts, what is absent away. */
const stored = (schedule: object): JsonObject => JSON.parse(JSON.stringify(schedule)) as JsonObject;

/** Steps without an id are called after their kind, with a number where that is taken. */
function named(steps: readonly StepInput[]): readonly FlowStep[] {
  const taken = new Set(idsIn(steps));
  const nameFor = (kind: string): string => {
    const base = kind.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 56) || 'step';
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}-${number}`;
      if (!taken.has(id)) {
        taken.add(id);
        return id;
      }
    }
  };
  return steps.map((step) => stepOf(step, nameFor));
}

function idsIn(steps: readonly StepInput[]): readonly string[] {
  return steps.flatMap(({ id, ways, steps: inner, catch: caught }) => [
    ...(id == null ? [] : [id]),
    ...(ways ?? []).flatMap((way) => idsIn(way.steps)),
    ...idsIn(inner ?? []),
    ...idsIn(caught ?? []),
  ]);
}

function stepOf(step: StepInput, nameFor: (kind: string) => string): FlowStep {
  const { kind, ways, steps } = step;
  const inner = (list: readonly StepInput[]) => list.map((one) => stepOf(one, nameFor));
  return {
    id: step.id ?? nameFor(kind),
    kind,
    title: step.title ?? '',
    description: step.description ?? '',
    conditions: step.conditions ?? [],
    args: step.args ?? {},
    retry: retryOf(step.retry),
    timeoutMs: step.timeout ?? null,
    onError: step.onError ?? 'FAIL',
    ...(ways == null
      ? {}
      : {
          ways: ways.map((way, index) => ({
            id: way.id ?? `way-${index + 1}`,
            title: way.title ?? '',
            conditions: way.conditions ?? [],
            steps: inner(way.steps),
          })),
        }),
    ...(steps == null ? {} : { steps: inner(steps) }),
    ...(step.catch == null ? {} : { catch: inner(step.catch) }),
  };
}

function retryOf(given: StepInput['retry']): RetryPolicy | null {
  if (given == null) return null;
  return {
    max: given.maxRetries ?? noFlowRetry.max,
    delayMs: given.delay ?? noFlowRetry.delayMs,
    backoff: given.backoff ?? noFlowRetry.backoff,
    maxDelayMs: given.maxDelay ?? Math.max(noFlowRetry.maxDelayMs, given.delay ?? 0),
    jitter: given.jitter ?? noFlowRetry.jitter,
    ...(given.on == null ? {} : { on: [...new Set(given.on)].sort((a, b) => a - b) }),
  };
}

const moments = ['at', 'startAt', 'endAt'] as const;

/** The schedule of a flow, as its own service reads it, and the place of its trigger; null: it has none. */
export function scheduleOf({ triggers }: FlowSpec): { readonly input: OwnScheduleInput; readonly place: number } | null {
  const place = triggers.findIndex(({ type }) => type === 'SCHEDULE');
  const trigger = triggers[place];
  if (trigger?.type !== 'SCHEDULE') return null;
  const input: Record<string, unknown> = { ...trigger.schedule };
  for (const moment of moments) if (typeof input[moment] === 'string') input[moment] = new Date(input[moment]);
  return { input: input, place };
}

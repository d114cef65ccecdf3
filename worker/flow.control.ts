import type { Json, PlanStep } from '#plan/plan';
import type { ControlKind } from '#plan/flow-kinds';
import type { RunError, StepWrite } from '#domain/run/run.write';
import { isObject } from './chain.commands.js';
import { argsOf, guardOf, innerScope, sharedScope } from './flow.context.js';
import { countStep, type Ending, FlowLimit, type FlowState, next, type Place, type Waiting } from './flow.state.js';
import { StepError } from './steps/step.js';

type ControlStep = PlanStep & { readonly kind: ControlKind };

/** How the steps within one ended, and what it comes to where they are done. */
interface Within {
  readonly ending: Ending;
  readonly output: Json;
  /** What whoever goes on with it needs. */
  readonly left?: { readonly [name: string]: Json };
}

/** Executes a step that has others within: a branch, a loop, or what catches failures. */
export async function executeControl(state: FlowState, step: ControlStep, path: string, place: Place): Promise<Ending> {
  const { recorder, stored } = state.execution;
  const { clock } = state.parts.platform;
  const earlier = stored.get(path);
  if (earlier === undefined) countStep(state);
  const startedAt = earlier?.startedAt ?? clock.now();
  const ordinal = earlier?.ordinal ?? state.placed++;
  const record = (
    status: StepWrite['status'],
    change: { readonly output?: Json; readonly error?: RunError | null; readonly wait?: Json },
  ) => {
    const open = status === 'RUNNING' || status === 'WAITING';
    const finishedAt = open ? null : clock.now();
    const { error = null, output, wait } = change;
    const told = error === null ? null : { code: error.code, message: error.message };
    recorder.step({
      path,
      ordinal,
      kind: step.kind,
      name: step.name,
      status,
      output,
      error,
      attempts: [{ number: 1, startedAt: startedAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null, error: told }],
      startedAt,
      finishedAt,
      versionId: null,
      ...(wait === undefined ? {} : { wait }),
    });
    if (!open) recorder.event('STEP_FINISHED', path, { attempt: 1, status });
  };
  if (earlier === undefined) {
    recorder.event('STEP_STARTED', path, { attempt: 1 });
    record('RUNNING', {});
  }
  const { ending, output, left = {} } = await within(state, step, path, place, { startedAt, left: earlier?.wait ?? null, record });
  switch (ending.kind) {
    case 'next':
      // Something beside it has ended: it was not done to its end.
      if (place.halted()) return next;
      place.scope.actions[step.id] = { output, status: 'SUCCEEDED' };
      record('SUCCEEDED', { output });
      return next;
    case 'waits': {
      const [first] = ending.waits;
      record('WAITING', {
        wait: { kind: first?.kind ?? 'DELAY', until: first?.until?.toISOString() ?? null, detail: first?.detail ?? '', ...left },
      });
      return ending;
    }
    case 'failed':
      record(ending.timedOut ? 'TIMED_OUT' : 'FAILED', { error: ending.error });
      return ending;
    case 'over':
    case 'canceled':
    case 'stopped':
      // Written with the end of the run.
      if (ending.kind === 'over') record('SUCCEEDED', { output: null });
      return ending;
  }
}

interface Begun {
  readonly startedAt: Date;
  readonly left: Json;
  readonly record: (status: 'RUNNING', change: { readonly wait: Json }) => void;
}

function within(state: FlowState, step: ControlStep, path: string, place: Place, begun: Begun): Promise<Within> {
  switch (step.kind) {
    case 'branch':
      return branch(state, step, path, place, begun);
    case 'tryCatch':
      return tryCatch(state, step, path, place);
    case 'forEach':
      return forEach(state, step, path, place, begun);
  }
}

async function branch(state: FlowState, { ways = [] }: PlanStep, path: string, place: Place, { left, record }: Begun): Promise<Within> {
  const known = isObject(left) ? left['way'] : undefined;
  const way = ways.find((one) => (known === undefined ? guardOf(one.guard, place.scope, state.now()).met : one.id === known));
  if (way === undefined) return { ending: next, output: { way: null } };
  // Kept, so that it is gone to its end, whatever its steps change.
  if (known === undefined) record('RUNNING', { wait: { way: way.id } });
  const ending = await state.sequence(way.steps, `${path}.${way.id}/`, place);
  return { ending, output: { way: way.id }, left: { way: way.id } };
}

async function tryCatch(state: FlowState, step: PlanStep, path: string, place: Place): Promise<Within> {
  const tried = await state.sequence(step.steps ?? [], `${path}.try/`, place);
  if (tried.kind !== 'failed' || tried.limit) return { ending: tried, output: { failed: false } };
  const { code, message, detail } = tried.error;
  const scope = sharedScope(place.scope, { error: { code, message, detail } });
  const ending = await state.sequence(step.catch ?? [], `${path}.catch/`, { ...place, scope });
  return { ending, output: { failed: true } };
}

async function forEach(state: FlowState, step: PlanStep, path: string, place: Place, { startedAt }: Begun): Promise<Within> {
  // As it was at first: whoever goes on gets the same list.
  const { items, parallel } = argsOf(step, place.scope, startedAt, state.redactor);
  const list = Array.isArray(items) ? (items as readonly Json[]) : [];
  const { steps: most } = state.parts.platform.config.run;
  if (list.length > most)
    throw new FlowLimit({
      code: 'TOO_MANY_STEPS',
      message: `items: a run executes at most ${most} steps, and this list has ${list.length} items.`,
      retryable: false,
    });
  const steps = step.steps ?? [];
  const last = steps.at(-1)?.id ?? '';
  const outputs: Json[] = list.map(() => null);
  const waits: Waiting[] = [];
  const over: { ending?: Ending } = {};
  let index = 0;
  const halted = (): boolean => over.ending !== undefined || place.halted();

  /** Goes through items until one waits, or something ends. */
  async function lane(): Promise<void> {
    while (index < list.length && !halted()) {
      const nth = index++;
      const scope = innerScope(place.scope, { item: list[nth] ?? null, index: nth });
      const ending = await state.sequence(steps, `${path}[${nth}]/`, { scope, halted });
      if (ending.kind === 'waits') {
        waits.push(...ending.waits);
        return;
      }
      if (ending.kind !== 'next') {
        over.ending ??= ending;
        return;
      }
      const made = scope.actions[last];
      outputs[nth] = isObject(made as Json) ? ((made as { readonly output: Json }).output ?? null) : null;
    }
  }

  const lanes = typeof parallel === 'number' ? parallel : 1;
  const settled = await Promise.allSettled(Array.from({ length: Math.min(lanes, list.length) }, () => lane()));
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  const ending: Ending = over.ending ?? (waits.length > 0 ? { kind: 'waits', waits } : next);
  if (ending.kind === 'next') checkOutput(state, outputs);
  return { ending, output: outputs };
}

/** The list of what the items came to is an output like any other. */
function checkOutput(state: FlowState, outputs: readonly Json[]): void {
  const most = state.parts.platform.config.run.stepOutputBytes;
  const bytes = Buffer.byteLength(JSON.stringify(outputs));
  if (bytes > most)
    throw new StepError({
      code: 'OUTPUT_TOO_LARGE',
      message: `The output of a step has at most ${most} bytes; this one has ${bytes}.`,
      retryable: false,
    });
}

import type { Json, PlanStep } from '#plan/plan';
import type { RunError, StoredStep } from '#domain/run/run.write';
import { isObject } from './chain.commands.js';
import { checkpoint } from './endings.js';
import { argsOf, guardOf } from './flow.context.js';
import { executeControl } from './flow.control.js';
import {
  countStep,
  type Ending,
  FlowLimit,
  type FlowState,
  next,
  nextPlace,
  outputCounter,
  type Place,
  type Waiting,
} from './flow.state.js';
import { executeStep } from './step-runner.js';
import { noRecording } from './stand-in.js';
import { StepError } from './steps/step.js';

/** Codes of failures of a step that are the end of its run, whatever catches others. */
const uncaught: ReadonlySet<string> = new Set(['RUN_TOO_LARGE', noRecording]);

/** Of pure steps, so many are executed before others have their turn in this process. */
const mostAtOnce = 50;
/** What is recorded of pure steps is written when there is so much of it, at the latest. */
const mostUnwritten = { steps: 200, bytes: 1_000_000 };

/** Executes steps one after the other. */
export async function executeSequence(state: FlowState, steps: readonly PlanStep[], prefix: string, place: Place): Promise<Ending> {
  for (const step of steps) {
    const ending = await executeOne(state, step, prefix + step.id, place);
    if (ending.kind !== 'next') return ending;
  }
  return next;
}

async function executeOne(state: FlowState, step: PlanStep, path: string, place: Place): Promise<Ending> {
  const { hold, stored } = state.execution;
  const earlier = stored.get(path);
  const ended = earlier === undefined ? null : endingOf(state, step, earlier, place);
  if (ended !== null) return ended;
  if (place.halted()) return next;
  if (hold.signal.aborted) return { kind: 'stopped', reason: hold.reason() ?? 'LOST' };
  try {
    if (earlier === undefined && step.guard !== undefined && !(await passes(state, step, path, place))) return next;
    if (step.kind === 'branch' || step.kind === 'forEach' || step.kind === 'tryCatch')
      return dropped(state, step, place, await executeControl(state, { ...step, kind: step.kind }, path, place));
    return await executeLeaf(state, step, path, place, earlier);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return dropped(state, step, place, recordFailure(state, step, path, error));
  }
}

/** How a step ended that is not to be executed again; null: it is. */
function endingOf(state: FlowState, step: PlanStep, earlier: StoredStep, place: Place): Ending | null {
  const { status, output, wait, path } = earlier;
  switch (status) {
    case 'SUCCEEDED':
      place.scope.actions[step.id] = { output, status };
      return next;
    case 'SKIPPED':
      return isObject(wait) && wait['stops'] === true ? { kind: 'over', stoppedBy: path } : next;
    case 'FAILED':
    case 'TIMED_OUT':
      return dropped(state, step, place, { kind: 'failed', error: errorOf(earlier), timedOut: status === 'TIMED_OUT', limit: false });
    case 'CANCELED':
      return { kind: 'canceled', error: errorOf(earlier) };
    case 'RUNNING':
    case 'RETRYING':
    case 'WAITING':
      return null;
  }
}

const errorOf = ({ errorCode, errorMessage, errorDetail }: StoredStep): RunError => ({
  code: errorCode ?? 'UNKNOWN',
  message: errorMessage ?? '',
  detail: errorDetail,
});

/** A failure that its step says not to mind. */
function dropped(state: FlowState, step: PlanStep, { scope }: Place, ending: Ending): Ending {
  if (ending.kind !== 'failed' || ending.limit || step.onError === 'FAIL') return ending;
  state.dropped = true;
  const { code, message } = ending.error;
  scope.actions[step.id] = { output: null, status: 'FAILED', error: { code, message } };
  return next;
}

/** Whether the conditions of a step hold; where they do not, that is recorded. */
async function passes(state: FlowState, step: PlanStep, path: string, { scope }: Place): Promise<boolean> {
  const { recorder, hold } = state.execution;
  const { met, tried } = guardOf(step.guard ?? [], scope, state.now());
  if (met) return true;
  const now = state.parts.platform.clock.now();
  const { kind, name } = step;
  const base = { path, ordinal: nextPlace(state), kind, name, output: undefined, error: null, attempts: [], versionId: null };
  recorder.step({ ...base, status: 'SKIPPED', startedAt: now, finishedAt: now });
  const last = tried.at(-1);
  const condition = last === undefined ? null : ({ ...last, field: last.field } as unknown as Json);
  recorder.event('STEP_FINISHED', path, state.redactor.json({ status: 'SKIPPED', condition }));
  await afterStep(state, hold.signal.aborted);
  return false;
}

/** A step that could not even begin: its conditions, or what the run may use, are at fault. */
export function recordFailure(state: FlowState, step: PlanStep, path: string, thrown: StepError): Ending {
  const { code, message, line, column } = thrown;
  const { recorder, stored } = state.execution;
  const clean = state.redactor.text(message);
  const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  const error: RunError = { code, message: clean, detail: { step: path, ...place } };
  const now = state.parts.platform.clock.now();
  const earlier = stored.get(path);
  const attempt = { number: 1, startedAt: now.toISOString(), finishedAt: now.toISOString(), error: { code, message: clean, ...place } };
  recorder.step({
    path,
    ordinal: earlier?.ordinal ?? state.placed++,
    kind: step.kind,
    name: step.name,
    status: 'FAILED',
    output: undefined,
    error,
    attempts: [attempt],
    startedAt: earlier?.startedAt ?? now,
    finishedAt: now,
    versionId: null,
  });
  recorder.event('STEP_FINISHED', path, { attempt: 1, status: 'FAILED' });
  return { kind: 'failed', error, timedOut: false, limit: thrown instanceof FlowLimit };
}

async function executeLeaf(state: FlowState, step: PlanStep, path: string, place: Place, earlier: StoredStep | undefined): Promise<Ending> {
  const { parts, execution, redactor, viewer, now } = state;
  const { hold, recorder, input } = execution;
  const { platform, sandbox, outside } = parts;
  const due = earlier?.status === 'RETRYING' ? untilOf(earlier.wait) : null;
  if (due !== null && due > now()) return { kind: 'waits', waits: [retryWait(path, due, earlier)] };
  if (earlier === undefined) countStep(state);
  const outcome = await executeStep({
    platform,
    sandbox,
    outside,
    hold,
    recorder,
    step: { ...step, id: path },
    ordinal: earlier?.ordinal ?? nextPlace(state),
    input,
    earlier,
    flow: {
      args: () => argsOf(step, place.scope, now(), redactor),
      redactor,
      viewer,
      now,
      grow: outputCounter(state),
    },
    standIn: execution.standIn,
  });
  switch (outcome.kind) {
    case 'done':
      place.scope.actions[step.id] = { output: outcome.output, status: 'SUCCEEDED' };
      // What called others is on record; of what did nothing outside nothing is lost that is not made again.
      await afterStep(state, outcome.called);
      return next;
    case 'nothing':
      await afterStep(state, false);
      return outcome.stops ? { kind: 'over', stoppedBy: path } : next;
    case 'stopped':
      return outcome;
    case 'canceled':
      return outcome;
    case 'paused':
      return { kind: 'waits', waits: [{ kind: 'PAUSED', until: null, detail: outcome.detail, pauseId: outcome.pauseId }] };
    case 'waits': {
      const { kind, until, detail } = outcome.wait;
      return { kind: 'waits', waits: [{ kind, until: until === null ? null : new Date(until), detail }] };
    }
    case 'retry': {
      const until = new Date(now().getTime() + outcome.delayMs);
      const { error, nextAttempt } = outcome;
      return { kind: 'waits', waits: [{ kind: 'RETRY', until, detail: `Attempt ${nextAttempt} of step ${path}`, error }] };
    }
    case 'failed':
      await afterStep(state, false);
      return dropped(state, step, place, {
        kind: 'failed',
        error: outcome.error,
        timedOut: outcome.timedOut,
        limit: uncaught.has(outcome.error.code),
      });
  }
}

function untilOf(wait: Json): Date | null {
  const until = isObject(wait) ? wait['until'] : undefined;
  return typeof until === 'string' ? new Date(until) : null;
}

const retryWait = (path: string, until: Date, earlier: StoredStep | undefined): Waiting => ({
  kind: 'RETRY',
  until,
  detail: `The next attempt of step ${path}`,
  ...(earlier === undefined ? {} : { error: errorOf(earlier) }),
});

/** Writes what was recorded when it must be kept, or is much; and lets others have their turn now and then. */
export async function afterStep(state: FlowState, must: boolean): Promise<void> {
  const { hold, recorder } = state.execution;
  const { unwritten } = state;
  unwritten.steps += 1;
  if (must || unwritten.steps >= mostUnwritten.steps || unwritten.bytes >= mostUnwritten.bytes) {
    state.unwritten = { steps: 0, bytes: 0 };
    await checkpoint(recorder, hold);
  } else if (unwritten.steps % mostAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
}

import { storableText } from '#platform/json';
import type { Platform } from '#platform/platform';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { Json, PlanStep } from '#plan/plan';
import { closeLostAttempts, countedAttempts, retryDelayMs } from '#domain/run/run.engine';
import type { RunError, StepAttempt, StoredStep, StepWrite } from '#domain/run/run.write';
import type { Viewer } from '#domain/tenant/viewer';
import { isObject } from './chain.commands.js';
import type { Hold, StopReason } from './holds.js';
import type { Recorder } from './recorder.js';
import type { Builds } from './builds.js';
import { createCalls } from './calls.js';
import type { Connections } from './connections.js';
import type { Ledger } from './ledger.js';
import { createRedactor, type Redactor } from './redactor.js';
import { type Attempt, attemptStep, isOpen, type StepChange, waitJson } from './step-attempt.js';
import type { StandIn } from './stand-in.js';
import { type ChainLink, type FlowLink, StepCancels, StepError, StepNothing, StepPaused, type StepWait, StepWaits } from './steps/step.js';
import type { Tokens } from './tokens.js';

export type StepOutcome =
  /** `called`: it may have done something outside. */
  | { readonly kind: 'done'; readonly output: Json; readonly called: boolean }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly nextAttempt: number; readonly error: RunError }
  | { readonly kind: 'paused'; readonly pauseId: string; readonly detail: string }
  /** Of flows. */
  | { readonly kind: 'waits'; readonly wait: StepWait }
  | { readonly kind: 'nothing'; readonly stops: boolean }
  | { readonly kind: 'canceled'; readonly error: RunError }
  | { readonly kind: 'failed'; readonly timedOut: boolean; readonly error: RunError }
  | { readonly kind: 'stopped'; readonly reason: StopReason };

export interface StepWork {
  readonly platform: Platform;
  readonly sandbox: Sandbox;
  readonly outside: Outside;
  readonly hold: Hold;
  readonly recorder: Recorder;
  readonly step: PlanStep;
  readonly ordinal: number;
  /** What the payload template made of the run's input, or the input. */
  readonly input: Json;
  /** What an earlier worker left of it. */
  readonly earlier: StoredStep | undefined;
  /** How it is called in a chain; absent: it is none's. */
  readonly link?: ChainLink;
  /** What a flow knows of it; absent: it is no flow's. */
  readonly flow?: FlowWork;
  /** In a run that is tried out, or done again. */
  readonly standIn?: StandIn | undefined;
}

export interface FlowWork extends Pick<FlowLink, 'now'> {
  /** Arguments, anew for each attempt. Throws StepError. */
  args(): PlanStep['args'];
  /** Of all steps of the run, so that what one of them learns of secrets is known to the others. */
  readonly redactor: Redactor;
  readonly viewer: Viewer;
  /** Throws StepError when the outputs of the run become too large. */
  grow(bytes: number): void;
}

/** What the steps of all runs of a worker call others with. */
export interface Outside {
  readonly connections: Connections;
  readonly ledger: Ledger;
  readonly tokens: Tokens;
  readonly builds: Builds;
}

const stopErrors: Record<Exclude<StopReason, 'LOST'>, { readonly code: string; readonly message: string }> = {
  CANCELED: { code: 'CANCELED', message: 'The run was cancelled.' },
  TIMED_OUT: { code: 'TIMED_OUT', message: 'The time of the run is over.' },
  HANDED_OVER: { code: 'HANDED_OVER', message: 'The worker was stopped; another one goes on.' },
};

/** Characters of an error message that are kept, with each of the attempts that it failed: user code and remote servers write it. */
const mostMessage = 2_001;

/** One attempt of a step: executes it, records how it went, and says what follows. */
export async function executeStep(work: StepWork): Promise<StepOutcome> {
  const { platform, hold, recorder, step, earlier } = work;
  const { clock } = platform;
  const begun = clock.now();
  // The attempt that began to wait is the one that goes on.
  const waiting = earlier?.status === 'WAITING' ? earlier.attempts.at(-1) : undefined;
  const attempts = closeLostAttempts((waiting === undefined ? earlier?.attempts : earlier?.attempts.slice(0, -1)) ?? [], begun);
  const attempt: StepAttempt = waiting ?? {
    number: attempts.length + 1,
    startedAt: begun.toISOString(),
    finishedAt: null,
    error: null,
  };
  const startedAt = earlier?.startedAt ?? begun;
  const given: Attempt['given'] = { argsHash: earlier?.argsHash ?? null };
  const made = (status: StepWrite['status'], change: StepChange): StepWrite => ({
    path: step.id,
    ordinal: work.ordinal,
    kind: step.kind,
    name: step.name,
    status,
    output: change.output,
    error: change.error ?? null,
    attempts: [...attempts, change.attempt],
    startedAt,
    finishedAt: isOpen(status) ? null : clock.now(),
    versionId: typeof step.args['version'] === 'string' ? step.args['version'] : null,
    ...(change.wait === undefined ? {} : { wait: change.wait }),
    ...(given.argsHash === null ? {} : { argsHash: given.argsHash }),
  });
  const record = (status: StepWrite['status'], change: StepChange): void => recorder.step(made(status, change));
  const ended = (error: StepAttempt['error']): StepAttempt => ({ ...attempt, finishedAt: clock.now().toISOString(), error });
  const finishedEvent = (status: StepWrite['status']): void =>
    recorder.event('STEP_FINISHED', step.id, { attempt: attempt.number, status });

  if (waiting === undefined) {
    recorder.attempt(countedAttempts(attempts) + 1);
    recorder.event('STEP_STARTED', step.id, { attempt: attempt.number });
    record('RUNNING', { attempt, ...leftBy(earlier) });
  }
  const redactor = work.flow?.redactor ?? createRedactor();
  const calls =
    work.standIn?.calls?.({ path: step.id, redactor }) ??
    createCalls({ ...work.outside, platform, hold, recorder, path: step.id, attempt: attempt.number, redactor });
  const progress = { left: leftBy(earlier).wait ?? null };
  try {
    const { output, committed } = await attemptStep(work, { attempt, calls, redactor, progress, given, made, ended });
    if (!committed) {
      record('SUCCEEDED', { output, attempt: ended(null) });
      finishedEvent('SUCCEEDED');
    }
    return { kind: 'done', output, called: calls.called() };
  } catch (thrown) {
    const reason = hold.reason();
    if (reason === 'LOST') return { kind: 'stopped', reason };
    // What began to wait before the worker was to stop goes on waiting: begun anew it would ask, or start a run, once more.
    if (thrown instanceof StepWaits && (reason === null || reason === 'HANDED_OVER')) {
      const goesOn = waiting !== undefined && (thrown.wait as unknown) === earlier?.wait;
      if (!thrown.committed && !goesOn) record('WAITING', { attempt, wait: waitJson(thrown.wait) });
      return { kind: 'waits', wait: thrown.wait };
    }
    if (reason !== null) {
      // What waits goes on waiting, wherever it is executed.
      if (reason === 'HANDED_OVER' && waiting !== undefined) return { kind: 'stopped', reason };
      const error = { ...stopErrors[reason], detail: null };
      const status = reason === 'HANDED_OVER' ? 'RETRYING' : reason;
      const left = reason === 'HANDED_OVER' && progress.left !== null ? { wait: { left: progress.left } } : {};
      record(status, { error, attempt: ended(stopErrors[reason]), ...left });
      if (reason !== 'HANDED_OVER') finishedEvent(status);
      return { kind: 'stopped', reason };
    }
    if (thrown instanceof StepPaused) {
      const error = { code: 'PAUSED', message: thrown.message };
      record('RETRYING', { error: { ...error, detail: null }, attempt: ended(error) });
      return { kind: 'paused', pauseId: thrown.pauseId, detail: thrown.message };
    }
    if (thrown instanceof StepNothing) {
      record('SKIPPED', { attempt: ended(null), ...(thrown.stops ? { wait: { stops: true } } : {}) });
      finishedEvent('SKIPPED');
      return { kind: 'nothing', stops: thrown.stops };
    }
    if (thrown instanceof StepCancels) {
      const { code, message } = thrown;
      const error = { code, message, detail: { step: step.id } };
      record('CANCELED', { error, attempt: ended({ code, message }) });
      finishedEvent('CANCELED');
      return { kind: 'canceled', error };
    }
    return failed(work, thrown, { attempts, ended, record, redactor, progress });
  }
}

/** How far a step had come when it was interrupted. */
function leftBy(earlier: StoredStep | undefined): { readonly wait?: Json } {
  if (earlier === undefined || earlier.wait === null) return {};
  const { wait } = earlier;
  const kept = earlier.status === 'WAITING' ? 'progress' : earlier.status === 'RETRYING' ? 'left' : null;
  const left = kept === null ? wait : isObject(wait) ? (wait[kept] ?? null) : null;
  return left === null ? {} : { wait: left };
}

interface Failing {
  readonly redactor: Redactor;
  readonly attempts: readonly StepAttempt[];
  readonly ended: (error: StepAttempt['error']) => StepAttempt;
  readonly record: (status: StepWrite['status'], change: StepChange) => void;
  readonly progress: { readonly left: Json };
}

function failed(work: StepWork, thrown: unknown, { attempts, ended, record, redactor, progress }: Failing): StepOutcome {
  const { platform, recorder, step, hold } = work;
  if (!(thrown instanceof StepError)) {
    const fault = redactor.text(thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown);
    platform.log.error({ fault, runId: hold.run.id, step: step.id }, 'a step failed by a fault of ours');
  }
  const failure =
    thrown instanceof StepError
      ? thrown
      : new StepError({ code: 'INTERNAL', message: 'The step failed by a fault of the server.', retryable: true });
  const place = {
    ...(failure.line === undefined ? {} : { line: failure.line }),
    ...(failure.column === undefined ? {} : { column: failure.column }),
  };
  const message = redactor.cut(storableText(failure.message)).slice(0, mostMessage).toWellFormed();
  const error: RunError = { code: failure.code, message, detail: { step: step.id, ...place } };
  const attempt = ended({ code: failure.code, message, ...place });
  const timedOut = failure.code === 'TIMEOUT';
  const failures = countedAttempts(attempts) + 1;
  const shortestMs = failure.retryable ? retryDelayMs(step.retry, failures, Math.random()) : null;
  if (shortestMs !== null) {
    const delayMs = Math.max(shortestMs, failure.retryAfterMs);
    const until = new Date((work.flow?.now() ?? platform.clock.now()).getTime() + delayMs).toISOString();
    const left = progress.left === null ? {} : { left: progress.left };
    record('RETRYING', { error, attempt, wait: { kind: 'RETRY', until, ...left } });
    recorder.event('STEP_RETRYING', step.id, { attempt: attempt.number, delayMs });
    return { kind: 'retry', delayMs, nextAttempt: failures + 1, error };
  }
  const status = timedOut ? 'TIMED_OUT' : 'FAILED';
  record(status, { error, attempt });
  recorder.event('STEP_FINISHED', step.id, { attempt: attempt.number, status });
  return { kind: 'failed', timedOut, error };
}

import { jsonProblem, storableText } from '#platform/json';
import type { Platform } from '#platform/platform';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { Json, PlanStep } from '#plan/plan';
import { closeLostAttempts, countedAttempts, retryDelayMs } from '#domain/run/run.engine';
import type { RunError, StepAttempt, StoredStep, StepWrite } from '#domain/run/run.write';
import type { Hold, StopReason } from './holds.js';
import type { Recorder } from './recorder.js';
import type { Builds } from './builds.js';
import { type Calls, createCalls } from './calls.js';
import type { Connections } from './connections.js';
import type { Ledger } from './ledger.js';
import { createRedactor, type Redactor } from './redactor.js';
import { stepImplementations } from './steps/index.js';
import { type ChainLink, StepError, StepPaused } from './steps/step.js';
import type { Tokens } from './tokens.js';

export type StepOutcome =
  /** `called`: it may have done something outside. */
  | { readonly kind: 'done'; readonly output: Json; readonly called: boolean }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly nextAttempt: number; readonly error: RunError }
  | { readonly kind: 'paused'; readonly pauseId: string; readonly detail: string }
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
  const attempts = closeLostAttempts(earlier?.attempts ?? [], begun);
  const attempt: StepAttempt = { number: attempts.length + 1, startedAt: begun.toISOString(), finishedAt: null, error: null };
  const startedAt = earlier?.startedAt ?? begun;
  const record = (
    status: StepWrite['status'],
    change: { readonly output?: Json; readonly error?: RunError; readonly attempt: StepAttempt },
  ): void => {
    const open = status === 'RUNNING' || status === 'RETRYING';
    recorder.step({
      path: step.id,
      ordinal: work.ordinal,
      kind: step.kind,
      name: step.name,
      status,
      output: change.output,
      error: change.error ?? null,
      attempts: [...attempts, change.attempt],
      startedAt,
      finishedAt: open ? null : clock.now(),
      versionId: typeof step.args['version'] === 'string' ? step.args['version'] : null,
    });
  };
  const ended = (error: StepAttempt['error']): StepAttempt => ({ ...attempt, finishedAt: clock.now().toISOString(), error });

  recorder.attempt(countedAttempts(attempts) + 1);
  recorder.event('STEP_STARTED', step.id, { attempt: attempt.number });
  record('RUNNING', { attempt });
  const redactor = createRedactor();
  const calls = createCalls({ ...work.outside, platform, hold, recorder, path: step.id, attempt: attempt.number, redactor });
  try {
    const output = await execute(work, { attempt: attempt.number, calls, redactor });
    record('SUCCEEDED', { output, attempt: ended(null) });
    recorder.event('STEP_FINISHED', step.id, { attempt: attempt.number, status: 'SUCCEEDED' });
    return { kind: 'done', output, called: calls.called() };
  } catch (thrown) {
    const reason = hold.reason();
    if (reason === 'LOST') return { kind: 'stopped', reason };
    if (reason !== null) {
      const error = { ...stopErrors[reason], detail: null };
      const status = reason === 'HANDED_OVER' ? 'RETRYING' : reason;
      record(status, { error, attempt: ended(stopErrors[reason]) });
      if (reason !== 'HANDED_OVER') recorder.event('STEP_FINISHED', step.id, { attempt: attempt.number, status });
      return { kind: 'stopped', reason };
    }
    if (thrown instanceof StepPaused) {
      const error = { code: 'PAUSED', message: thrown.message };
      record('RETRYING', { error: { ...error, detail: null }, attempt: ended(error) });
      return { kind: 'paused', pauseId: thrown.pauseId, detail: thrown.message };
    }
    return failed(work, thrown, { attempts, ended, record, redactor });
  }
}

interface Failing {
  readonly redactor: Redactor;
  readonly attempts: readonly StepAttempt[];
  readonly ended: (error: StepAttempt['error']) => StepAttempt;
  readonly record: (status: StepWrite['status'], change: { readonly error: RunError; readonly attempt: StepAttempt }) => void;
}

function failed(work: StepWork, thrown: unknown, { attempts, ended, record, redactor }: Failing): StepOutcome {
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
    record('RETRYING', { error, attempt });
    recorder.event('STEP_RETRYING', step.id, { attempt: attempt.number, delayMs });
    return { kind: 'retry', delayMs, nextAttempt: failures + 1, error };
  }
  const status = timedOut ? 'TIMED_OUT' : 'FAILED';
  record(status, { error, attempt });
  recorder.event('STEP_FINISHED', step.id, { attempt: attempt.number, status });
  return { kind: 'failed', timedOut, error };
}

interface Attempt {
  readonly attempt: number;
  readonly calls: Calls;
  readonly redactor: Redactor;
}

async function execute(work: StepWork, { attempt, calls, redactor }: Attempt): Promise<Json> {
  const { platform, hold, recorder, step, sandbox, outside } = work;
  const { run } = hold;
  const implementation = stepImplementations[step.kind];
  if (implementation === undefined)
    throw new StepError({ code: 'UNKNOWN_STEP_KIND', message: `This worker does not know the step kind ${step.kind}.`, retryable: true });
  const raw = await implementation.execute({
    runId: run.id,
    workspaceId: run.workspaceId,
    automationId: run.automationId,
    path: step.id,
    attempt,
    args: step.args,
    input: work.input,
    retry: step.retry,
    signal: hold.signal,
    timeoutMs: step.timeoutMs,
    log: (level, message) => recorder.event('LOG', step.id, { level, message: redactor.cut(storableText(message)) }),
    sandbox,
    clock: platform.clock,
    calls,
    connections: outside.connections,
    tokens: outside.tokens,
    builds: outside.builds,
    link: work.link ?? null,
    redactor,
  });
  const { stepOutputBytes: most, jsonDepth } = platform.config.run;
  const problem = jsonProblem(raw, jsonDepth);
  if (problem !== null)
    throw new StepError({ code: `OUTPUT_${problem.code}`, message: `The output cannot be stored. ${problem.message}`, retryable: false });
  const output = redactor.json(raw);
  const bytes = Buffer.byteLength(JSON.stringify(output));
  if (bytes > most)
    throw new StepError({
      code: 'OUTPUT_TOO_LARGE',
      message: `The output of a step has at most ${most} bytes; this one has ${bytes}.`,
      retryable: false,
    });
  return output;
}

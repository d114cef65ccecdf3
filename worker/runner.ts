import type { FinalStatus } from '#domain/run/run.status';
import type { Platform } from '#platform/platform';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { Json, Plan } from '#plan/plan';
import type { ClaimedRun } from '#domain/run/run.claim';
import { type RunError, readStoredSteps, type StoredStep } from '#domain/run/run.write';
import type { Hold, Holds, StopReason } from './holds.js';
import type { Plans } from './plans.js';
import { createRecorder, type Recorder } from './recorder.js';
import { databaseFailure } from '#platform/db/failure';
import { knownPayload, makePayload } from './payload.js';
import { untilAnswered } from './until-answered.js';
import { executeStep } from './step-runner.js';
import type { RunWriter } from './writer.js';

export interface RunnerParts {
  readonly platform: Platform;
  readonly holds: Holds;
  readonly plans: Plans;
  readonly writer: RunWriter;
  readonly sandbox: Sandbox;
  /** A wait of this length was written: the ticker need not find it by itself. */
  readonly waiting: (ms: number) => void;
  /** Called when all steps are done and only the end of the run is still to be written. */
  readonly ends: () => void;
}

const maxTimeoutMs = 2_147_483_647;

/** Executes a claimed run from where its steps stand to its next wait or its end. Never rejects. */
export async function executeRun(parts: RunnerParts, run: ClaimedRun): Promise<void> {
  const { platform, holds, writer } = parts;
  const hold = holds.add(run);
  const recorder = createRecorder(run, writer, platform.clock.now, (error) => {
    if (error !== null) platform.log.error({ err: error, runId: run.id }, 'a checkpoint could not be written');
    hold.stop('LOST');
  });
  platform.metrics.runQueueTime.observe((run.claimedAt.getTime() - run.queuedAt.getTime()) / 1_000);
  let budget: NodeJS.Timeout | undefined;
  try {
    const plan = await untilAnswered(platform, hold.signal, () => parts.plans.get(run.planHash));
    const leftMs = (plan.budgetMs ?? platform.config.run.budgetMs) - (run.claimedAt.getTime() - run.startedAt.getTime());
    const deadline = platform.clock.elapsed() + leftMs;
    budget = setTimeout(() => hold.stop('TIMED_OUT'), Math.min(Math.max(leftMs, 0), maxTimeoutMs));
    const stored = run.epoch > 1 ? await untilAnswered(platform, hold.signal, () => readStoredSteps(platform.db.sql, run.id)) : [];
    const payload = knownPayload(plan, run) ?? (await resolvePayload(parts, hold, recorder, plan));
    if (payload === null) return;
    await executeSteps(parts, {
      hold,
      recorder,
      plan,
      input: payload.value,
      stored: new Map(stored.map((step) => [step.path, step])),
      deadline,
    });
  } catch (error) {
    platform.log.error({ err: error, runId: run.id }, 'a run could not be executed');
    // Where even that cannot be written, the lease expires and the run is tried elsewhere.
    if (databaseFailure(error) !== 'TRANSIENT')
      await recorder.abandon().catch((fault: unknown) => platform.log.error({ err: fault, runId: run.id }, 'a run could not be ended'));
  } finally {
    clearTimeout(budget);
    holds.remove(hold);
  }
}

/** Renders the payload and stores it before any step sees it: a repeat sends the same. Null: the run is over, or no longer ours. */
async function resolvePayload(
  { platform }: RunnerParts,
  hold: Hold,
  recorder: Recorder,
  plan: Plan,
): Promise<{ readonly value: Json } | null> {
  const made = await untilAnswered(platform, hold.signal, () => makePayload(platform, plan, hold.run));
  if ('error' in made) {
    await finish(recorder, 'FAILED', undefined, made.error);
    return null;
  }
  recorder.payload(made.value);
  await checkpoint(recorder, hold);
  if (!hold.signal.aborted) return made;
  await stop(recorder, hold.reason() ?? 'LOST');
  return null;
}

interface Execution {
  readonly hold: Hold;
  readonly recorder: Recorder;
  readonly plan: Plan;
  /** What the steps get. */
  readonly input: Json;
  readonly stored: ReadonlyMap<string, StoredStep>;
  readonly deadline: number;
}

async function executeSteps(parts: RunnerParts, execution: Execution): Promise<void> {
  const { hold, recorder, plan, input, stored, deadline } = execution;
  let output: Json = null;
  let dropped = false;
  for (const [ordinal, step] of plan.steps.entries()) {
    const earlier = stored.get(step.id);
    if (earlier?.status === 'SUCCEEDED') {
      output = earlier.output;
      continue;
    }
    const outcome = await executeStep({ platform: parts.platform, sandbox: parts.sandbox, hold, recorder, step, ordinal, input, earlier });
    switch (outcome.kind) {
      case 'done':
        output = outcome.output;
        if (ordinal < plan.steps.length - 1) await checkpoint(recorder, hold);
        break;
      case 'stopped':
        return stop(recorder, outcome.reason);
      case 'retry':
        if (parts.platform.clock.elapsed() + outcome.delayMs > deadline)
          return finish(recorder, 'TIMED_OUT', undefined, {
            code: 'TIMED_OUT',
            message: 'The next attempt would come after the time of the run is over.',
            detail: null,
          });
        recorder.event('RUN_WAITING', null);
        await recorder.change({
          status: 'WAITING',
          output: undefined,
          error: outcome.error,
          wait: { kind: 'RETRY', ms: outcome.delayMs, detail: `Attempt ${outcome.nextAttempt} of step ${step.id}` },
        });
        parts.waiting(outcome.delayMs);
        return;
      case 'failed':
        if (step.onError === 'FAIL') return finish(recorder, outcome.timedOut ? 'TIMED_OUT' : 'FAILED', undefined, outcome.error);
        dropped = true;
        break;
    }
    if (hold.signal.aborted) return stop(recorder, hold.reason() ?? 'LOST');
  }
  parts.ends();
  await finish(recorder, dropped ? 'PARTIAL' : 'SUCCEEDED', output, null);
}

async function checkpoint(recorder: Recorder, hold: Hold): Promise<void> {
  if ((await recorder.change({ status: 'RUNNING', output: undefined, error: null, wait: null })) === null) hold.stop('LOST');
}

async function finish(recorder: Recorder, status: FinalStatus, output: Json | undefined, error: RunError | null): Promise<void> {
  recorder.event('RUN_FINISHED', null);
  await recorder.change({ status, output, error, wait: null });
}

/** Ends a run that was stopped from outside in the way its reason asks for. */
async function stop(recorder: Recorder, reason: StopReason): Promise<void> {
  switch (reason) {
    case 'LOST':
      return;
    case 'CANCELED':
      return finish(recorder, 'CANCELED', undefined, { code: 'CANCELED', message: 'The run was cancelled.', detail: null });
    case 'TIMED_OUT':
      return finish(recorder, 'TIMED_OUT', undefined, { code: 'TIMED_OUT', message: 'The time of the run is over.', detail: null });
    case 'HANDED_OVER':
      recorder.event('RUN_QUEUED', null);
      await recorder.change({ status: 'QUEUED', output: undefined, error: null, wait: null });
  }
}

import type { Platform } from '#platform/platform';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { Json, Plan } from '#plan/plan';
import type { ClaimedRun } from '#domain/run/run.claim';
import { readStoredSteps, type StoredStep } from '#domain/run/run.write';
import { executeChain } from './chain.js';
import { executeFlow } from './flow.js';
import { checkpoint, finish, stop, wait } from './endings.js';
import type { Hold, Holds } from './holds.js';
import type { Plans } from './plans.js';
import { createRecorder, type Recorder } from './recorder.js';
import { databaseFailure } from '#platform/db/failure';
import { knownPayload, makePayload } from './payload.js';
import { recordingOf } from './replay.js';
import type { StandIn } from './stand-in.js';
import { untilAnswered } from './until-answered.js';
import { executeStep, type Outside } from './step-runner.js';
import type { RunWriter } from './writer.js';

export interface RunnerParts {
  readonly platform: Platform;
  readonly holds: Holds;
  readonly plans: Plans;
  readonly writer: RunWriter;
  readonly sandbox: Sandbox;
  readonly outside: Outside;
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
    // After the return from a redirect the time counts anew.
    // A flow may wait for days: without a time of its own, only what it does at one go is bounded.
    const since = plan.flow !== undefined && plan.budgetMs === null ? run.claimedAt : (run.resumedAt ?? run.startedAt);
    const leftMs = (plan.budgetMs ?? platform.config.run.budgetMs) - (run.claimedAt.getTime() - since.getTime());
    const deadline = platform.clock.elapsed() + leftMs;
    budget = setTimeout(() => hold.stop('TIMED_OUT'), Math.min(Math.max(leftMs, 0), maxTimeoutMs));
    const stored = run.epoch > 1 ? await untilAnswered(platform, hold.signal, () => readStoredSteps(platform.db.sql, run.id)) : [];
    const payload = knownPayload(plan, run) ?? (await resolvePayload(parts, hold, recorder, plan));
    if (payload === null) return;
    const standIn = await untilAnswered(platform, hold.signal, () => recordingOf(platform, run));
    const execution = { hold, recorder, plan, stored: new Map(stored.map((step) => [step.path, step])), deadline, standIn };
    const { chain, flow } = plan;
    if (flow !== undefined) await executeFlow(parts, { ...execution, input: payload.value });
    else if (chain === undefined) await executeSteps(parts, { ...execution, input: payload.value });
    else await executeChain(parts, { ...execution, chain, event: payload.value });
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
  readonly standIn: StandIn | undefined;
}

async function executeSteps(parts: RunnerParts, execution: Execution): Promise<void> {
  const { hold, recorder, plan, input, stored, deadline, standIn } = execution;
  let output: Json = null;
  let dropped = false;
  for (const [ordinal, step] of plan.steps.entries()) {
    const earlier = stored.get(step.id);
    if (earlier?.status === 'SUCCEEDED') {
      output = earlier.output;
      continue;
    }
    const { platform, sandbox, outside } = parts;
    const outcome = await executeStep({ platform, sandbox, outside, hold, recorder, step, ordinal, input, earlier, standIn });
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
        await wait(
          recorder,
          { kind: 'RETRY', ms: outcome.delayMs, detail: `Attempt ${outcome.nextAttempt} of step ${step.id}` },
          outcome.error,
        );
        parts.waiting(outcome.delayMs);
        return;
      case 'paused':
        await wait(recorder, { kind: 'PAUSED', ms: null, detail: outcome.detail, pauseId: outcome.pauseId });
        return;
      case 'waits':
      case 'nothing':
      case 'canceled':
        throw new Error('Only a step of a flow ends like this.');
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

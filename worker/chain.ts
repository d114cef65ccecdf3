import type { ChainPlan, Json, Plan, PlanStep } from '#plan/plan';
import type { AskedCommand, ChainOutput, Decision } from '#domain/run/run.decision';
import type { RunError, StoredStep } from '#domain/run/run.write';
import { type JsonObject, type LinkOutput, applyCommands, isObject } from './chain.commands.js';
import { checkpoint, finish, stop, timedOut, wait } from './endings.js';
import type { Hold } from './holds.js';
import type { Recorder } from './recorder.js';
import type { RunnerParts } from './runner.js';
import { type StepOutcome, executeStep } from './step-runner.js';

export interface ChainExecution {
  readonly hold: Hold;
  readonly recorder: Recorder;
  readonly plan: Plan;
  readonly chain: ChainPlan;
  /** As it was fired. */
  readonly event: Json;
  readonly stored: ReadonlyMap<string, StoredStep>;
  /** When the time of the whole chain is over. */
  readonly deadline: number;
}

/** What came back from a redirect, and for which step: see `run.resume.ts`. */
interface Return {
  readonly step: string;
  readonly event: Json;
}

/** The path of the second part of a step, which is called when the person is back. */
const resumed = (step: PlanStep): PlanStep => ({ ...step, id: `${step.id}/continue` });

/**
 * Executes the actions of a trigger point one after the other. What each of them commanded is its step's output, so that another worker
 * comes to the same event and the same result from the steps that are stored.
 */
export async function executeChain(parts: RunnerParts, execution: ChainExecution): Promise<void> {
  const { hold, recorder, plan, chain } = execution;
  const back = hold.run.resumeEvent as Return | null;
  let { event } = execution;
  const commands: AskedCommand[] = [];
  const output = (decision: Decision | null, step?: string): Json =>
    ({
      decision: decision === null ? null : { ...decision, ...(step === undefined ? {} : { step }) },
      commands,
    }) satisfies ChainOutput as unknown as Json;

  /** Executes one part of a step, unless it is stored. Null: the chain is over, or waits. */
  async function link(step: PlanStep, ordinal: number, handler: string, own: ChainPlan, given: Json): Promise<Decision | 'NEXT' | null> {
    const outcome = await linkOutcome(parts, execution, step, ordinal, { handler, chain: own, event: given });
    switch (outcome.kind) {
      case 'done': {
        const { commands: commanded } = outcome.output as unknown as LinkOutput;
        const applied = applyCommands(own, step.name, event, commanded);
        event = applied.event;
        commands.push(...applied.asked);
        return applied.decision ?? 'NEXT';
      }
      case 'stopped':
        await stop(recorder, outcome.reason, output(null));
        return null;
      case 'paused':
        await wait(recorder, { kind: 'PAUSED', ms: null, detail: outcome.detail, pauseId: outcome.pauseId });
        return null;
      case 'retry': {
        const { delayMs, nextAttempt, error } = outcome;
        if (parts.platform.clock.elapsed() + delayMs > execution.deadline) await finish(recorder, 'TIMED_OUT', output(null), timedOut);
        else {
          await wait(recorder, { kind: 'RETRY', ms: delayMs, detail: `Attempt ${nextAttempt} of step ${step.id}` }, error);
          parts.waiting(delayMs);
        }
        return null;
      }
      case 'waits':
      case 'nothing':
      case 'canceled':
        throw new Error('Only a step of a flow ends like this.');
      case 'failed':
        await (outcome.timedOut
          ? finish(recorder, 'TIMED_OUT', output(null), timedOut)
          : finish(recorder, 'PARTIAL', output(null), ofAction(outcome.error, step)));
        return null;
    }
  }

  for (const [ordinal, step] of plan.steps.entries()) {
    let decision = await link(step, ordinal, chain.handler, chain, event);
    if (decision === null) return;
    if (decision !== 'NEXT' && decision.kind === 'REDIRECT' && chain.resume !== null) {
      const second = resumed(step);
      const here = back?.step === step.id ? back : null;
      if (here === null && execution.stored.get(second.id)?.status !== 'SUCCEEDED')
        return redirect(parts, recorder, decision, output(decision, step.id));
      // There is one way back: who is back cannot be sent away again by the same action.
      const again = { ...chain, commands: chain.commands.filter(({ effect }) => effect !== 'REDIRECT') };
      decision = await link(second, ordinal, chain.resume, again, merged(event, here?.event ?? null));
      if (decision === null) return;
    }
    if (decision !== 'NEXT') {
      parts.ends();
      return finish(recorder, 'SUCCEEDED', output(decision), null);
    }
    if (hold.signal.aborted) return stop(recorder, hold.reason() ?? 'LOST', output(null));
  }
  parts.ends();
  await finish(recorder, 'SUCCEEDED', output({ kind: 'ALLOW', action: null, reason: null, url: null }), null);
}

async function linkOutcome(
  parts: RunnerParts,
  { hold, recorder, plan, stored, deadline }: ChainExecution,
  step: PlanStep,
  ordinal: number,
  call: { readonly handler: string; readonly chain: ChainPlan; readonly event: Json },
): Promise<StepOutcome> {
  const earlier = stored.get(step.id);
  if (earlier?.status === 'SUCCEEDED') return { kind: 'done', output: earlier.output, called: false };
  const { platform, sandbox, outside } = parts;
  const { handler, chain, event } = call;
  const leftMs = Math.max(1, Math.ceil(deadline - platform.clock.elapsed()));
  const outcome = await executeStep({
    platform,
    sandbox,
    outside,
    hold,
    recorder,
    step: { ...step, timeoutMs: leftMs },
    ordinal,
    input: event,
    earlier,
    link: { handler, chain },
  });
  const last = ordinal === plan.steps.length - 1;
  // What did nothing outside costs no commit of its own: the recorder writes it with what comes next, within 100 ms. Were it lost
  // before, it is made again, and still counts once.
  if (outcome.kind === 'done' && outcome.called && !last) await checkpoint(recorder, hold);
  return outcome;
}

async function redirect(parts: RunnerParts, recorder: Recorder, decision: Decision, output: Json): Promise<void> {
  const { redirectMs } = parts.platform.config.run;
  await wait(recorder, { kind: 'REDIRECT', ms: redirectMs, detail: decision.url ?? '' }, null, output);
  parts.waiting(redirectMs);
}

/** The action that failed is named with the error. */
function ofAction(error: RunError, step: PlanStep): RunError {
  return { ...error, detail: { ...objectOf(error.detail), action: step.name } };
}

const objectOf = (value: Json): JsonObject => (isObject(value) ? value : {});

const merged = (event: Json, back: Json): Json => ({ ...objectOf(event), ...objectOf(back) });

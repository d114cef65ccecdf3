import type { Plan } from '#plan/plan';
import type { RunError, StepWrite, StoredStep } from '#domain/run/run.write';
import { viewerOf } from '#domain/rule/rule.pass.service';
import { finish, stop, timedOut, wait } from './endings.js';
import { flowNames, outputsOf } from './flow.context.js';
import { databaseTime, type FlowExecution, type FlowState, type Waiting } from './flow.state.js';
import { executeSequence } from './flow.steps.js';
import { createRedactor } from './redactor.js';
import type { RunnerParts } from './runner.js';
import { StepError } from './steps/step.js';
import { untilAnswered } from './until-answered.js';

/** Executes the steps of a flow from where they stand to where none of them can go on, or to the end. */
export async function executeFlow(parts: RunnerParts, execution: FlowExecution): Promise<void> {
  const { hold, recorder, plan, stored } = execution;
  const { platform, outside } = parts;
  const { run } = hold;
  const redactor = createRedactor();
  const { scope, name } = await untilAnswered(platform, hold.signal, () => flowNames(platform, outside.connections, hold, plan, redactor));
  const kept = [...stored.values()];
  recorder.know(kept.map(storedWrite));
  const state: FlowState = {
    parts,
    execution,
    redactor,
    viewer: viewerOf(name),
    now: databaseTime(platform.clock, run.claimedAt),
    sequence: (steps, prefix, place) => executeSequence(state, steps, prefix, place),
    executed: kept.filter(({ status }) => status !== 'SKIPPED').length,
    placed: kept.reduce((most, { ordinal }) => Math.max(most, ordinal + 1), 0),
    bytes: kept.reduce((sum, { output }) => sum + Buffer.byteLength(JSON.stringify(output)), 0),
    unwritten: { steps: 0, bytes: 0 },
    dropped: false,
  };
  const ending = await executeSequence(state, plan.steps, '', { scope, halted: () => false });
  switch (ending.kind) {
    case 'next':
      parts.ends();
      closeOpen(state);
      return finishWhole(state, plan, scope);
    case 'over':
      parts.ends();
      closeOpen(state);
      recorder.event('LOG', ending.stoppedBy, {
        level: 'INFO',
        message: `The flow ended at the step ${ending.stoppedBy}: nothing was found.`,
      });
      return finish(recorder, state.dropped ? 'PARTIAL' : 'SUCCEEDED', null, null, ending.stoppedBy);
    case 'stopped':
      if (ending.reason !== 'HANDED_OVER') closeOpen(state);
      return stop(recorder, ending.reason);
    case 'canceled':
      closeOpen(state);
      return finish(recorder, 'CANCELED', undefined, ending.error);
    case 'failed':
      closeOpen(state);
      return finish(recorder, ending.timedOut ? 'TIMED_OUT' : 'FAILED', undefined, ending.error);
    case 'waits':
      return waitFor(state, ending.waits);
  }
}

async function finishWhole(state: FlowState, plan: Plan, scope: Parameters<typeof outputsOf>[1]): Promise<void> {
  const { execution, redactor, parts } = state;
  const { recorder } = execution;
  try {
    const output = redactor.json(outputsOf(plan, scope, state.now()));
    const most = parts.platform.config.run.stepOutputBytes;
    const bytes = Buffer.byteLength(JSON.stringify(output));
    if (bytes > most)
      throw new StepError({
        code: 'OUTPUT_TOO_LARGE',
        message: `The outputs of a run have at most ${most} bytes; these have ${bytes}.`,
        retryable: false,
      });
    return await finish(recorder, state.dropped ? 'PARTIAL' : 'SUCCEEDED', output, null);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return finish(recorder, 'FAILED', undefined, { code: error.code, message: redactor.text(error.message), detail: null });
  }
}

/** Of several waits the run tells of the first that ends; a pause must have ended before any of them. */
async function waitFor(state: FlowState, waits: readonly Waiting[]): Promise<void> {
  const { execution, parts, now } = state;
  const { hold, recorder, plan, deadline } = execution;
  const { platform } = parts;
  const until = (waiting: Waiting): number => waiting.until?.getTime() ?? Infinity;
  const first = waits.find(({ pauseId }) => pauseId !== undefined) ?? waits.toSorted((a, b) => until(a) - until(b))[0];
  if (first === undefined) throw new Error('There is nothing to wait for.');
  const ms = first.until === null ? null : Math.max(0, first.until.getTime() - now().getTime());
  if (plan.budgetMs !== null && ms !== null && platform.clock.elapsed() + ms > deadline) {
    closeOpen(state);
    return finish(recorder, 'TIMED_OUT', undefined, { ...timedOut, message: 'It would wait until after the time of the run is over.' });
  }
  const { kind, detail, pauseId, error = null } = first;
  const written = await wait(
    recorder,
    { kind, ms, detail, ...(pauseId === undefined ? {} : { pauseId }) },
    error,
    undefined,
    hold.run.signals,
  );
  // Something that it waits for came meanwhile.
  if (written?.status === 'QUEUED') platform.queue.wake([hold.run.id]);
  else if (ms !== null) parts.waiting(ms);
}

/** Steps that are open when the run ends will not go on. */
function closeOpen({ execution, parts }: FlowState): void {
  const { recorder } = execution;
  const finishedAt = parts.platform.clock.now();
  const error = { code: 'CANCELED', message: 'The run ended before the step did.' };
  for (const { wait: _wait, ...step } of recorder.open())
    recorder.step({
      ...step,
      status: 'CANCELED',
      error: { ...error, detail: null },
      finishedAt,
      attempts: step.attempts.map((one) => (one.finishedAt === null ? { ...one, finishedAt: finishedAt.toISOString(), error } : one)),
    });
}

function storedWrite({ argsHash, ...step }: StoredStep): StepWrite {
  const finishedAt = isOver(step.status) ? step.startedAt : null;
  return { ...step, error: errorOf(step), finishedAt, ...(argsHash === null ? {} : { argsHash }) };
}

const isOver = (status: StepWrite['status']): boolean => status !== 'RUNNING' && status !== 'RETRYING' && status !== 'WAITING';

function errorOf({
  errorCode,
  errorMessage,
  errorDetail,
}: Pick<StoredStep, 'errorCode' | 'errorMessage' | 'errorDetail'>): RunError | null {
  return errorCode === null ? null : { code: errorCode, message: errorMessage ?? '', detail: errorDetail };
}

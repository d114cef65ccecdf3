import { jsonProblem, storableText } from '#platform/json';
import type { Json } from '#plan/plan';
import type { StepAttempt, StepWrite } from '#domain/run/run.write';
import type { Calls } from './calls.js';
import { commitStep } from './commit.js';
import type { StepCommit } from './recorder.js';
import type { Redactor } from './redactor.js';
import type { StepWork } from './step-runner.js';
import { argsHashOf, isRecorded } from './stand-in.js';
import { stepImplementations } from './steps/index.js';
import { type FlowLink, type StepCommitted, StepError, type StepWait } from './steps/step.js';
import { patientSql } from './until-answered.js';
import type { RunError } from '#domain/run/run.write';

/** What is written of a step with its status. */
export interface StepChange {
  readonly output?: Json;
  readonly error?: RunError;
  readonly attempt: StepAttempt;
  readonly wait?: Json;
}

/** A step that another execution goes on with. */
export const isOpen = (status: StepWrite['status']): boolean => status === 'RUNNING' || status === 'RETRYING' || status === 'WAITING';

export const waitJson = ({ kind, until, detail, child, progress }: StepWait): Json => ({
  kind,
  until,
  detail,
  ...(child === undefined ? {} : { child }),
  ...(progress === undefined ? {} : { progress }),
});

export interface Attempt {
  readonly attempt: StepAttempt;
  readonly calls: Calls;
  readonly redactor: Redactor;
  /** How far it has come, for whoever goes on with it. */
  readonly progress: { left: Json };
  /** What it was given. */
  readonly given: { argsHash: string | null };
  readonly made: (status: StepWrite['status'], change: StepChange) => StepWrite;
  readonly ended: (error: StepAttempt['error']) => StepAttempt;
}

/** Calls the implementation of a step. `committed`: its output is recorded already. */
export async function attemptStep(work: StepWork, given: Attempt): Promise<{ readonly output: Json; readonly committed: boolean }> {
  const { platform, hold, recorder, step, sandbox, outside } = work;
  const { attempt, calls, redactor } = given;
  const { run } = hold;
  const implementation = stepImplementations[step.kind];
  if (implementation === undefined)
    throw new StepError({ code: 'UNKNOWN_STEP_KIND', message: `This worker does not know the step kind ${step.kind}.`, retryable: true });
  const args = work.flow?.args() ?? step.args;
  if (work.flow !== undefined && isRecorded(step.kind)) given.given.argsHash = argsHashOf(args);
  work.standIn?.given?.(step.id, redactor.json(args));
  const committed: { output?: Json } = {};
  const raw = await (work.standIn?.implementation?.(step.kind, implementation) ?? implementation).execute({
    runId: run.id,
    workspaceId: run.workspaceId,
    automationId: run.automationId,
    path: step.id,
    attempt: attempt.number,
    args,
    input: work.flow !== undefined && args['input'] !== undefined ? args['input'] : work.input,
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
    flow: work.flow === undefined ? null : flowLink(work, given, committed),
    redactor,
  });
  if (committed.output !== undefined) return { output: committed.output, committed: true };
  return { output: storableOutput(work, redactor, raw), committed: false };
}

/** The output without secrets. Throws StepError where it cannot be kept. */
function storableOutput({ platform, flow }: StepWork, redactor: Redactor, raw: Json): Json {
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
  flow?.grow(bytes);
  return output;
}

function flowLink(work: StepWork, given: Attempt, committed: { output?: Json }): FlowLink | null {
  const { platform, hold, recorder, flow, earlier } = work;
  if (flow === undefined) return null;
  const { attempt, redactor, progress, made, ended } = given;

  const commitOf = (result: StepCommitted): StepCommit => {
    if ('progress' in result) return { step: made('RUNNING', { attempt, wait: result.progress }), events: [] };
    if ('wait' in result)
      return {
        step: made('WAITING', { attempt, wait: waitJson(result.wait) }),
        events: [],
        ...(result.asks === true ? { asked: true } : {}),
      };
    const told = { attempt: attempt.number, status: 'SUCCEEDED' };
    return {
      step: made('SUCCEEDED', { output: result.output, attempt: ended(null) }),
      events: [{ type: 'STEP_FINISHED', at: platform.clock.now(), stepPath: work.step.id, data: told }],
    };
  };

  const begun = platform.clock.elapsed();
  const { timeoutMs } = work.step;
  const inTime = (): void => {
    if (timeoutMs !== null && platform.clock.elapsed() - begun > timeoutMs)
      throw new StepError({ code: 'TIMEOUT', message: `The step took longer than ${timeoutMs} ms.`, retryable: true });
  };

  return {
    run: hold.run,
    platform,
    sql: patientSql(platform, hold.signal, inTime),
    left: earlier?.status === 'WAITING' ? earlier.wait : progress.left,
    now: flow.now,
    commit: async (body) => {
      const done = await (work.standIn?.commit ?? commitStep)(
        { platform, hold, recorder, viewer: flow.viewer, inTime },
        async (work_) => {
          const result = await body(work_);
          return 'output' in result ? { output: storableOutput(work, redactor, result.output) } : result;
        },
        commitOf,
      );
      if (done === null) throw new StepError({ code: 'LOST', message: 'The run is in other hands.', retryable: false });
      const { result } = done;
      if ('output' in result) committed.output = result.output;
      if ('progress' in result) progress.left = result.progress;
      return result;
    },
  };
}

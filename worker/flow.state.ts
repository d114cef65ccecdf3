import type { Clock } from '#platform/clock';
import type { WaitKind } from '#platform/db/generated/prisma/enums';
import type { Json, Plan, PlanStep } from '#plan/plan';
import type { RunError, StoredStep } from '#domain/run/run.write';
import type { Viewer } from '#domain/tenant/viewer';
import type { Scope } from './flow.context.js';
import type { Hold, StopReason } from './holds.js';
import type { Recorder } from './recorder.js';
import type { Redactor } from './redactor.js';
import type { RunnerParts } from './runner.js';
import type { StandIn } from './stand-in.js';
import { StepError } from './steps/step.js';

/** What a step, and the run with it, waits for. */
export interface Waiting {
  readonly kind: WaitKind;
  readonly until: Date | null;
  readonly detail: string;
  readonly pauseId?: string;
  /** Of the attempt before. */
  readonly error?: RunError;
}

/** How some steps ended. */
export type Ending =
  | { readonly kind: 'next' }
  /** Nothing of them can go on. */
  | { readonly kind: 'waits'; readonly waits: readonly Waiting[] }
  /** `limit`: nobody may catch it. */
  | { readonly kind: 'failed'; readonly error: RunError; readonly timedOut: boolean; readonly limit: boolean }
  /** The run ends quietly. */
  | { readonly kind: 'over'; readonly stoppedBy: string }
  | { readonly kind: 'canceled'; readonly error: RunError }
  | { readonly kind: 'stopped'; readonly reason: StopReason };

/** Where steps are executed. */
export interface Place {
  readonly scope: Scope;
  /** Whether something beside them has ended, and them with it. */
  readonly halted: () => boolean;
}

export const next: Ending = { kind: 'next' };

export interface FlowExecution {
  readonly hold: Hold;
  readonly recorder: Recorder;
  readonly plan: Plan;
  readonly input: Json;
  readonly stored: ReadonlyMap<string, StoredStep>;
  /** When the time of the whole run is over. */
  readonly deadline: number;
  /** Where it is tried out, or done again. */
  readonly standIn?: StandIn | undefined;
}

/** What all steps of one execution share. */
export interface FlowState {
  readonly parts: RunnerParts;
  readonly execution: FlowExecution;
  readonly redactor: Redactor;
  /** Who writes to records. */
  readonly viewer: Viewer;
  /** The clock of the database. */
  readonly now: () => Date;
  /** Executes steps one after the other. */
  readonly sequence: (steps: readonly PlanStep[], prefix: string, place: Place) => Promise<Ending>;
  /** Steps that were executed, those of earlier workers among them. */
  executed: number;
  /** The place of the next step among those of the run. */
  placed: number;
  /** Of all outputs. */
  bytes: number;
  /** What was recorded since the last checkpoint. */
  unwritten: { steps: number; bytes: number };
  /** Whether a step failed whose failure does not count. */
  dropped: boolean;
}

export function databaseTime(clock: Clock, claimedAt: Date): () => Date {
  const from = clock.elapsed();
  return () => new Date(claimedAt.getTime() + clock.elapsed() - from);
}

/** The run has used up what it may: whatever catches failures does not catch this. */
export class FlowLimit extends StepError {}

/** Largest outputs of all steps together, in outputs of one step. */
const mostOutputs = 10;

/** One step more. Throws FlowLimit. */
export function countStep(state: FlowState, more = 1): void {
  const { steps: most } = state.parts.platform.config.run;
  if (state.executed + more > most)
    throw new FlowLimit({
      code: 'TOO_MANY_STEPS',
      message: `A run executes at most ${most} steps, those of each item of a list counted by themselves.`,
      retryable: false,
    });
  state.executed += more;
}

/** So many steps are on record for each that may be executed: those that were skipped are among them. */
const placedEach = 10;

/** The place of one more step among those of the run. Throws FlowLimit. */
export function nextPlace(state: FlowState): number {
  const most = state.parts.platform.config.run.steps * placedEach;
  if (state.placed >= most)
    throw new FlowLimit({
      code: 'TOO_MANY_STEPS',
      message: `A run comes to at most ${most} steps, those that are skipped and those of each item of a list counted by themselves.`,
      retryable: false,
    });
  return state.placed++;
}

/** How the output of one step counts: once, however often it is made. */
export function outputCounter(state: FlowState): (bytes: number) => void {
  let counted = 0;
  return (bytes) => {
    const most = state.parts.platform.config.run.stepOutputBytes * mostOutputs;
    state.bytes += bytes - counted;
    state.unwritten.bytes += bytes - counted;
    counted = bytes;
    if (state.bytes > most)
      throw new FlowLimit({
        code: 'RUN_TOO_LARGE',
        message: `The outputs of the steps of a run have at most ${most} bytes together.`,
        retryable: false,
      });
  };
}

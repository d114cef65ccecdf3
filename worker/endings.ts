import type { FinalStatus } from '#domain/run/run.status';
import type { RunError, RunWait, WrittenRun } from '#domain/run/run.write';
import type { Json } from '#plan/plan';
import type { Hold, StopReason } from './holds.js';
import type { Recorder } from './recorder.js';

/** Writes what was recorded so far; a hold whose run is somebody else's by now is stopped. */
export async function checkpoint(recorder: Recorder, hold: Hold): Promise<void> {
  if ((await recorder.change({ status: 'RUNNING', output: undefined, error: null, wait: null })) === null) hold.stop('LOST');
}

export async function finish(
  recorder: Recorder,
  status: FinalStatus,
  output: Json | undefined,
  error: RunError | null,
  stoppedBy?: string,
): Promise<void> {
  recorder.event('RUN_FINISHED', null);
  await recorder.change({ status, output, error, wait: null, ...(stoppedBy === undefined ? {} : { stoppedBy }) });
}

/** The run goes on when its wait is over. `signals`: it is queued instead, where there were more of them. */
export async function wait(
  recorder: Recorder,
  waits: RunWait,
  error: RunError | null = null,
  output?: Json,
  signals?: number,
): Promise<WrittenRun | null> {
  recorder.event('RUN_WAITING', null);
  return recorder.change({ status: 'WAITING', output, error, wait: waits, ...(signals === undefined ? {} : { signals }) });
}

/** Ends a run that was stopped from outside in the way its reason asks for. `output` is what it came to until then. */
export async function stop(recorder: Recorder, reason: StopReason, output?: Json): Promise<void> {
  switch (reason) {
    case 'LOST':
      return;
    case 'CANCELED':
      return finish(recorder, 'CANCELED', output, { code: 'CANCELED', message: 'The run was cancelled.', detail: null });
    case 'TIMED_OUT':
      return finish(recorder, 'TIMED_OUT', output, timedOut);
    case 'HANDED_OVER':
      recorder.event('RUN_QUEUED', null);
      await recorder.change({ status: 'QUEUED', output: undefined, error: null, wait: null });
  }
}

export const timedOut: RunError = { code: 'TIMED_OUT', message: 'The time of the run is over.', detail: null };

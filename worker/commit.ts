import { databaseFailure } from '#platform/db/failure';
import { isStatementTimeout } from '#platform/db/symptoms';
import type { Platform } from '#platform/platform';
import { transactPlainly } from '#platform/work/work';
import { renewLeases } from '#domain/run/run.lease';
import { fenceRun, readRunStates, type RunWrite, writeRuns } from '#domain/run/run.write';
import type { Viewer } from '#domain/tenant/viewer';
import type { PlainWork } from '#domain/work';
import type { Hold } from './holds.js';
import type { Recorder, StepCommit } from './recorder.js';
import { StepError, tooSlow } from './steps/step.js';
import { untilAnswered } from './until-answered.js';

export interface Committing {
  readonly platform: Platform;
  readonly hold: Hold;
  readonly recorder: Recorder;
  readonly viewer: Viewer;
  /** Throws StepError when the time of the attempt is over. */
  readonly inTime: () => void;
}

/** The run is no longer ours: nothing was written. */
class RunLost extends Error {
  override readonly name = 'RunLost';
}

/** The run was stopped before anything was done. */
class RunStopped extends Error {
  override readonly name = 'RunStopped';
}

const pauseMs = 200;

/**
 * Does what a step does to the database, and records it: in one transaction, behind the fence of the run. Whenever the worker is lost, both are
 * there or neither. `body` may be called again, when a transaction had to give way. Null: the run is no longer ours.
 */
export async function commitStep<Result>(
  { platform, hold, recorder, viewer, inTime }: Committing,
  body: (work: PlainWork) => Promise<Result>,
  commitOf: (result: Result) => StepCommit,
): Promise<{ readonly result: Result } | null> {
  const { run } = hold;
  const { leaseMs } = platform.config.run;
  let made: { readonly result: Result } | undefined;
  const once = async (make: (commit: StepCommit) => RunWrite, at: ReturnType<Recorder['place']>): Promise<void> => {
    const begun = platform.clock.elapsed();
    await transactPlainly(platform, viewer, async (work) => {
      const held = await fenceRun(work.sql, at);
      if (held === null) throw new RunLost();
      if (held.canceled) hold.stop('CANCELED');
      if (hold.signal.aborted) throw new RunStopped();
      const result = await body(work);
      inTime();
      made = { result };
      if ((await writeRuns(work.sql, [make(commitOf(result))])).length === 0) throw new RunLost();
      // Nobody renews a lease whose row is locked.
      if (platform.clock.elapsed() - begun > leaseMs / 3) await renewLeases(work.sql, platform.id, [run], leaseMs);
      work.wake('runs', [run.id]);
      work.wake('batch', []);
    });
  };
  const committed = await recorder.within(async (make) => {
    for (;;) {
      const at = recorder.place();
      try {
        await once(make, at);
        return true;
      } catch (error) {
        if (error instanceof RunLost) return false;
        // Nothing was written, and the same statement would take as long again.
        if (isStatementTimeout(error)) throw new StepError(tooSlow);
        if (databaseFailure(error) !== 'TRANSIENT') throw error;
        platform.log.warn({ err: error, runId: run.id }, 'the transaction of a step is tried again');
        // It may have been committed, and only its answer lost.
        const [state] = await untilAnswered(platform, hold.signal, () => readRunStates(platform.db.sql, [run.id]));
        if (state?.epoch === run.epoch && state.writes === at.writes + 1) return true;
        if (hold.signal.aborted) throw error;
        inTime();
        await new Promise((resolve) => setTimeout(resolve, pauseMs * Math.random()));
      }
    }
  });
  if (committed && made !== undefined) return { result: made.result };
  // Without a reason it is somebody else's.
  hold.stop('LOST');
  return null;
}

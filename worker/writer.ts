import { createBatch } from '#platform/batch';
import { databaseFailure } from '#platform/db/failure';
import type { Platform } from '#platform/platform';
import { isFinal } from '#domain/run/run.status';
import { readRunStates, type RunWrite, writeRuns, type WrittenRun } from '#domain/run/run.write';
import { untilAnswered } from './until-answered.js';

/** Writes about runs, shared with other runs by group commit. */
export interface RunWriter {
  /** Null: the run is no longer this worker's, and nothing was written. Rejects only on a fault that trying again does not mend. */
  write(write: RunWrite): Promise<WrittenRun | null>;
  idle(): Promise<void>;
}

/** A few milliseconds of work for PostgreSQL. One lane: the writes of a run keep their order. */
const mostWrites = 200;

/** `giveUp` ends the tries while PostgreSQL is away, for a worker that must stop: the leases then tell the others. */
export function createRunWriter(platform: Platform, giveUp: AbortSignal): RunWriter {
  const { metrics, wake } = platform;
  const batch = createBatch<RunWrite, WrittenRun | null>({
    flush: (writes) => flush(platform, giveUp, writes),
    most: mostWrites,
    separable: (error) => databaseFailure(error) === 'DATA',
  });
  return {
    write: async (write) => {
      const written = await batch.add(write);
      if (written === null) metrics.staleWrites.inc();
      else if (isFinal(written.status)) {
        metrics.runsFinished.inc({ status: written.status });
        if (written.parentId != null) platform.queue.wake([written.parentId]);
        if (written.threadId !== null) wake.send('thread', [write.runId]);
        if (written.latencyMs !== null) metrics.runLatency.observe(written.latencyMs / 1_000);
      }
      if (written !== null) {
        wake.send('runs', [write.runId]);
        wake.send('batch');
      }
      return written;
    },
    idle: () => batch.idle(),
  };
}

async function flush(platform: Platform, giveUp: AbortSignal, writes: readonly RunWrite[]): Promise<(WrittenRun | null)[]> {
  const written = new Map((await untilAnswered(platform, giveUp, () => writeRuns(platform.db.sql, writes))).map((run) => [run.id, run]));
  const missing = writes.filter((write) => !written.has(write.runId));
  if (missing.length > 0) {
    // One write further in the same epoch: the statement was committed and its answer was lost on the way.
    const states = await untilAnswered(platform, giveUp, () =>
      readRunStates(
        platform.db.sql,
        missing.map((write) => write.runId),
      ),
    );
    for (const state of states) {
      const write = missing.find((candidate) => candidate.runId === state.id);
      if (write?.epoch === state.epoch && state.writes === write.writes + 1)
        written.set(state.id, { id: state.id, status: state.status, threadId: state.threadId, latencyMs: null });
    }
  }
  return writes.map((write) => written.get(write.runId) ?? null);
}

import { expect, test } from 'vitest';
import { claimRuns, type ClaimedRun } from '#domain/run/run.claim';
import { signalRuns } from '#domain/run/run.signal.service';
import { type RunWrite, writeRuns } from '#domain/run/run.write';
import { newId } from '#platform/ids';
import { tally, testEngine } from '#test/support/engine';

const waiting = ({ id, epoch, writes, signals }: ClaimedRun): RunWrite => ({
  runId: id,
  epoch,
  writes,
  status: 'WAITING',
  output: undefined,
  error: null,
  attempt: 1,
  wait: { kind: 'SUBFLOW', ms: null, detail: '' },
  signals,
  resolvedPayload: undefined,
  steps: [],
  events: [{ type: 'RUN_WAITING', at: new Date(0), stepPath: null, data: null }],
});

test('a run that is told of something while it is about to wait does not wait', async () => {
  const engine = await testEngine();
  const { sql } = engine.app.db;
  const id = await engine.trigger(await engine.action({ transform: 1 }));
  const claim = async (): Promise<ClaimedRun> => {
    const [run] = await claimRuns(sql, [id], { owner: newId(), leaseMs: 60_000 });
    if (run === undefined) throw new Error('The run could not be claimed.');
    return run;
  };
  const first = await claim();
  expect(await signalRuns(sql, [id])).toEqual([]);
  expect(await writeRuns(sql, [waiting(first)])).toMatchObject([{ status: 'QUEUED' }]);
  const second = await claim();
  expect(await writeRuns(sql, [waiting(second)])).toMatchObject([{ status: 'WAITING' }]);
  expect(await signalRuns(sql, [id, id])).toEqual([id]);
  const third = await claim();
  expect(third.signals).toBe(2);
  expect(await tally(engine.app, [id])).toMatchObject({ lost: 0, doubled: 0 });
});

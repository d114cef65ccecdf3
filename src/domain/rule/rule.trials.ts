import { LimitExceededError } from '#domain/errors';
import type { Viewer } from '#domain/tenant/viewer';

/** Bounds what trying rules out takes from the rest of a process: connections, and locks of records. */
export interface Trials {
  /** Runs a test of a rule. Throws LimitExceededError while too many are under way. */
  test<Result>(run: () => Promise<Result>): Promise<Result>;
  /** Takes the viewer's place for a back-test; the answer gives it back. Throws LimitExceededError while the viewer has one. */
  backtest(viewer: Viewer): () => void;
}

/** Tests that run at once in a process, each on a connection. */
const mostTests = 2;
/** Back-tests of all viewers; each takes a connection for one statement after the other. */
const mostBacktests = 4;

export function createTrials(): Trials {
  let tests = 0;
  const backtests = new Set<string>();
  return {
    test: async (run) => {
      if (tests >= mostTests) throw new LimitExceededError('Other rules are being tested: try it again in a moment.', mostTests, 1_000);
      tests++;
      try {
        return await run();
      } finally {
        tests--;
      }
    },
    backtest: ({ tokenId, actor }) => {
      const who = tokenId ?? `${actor.kind} ${actor.id ?? ''}`;
      if (backtests.has(who)) throw new LimitExceededError('You have a back-test that goes on: one at a time.', 1, 1_000);
      if (backtests.size >= mostBacktests)
        throw new LimitExceededError('Others have back-tests that go on: try it again in a moment.', mostBacktests, 5_000);
      backtests.add(who);
      return () => backtests.delete(who);
    },
  };
}

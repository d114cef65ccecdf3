import { createBatch } from '#platform/batch';
import type { Statement } from '#platform/db/database';
import type { Run } from '#platform/db/generated/prisma/client';
import type { Platform } from '#platform/platform';

/** Interest in a run, told before it is committed. */
export interface Awaited {
  /** The run as soon as it is final or waits for the return from a redirect; null when that takes longer. */
  settled(ms: number): Promise<Run | null>;
  /** Whoever asked does not wait any more. */
  end(): void;
}

/** Callers who wait for runs. */
export interface RunWaits {
  /** A run that is still to be committed. */
  watchNew(runId: string): Awaited;
  /** A run as it is after its event number `sequence`: a read that began before may still tell of an earlier state. */
  watch(runId: string, sequence: number): Awaited;
  close(): void;
}

type Tell = (run: Run | null) => void;

/** Between two looks that no wake-up asked for, in milliseconds. */
const pollMs = 250;
const mostRead = 200;

const readSettled: Statement = {
  name: 'run.settled',
  text: `SELECT * FROM "Run" WHERE id = ANY($1::uuid[]) AND ("finishedAt" IS NOT NULL OR (status = 'WAITING' AND "waitKind" = 'REDIRECT'))`,
};

export function createRunWaits({ db, log, wake }: Platform): RunWaits {
  const watched = new Map<string, Set<Tell>>();
  const reads = createBatch<string, null>({
    flush: async (ids) => {
      for (const run of await db.sql.query<Run>(readSettled, [[...new Set(ids)]])) for (const tell of watched.get(run.id) ?? []) tell(run);
      return ids.map(() => null);
    },
    most: mostRead,
    separable: () => false,
  });

  function look(ids: Iterable<string>): Promise<unknown> {
    const wanted = [...ids].filter((id) => watched.has(id));
    return Promise.all(wanted.map((id) => reads.add(id))).catch((error: unknown) =>
      log.warn({ err: error }, 'runs that are waited for could not be read'),
    );
  }

  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  /** The next round begins when this one is read: where the database is slow, rounds must not pile up. */
  function poll(): void {
    void look(watched.keys()).then(() => {
      timer = watched.size === 0 || closed ? undefined : setTimeout(poll, pollMs);
    });
  }
  const unhear = wake.on('runs', (ids) => void look(ids.length === 0 ? watched.keys() : ids));

  function watch(runId: string, sequence: number): Awaited {
    let settle: Tell = () => undefined;
    const settled = new Promise<Run | null>((resolve) => (settle = resolve));
    const tell: Tell = (run) => {
      if (run === null || run.sequence > sequence) settle(run);
    };
    const all = watched.get(runId) ?? new Set<Tell>();
    watched.set(runId, all.add(tell));
    timer ??= setTimeout(poll, pollMs);
    return {
      settled: (ms) => {
        const late = setTimeout(() => settle(null), ms);
        return settled.finally(() => clearTimeout(late));
      },
      end: () => {
        all.delete(tell);
        if (all.size === 0 && watched.get(runId) === all) watched.delete(runId);
        settle(null);
      },
    };
  }

  return {
    watchNew: (runId) => watch(runId, 0),
    watch: (runId, sequence) => {
      const own = watch(runId, sequence);
      void look([runId]);
      return own;
    },
    close: () => {
      closed = true;
      unhear();
      clearTimeout(timer);
      for (const all of watched.values()) for (const tell of all) tell(null);
      watched.clear();
    },
  };
}

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
  /** Of a run that is still to be committed: there is nothing to read before it changes. */
  watchNew(runId: string): Awaited;
  /** Of a run that is there. `after`: as it was with this sequence number, or before, it is not what is waited for. */
  watch(runId: string, after?: number): Awaited;
  close(): void;
}

interface Watcher {
  readonly after: number;
  tell(run: Run | null): void;
}

/** Between two looks that no wake-up asked for, in milliseconds. */
const pollMs = 250;
const mostRead = 200;

const readSettled: Statement = {
  name: 'run.settled',
  text: `SELECT * FROM "Run" WHERE id = ANY($1::uuid[]) AND ("finishedAt" IS NOT NULL OR (status = 'WAITING' AND "waitKind" = 'REDIRECT'))`,
};

export function createRunWaits({ db, log, wake }: Platform): RunWaits {
  const watched = new Map<string, Set<Watcher>>();
  const reads = createBatch<string, null>({
    flush: async (ids) => {
      for (const run of await db.sql.query<Run>(readSettled, [[...new Set(ids)]]))
        for (const { after, tell } of watched.get(run.id) ?? []) if (run.sequence > after) tell(run);
      return ids.map(() => null);
    },
    most: mostRead,
    separable: () => false,
  });

  function look(ids: Iterable<string>): Promise<unknown> {
    return Promise.all(
      [...ids].map((id) =>
        watched.has(id)
          ? reads.add(id).catch((error: unknown) => log.warn({ err: error }, 'a run that is waited for could not be read'))
          : null,
      ),
    );
  }

  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** The next round begins when this one is read: those that a slow database holds up do not pile up. */
  function poll(): void {
    void look(watched.keys()).then(() => {
      timer = watched.size === 0 || closed ? undefined : setTimeout(poll, pollMs);
    });
  }
  const unhear = wake.on('runs', (ids) => void look(ids.length === 0 ? watched.keys() : ids));

  function add(runId: string, after: number): Awaited {
    let tell: Watcher['tell'] = () => undefined;
    const told = new Promise<Run | null>((resolve) => (tell = resolve));
    const watcher = { after, tell };
    const all = watched.get(runId) ?? new Set<Watcher>();
    watched.set(runId, all.add(watcher));
    timer ??= setTimeout(poll, pollMs);
    return {
      settled: (ms) => {
        const late = setTimeout(() => tell(null), ms);
        return told.finally(() => clearTimeout(late));
      },
      end: () => {
        all.delete(watcher);
        if (all.size === 0 && watched.get(runId) === all) watched.delete(runId);
        tell(null);
      },
    };
  }

  return {
    watchNew: (runId) => add(runId, 0),
    watch: (runId, after = 0) => {
      const awaited = add(runId, after);
      void look([runId]);
      return awaited;
    },
    close: () => {
      closed = true;
      unhear();
      clearTimeout(timer);
      for (const all of watched.values()) for (const { tell } of all) tell(null);
      watched.clear();
    },
  };
}

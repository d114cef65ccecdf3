import { createPulse } from '#platform/events/pulse';
import type { Platform } from '#platform/platform';
import type { Sql } from '#platform/db/database';
import type { Plan } from '#plan/plan';
import { type RunFacts, readRunFacts, templateContext } from '#domain/run/run.context';
import type { MovedRun } from '#domain/run/run.lease';
import { isFinal } from '#domain/run/run.status';
import { type Rendered, type RunTemplate, compileRunTemplate, renderThread } from '#domain/run/run.template';
import {
  type Admission,
  type WishingRun,
  admitRuns,
  failWishes,
  idleThreads,
  idleThreadsOf,
  queueNextRuns,
  takeWishes,
  wishingNamespaces,
} from '#domain/run/run.thread';
import { type RunError, readPlanDocument } from '#domain/run/run.write';

/** Puts waiting runs on their threads, and queues the next run of a thread when the one before it is over. */
export interface Threads {
  /** Runs may wait that no message told of. */
  poke(): void;
  close(): Promise<void>;
}

/** What no message told of is found within it. */
const pollMs = 1_000;
const mostTemplates = 1_000;

export function startThreads(platform: Platform): Threads {
  const { clock, db, log, metrics, queue, wake } = platform;
  const templateOf = createTemplates();
  /** Runs that messages named since the last pass. */
  let told = new Set<string>();
  /** When every thread is looked at, whatever messages say. */
  let allAt = 0;

  async function nameOf(
    sql: Sql,
    run: WishingRun,
    facts: (withLastRun: boolean) => Promise<ReadonlyMap<string, RunFacts>>,
  ): Promise<Rendered<string>> {
    if (run.threadKey !== null) return { value: run.threadKey };
    const thread = await templateOf(sql, run.planHash);
    if (thread === null) return { error: gone };
    if ('key' in thread) return { value: thread.key };
    const known = (await facts(thread.template.needsLastRun)).get(run.id);
    return known === undefined ? { error: gone } : renderThread(thread.template, templateContext(known, clock.now()));
  }

  /** Admits runs, and queues the first of each thread that is free. */
  async function admit(
    sql: Sql,
    namespaceIds: readonly (string | null)[],
  ): Promise<{ readonly taken: number; readonly moved: readonly MovedRun[] }> {
    const runs = await takeWishes(sql, namespaceIds);
    const ids = runs.map((run) => run.id);
    const read = new Map<boolean, Promise<ReadonlyMap<string, RunFacts>>>();
    const facts = (withLastRun: boolean) => {
      const known = read.get(withLastRun) ?? readRunFacts(sql, ids, withLastRun);
      read.set(withLastRun, known);
      return known;
    };
    const admissions: Admission[] = [];
    const failures: { readonly run: WishingRun; readonly error: RunError }[] = [];
    for (const run of runs) {
      const { namespaceId } = run;
      const name = namespaceId === null ? { error: gone } : await nameOf(sql, run, facts);
      if (namespaceId === null || 'error' in name) failures.push({ run, error: 'error' in name ? name.error : gone });
      else admissions.push({ run: { ...run, namespaceId }, key: name.value });
    }
    const failed = await failWishes(sql, failures);
    const queued = await queueNextRuns(sql, await admitRuns(sql, admissions));
    return { taken: runs.length, moved: [...failed, ...queued] };
  }

  function announce(moved: readonly MovedRun[]): void {
    if (moved.length === 0) return;
    const ids = moved.map((run) => run.id);
    for (const { status } of moved) if (isFinal(status)) metrics.runsFinished.inc({ status });
    queue.wake(moved.filter((run) => !isFinal(run.status)).map((run) => run.id));
    wake.send('runs', ids);
    wake.send('batch');
  }

  async function work(): Promise<void> {
    const runIds = [...told];
    told = new Set();
    const all = clock.elapsed() >= allAt;
    try {
      const idle = all ? await idleThreads(db.sql) : runIds.length === 0 ? [] : await idleThreadsOf(db.sql, runIds);
      if (all) allAt = clock.elapsed() + pollMs;
      if (idle.length > 0) announce(await db.begin((sql) => queueNextRuns(sql, idle)));
      // Again after each: what was committed while the namespace was held was left to us.
      for (let namespaces = await wishingNamespaces(db.sql); namespaces.length > 0; namespaces = await wishingNamespaces(db.sql)) {
        const { taken, moved } = await db.begin((sql) => admit(sql, namespaces));
        announce(moved);
        if (taken === 0) break;
      }
    } catch (error) {
      allAt = 0;
      throw error;
    }
  }

  const pulse = createPulse({ name: 'threads', log, work, pauseMs: () => pollMs });
  const unhear = wake.on('thread', (runIds) => {
    if (runIds.length === 0) allAt = 0;
    else for (const runId of runIds) told.add(runId);
    pulse.poke();
  });
  pulse.poke();
  return {
    poke: () => pulse.poke(),
    close: async () => {
      unhear();
      await pulse.close();
    },
  };
}

const gone: RunError = { code: 'NAMESPACE_DELETED', message: 'The namespace of its thread is no longer there.', detail: null };

type NamedThread = { readonly key: string } | { readonly template: RunTemplate };

/** How plans name threads, by the hashes of the plans; the oldest make room. */
function createTemplates(): (sql: Sql, planHash: string) => Promise<NamedThread | null> {
  const known = new Map<string, NamedThread | null>();
  return async (sql, planHash) => {
    const found = known.get(planHash);
    if (found !== undefined) return found;
    const plan = (await readPlanDocument(sql, planHash)) as Plan | undefined;
    const named = namedBy(plan);
    known.set(planHash, named);
    const oldest = known.keys().next().value;
    if (known.size > mostTemplates && oldest !== undefined) known.delete(oldest);
    return named;
  };
}

function namedBy(plan: Plan | undefined): NamedThread | null {
  if (plan?.thread === undefined) return null;
  return plan.thread.mode === 'FIXED' ? { key: plan.thread.key } : { template: compileRunTemplate(plan.thread.template) };
}

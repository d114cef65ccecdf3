import { type Batch, createBatch } from '#platform/batch';
import { isDatabaseAway } from '#platform/db/symptoms';
import type { RunStatus, RunTrigger } from '#platform/db/generated/prisma/enums';
import type { Sql, Statement } from '#platform/db/database';
import type { ObjectValue, Value } from '#language/value';

/** What the templates of a run can refer to, as rows have it. */
export interface RunFacts {
  readonly id: string;
  readonly input: unknown;
  readonly trigger: RunTrigger;
  readonly queuedAt: Date;
  readonly automationId: string | null;
  readonly automationKey: string | null;
  readonly automationName: string | null;
  /** Of the newest earlier run of the automation that is final; null when there is none, and when it was not asked for. */
  readonly lastId: string | null;
  readonly lastStatus: RunStatus | null;
  readonly lastOutput: unknown;
  readonly lastFinishedAt: Date | null;
}

// Among the last thousand runs: a long backlog of open ones is not walked through for each of them.
const readFacts: Statement = {
  name: 'run.facts',
  text: `
SELECT r.id, r.input, r.trigger, r."queuedAt", a.id AS "automationId", a.key AS "automationKey", a.name AS "automationName",
  last.id AS "lastId", last.status AS "lastStatus", last.output AS "lastOutput", last."finishedAt" AS "lastFinishedAt"
FROM "Run" r LEFT JOIN "Automation" a ON a.id = r."automationId" LEFT JOIN LATERAL (
  SELECT p.id, o.status, o.output, o."finishedAt" FROM (
    SELECT id, "finishedAt", "dryRun" FROM "Run" WHERE "automationId" = r."automationId" AND id < r.id AND $2::boolean ORDER BY id DESC LIMIT 1000
  ) p JOIN "Run" o ON o.id = p.id WHERE p."finishedAt" IS NOT NULL AND NOT p."dryRun" ORDER BY p.id DESC LIMIT 1
) last ON true
WHERE r.id = ANY($1::uuid[])`,
};

/** What templates need to know of these runs. */
export async function readRunFacts(sql: Sql, runIds: readonly string[], withLastRun: boolean): Promise<ReadonlyMap<string, RunFacts>> {
  const rows = await sql.query<RunFacts>(readFacts, [runIds, withLastRun]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Runs whose facts one statement reads. */
const mostTogether = 100;
/** By where they are read, without and with the last run. */
const readers = new WeakMap<Sql, readonly [Batch<string, RunFacts | null>, Batch<string, RunFacts | null>]>();

/** The same of one run; null: it is gone. What is asked for at the same time shares a statement. */
export function runFactsOf(sql: Sql, runId: string, withLastRun: boolean): Promise<RunFacts | null> {
  let known = readers.get(sql);
  if (known === undefined) readers.set(sql, (known = [readerOn(sql, false), readerOn(sql, true)]));
  return known[withLastRun ? 1 : 0].add(runId);
}

function readerOn(sql: Sql, withLastRun: boolean): Batch<string, RunFacts | null> {
  return createBatch({
    flush: async (runIds: readonly string[]) => {
      const facts = await readRunFacts(sql, runIds, withLastRun);
      return runIds.map((runId) => facts.get(runId) ?? null);
    },
    most: mostTogether,
    separable: (error) => !isDatabaseAway(error),
  });
}

/** Ids as the graph has them, for what is sent to others can be looked up there. */
export const runIdOf = (uuid: string): string => `run_${uuid}`;
export const actionIdOf = (uuid: string): string => `act_${uuid}`;

/** The context of a run's templates: the same names for its payload and for the name of its thread. */
export function templateContext(facts: RunFacts, now: Date): ObjectValue {
  const { id, trigger, queuedAt, automationId, automationKey, automationName, lastId, lastStatus, lastFinishedAt } = facts;
  const payload = (facts.input ?? null) as Value;
  const time = now.toISOString();
  return {
    payload,
    input: payload,
    now: time,
    date: time.slice(0, 10),
    // Rendered once, for the first attempt; later ones get the same.
    run: { id: runIdOf(id), trigger, queuedAt: queuedAt.toISOString(), attempt: 1 },
    action: automationId === null ? null : { id: actionIdOf(automationId), key: automationKey, name: automationName },
    last_run:
      lastId === null
        ? null
        : {
            id: runIdOf(lastId),
            status: lastStatus,
            output: (facts.lastOutput ?? null) as Value,
            finishedAt: lastFinishedAt?.toISOString() ?? null,
          },
  };
}

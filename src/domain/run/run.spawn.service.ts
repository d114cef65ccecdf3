import type { Sql, Statement } from '#platform/db/database';
import type { RunStatus } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { Json } from '#plan/plan';
import { ConflictError, LimitExceededError, NotFoundError } from '#domain/errors';
import type { ClaimedRun } from './run.claim.js';
import { insertNewRuns, type NewRun } from './run.insert.js';
import { outcomeOf } from './run.outcome.js';
import type { PlainWork } from '#domain/work';

/** How deep flows may start each other. */
const mostNested = 5;
/** Runs that are inserted by one statement. */
const mostTogether = 500;
/** So many are waked for; the others have their turn when the workers look for more. */
const mostWaked = 200;

/** Why runs are made: whose step, where it stands, and what the parent runs as. */
export interface Spawning {
  readonly parent: ClaimedRun;
  readonly path: string;
  readonly environmentKey: string;
  /** The automations of the parent and of those that led to it. */
  readonly chain: readonly (string | null)[];
}

const place: Statement = {
  name: 'run.spawn.place',
  text: `
WITH RECURSIVE up AS (
  SELECT r."parentId" AS id FROM "Run" r WHERE r.id = $1::uuid AND r."parentId" IS NOT NULL UNION ALL SELECT r."parentId" FROM up JOIN "Run" r ON r.id = up.id WHERE r."parentId" IS NOT NULL
)
SELECT (SELECT count(*)::int FROM up) AS nested, ARRAY(SELECT r."automationId"::text FROM "Run" r WHERE r.id IN (SELECT id FROM up UNION SELECT $1::uuid)) AS chain, (SELECT key FROM "Environment" WHERE id = $2::uuid) AS "environmentKey"`,
};

/** Throws LimitExceededError when flows would be nested too deep. */
export async function spawningOf(sql: Sql, parent: ClaimedRun, path: string): Promise<Spawning> {
  const [row] = await sql.query<{ nested: number; environmentKey: string | null; chain: readonly (string | null)[] }>(place, [
    parent.id,
    parent.environmentId,
  ]);
  if ((row?.nested ?? 0) + 1 > mostNested)
    throw new LimitExceededError(`Flows start each other at most ${mostNested} levels deep.`, mostNested, null);
  return { parent, path, environmentKey: row?.environmentKey ?? 'production', chain: row?.chain ?? [] };
}

/** A run that a step makes. */
export interface Spawned {
  readonly kind: 'ACTION' | 'FLOW';
  /** Of the action or flow. */
  readonly key: string;
  readonly input: Json;
  readonly awaited: boolean;
  /** The record that it is about; absent: none. */
  readonly entityId?: string;
}

const newRun = (
  { parent, path, environmentKey }: Spawning,
  { kind, key, input, awaited, entityId }: Spawned,
  dispatched: boolean,
): NewRun => ({
  id: newId(),
  workspaceId: parent.workspaceId,
  automationId: null,
  automationKey: key,
  versionId: null,
  environmentKey,
  input: input === null ? null : JSON.stringify(input),
  priority: null,
  idempotencyKey: null,
  trigger: 'STEP',
  kind,
  actorKind: parent.actorKind,
  actorId: parent.actorId,
  scheduleId: null,
  retriedFromId: null,
  entityId: entityId ?? null,
  depth: Math.max(1, parent.depth) + 1,
  parent: { runId: parent.id, path, awaited },
  dispatched,
});

/** Makes one run and answers its id. Throws NotFoundError and ConflictError (`NOT_DEPLOYED`, `DISABLED`). */
export async function spawnRun(work: PlainWork, spawning: Spawning, wanted: Spawned): Promise<string> {
  const run = newRun(spawning, wanted, true);
  const row = (await insertNewRuns(work.sql, [run])).get(run.id);
  const outcome = outcomeOf(run, row);
  if ('error' in outcome) throw outcome.error;
  if (outcome.run.status === 'QUEUED') work.enqueue([run.id]);
  work.wake('batch', []);
  return run.id;
}

/** Makes many runs and answers how many. What is not deployed, or is switched off, gets none. */
export async function spawnRuns(work: PlainWork, spawning: Spawning, wanted: readonly Spawned[]): Promise<number> {
  const waked = wanted.length <= mostWaked;
  let made = 0;
  for (let from = 0; from < wanted.length; from += mostTogether) {
    const runs = wanted.slice(from, from + mostTogether).map((one) => newRun(spawning, one, waked));
    const rows = [...(await insertNewRuns(work.sql, runs)).values()].filter(
      ({ versionId, disabled, environmentId }) => versionId !== null && !disabled && environmentId !== null,
    );
    made += rows.length;
    if (waked) work.enqueue(rows.flatMap(({ id, waits, asks }) => (waits || asks ? [] : [id])));
  }
  work.wake('batch', []);
  return made;
}

const known: Statement = {
  name: 'run.spawn.known',
  text: `SELECT id, key FROM "Automation" WHERE "workspaceId" = $1::uuid AND key = ANY($2::text[]) AND kind = 'FLOW' AND "deletedAt" IS NULL`,
};

/**
 * Throws NotFoundError for a key that no flow has, and ConflictError (`LOOP`) for that of a flow that led here: each level would make as many
 * runs as there are records for each run of the level before.
 */
export async function assertFlows({ parent, chain }: Spawning, sql: Sql, keys: readonly string[]): Promise<void> {
  const found = new Map((await sql.query<{ id: string; key: string }>(known, [parent.workspaceId, keys])).map(({ id, key }) => [key, id]));
  const missing = keys.find((key) => !found.has(key));
  if (missing !== undefined) throw new NotFoundError(`There is no flow ${missing}.`);
  const again = keys.find((key) => chain.includes(found.get(key) ?? ''));
  if (again !== undefined)
    throw new ConflictError(`The flow ${again} led to this run: over records it would start itself without end.`, 'LOOP');
}

export interface ChildRun {
  readonly status: RunStatus;
  readonly output: Json;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

const readChild: Statement = {
  name: 'run.spawn.child',
  text: `SELECT status, output, "errorCode", "errorMessage" FROM "Run" WHERE id = $1::uuid AND "workspaceId" = $2::uuid`,
};

/** A run that a step waits for. Throws ConflictError when it is no longer kept. */
export async function readChildRun(sql: Sql, workspaceId: string, id: string): Promise<ChildRun> {
  const [row] = await sql.query<ChildRun>(readChild, [id, workspaceId]);
  if (row === undefined) throw new ConflictError('The run that it waited for is no longer kept.', 'NOT_KEPT');
  return row;
}

import type { Sql, Statement } from '#platform/db/database';
import type { ActorKind, ReplayEffects, RunTrigger } from '#platform/db/generated/prisma/enums';
import { unpaused, unpausedWorkspace } from './run.pause.js';

/** A run in the hands of a worker. What the worker writes must carry this epoch. */
export interface ClaimedRun {
  readonly id: string;
  readonly workspaceId: string;
  readonly automationId: string | null;
  readonly planHash: string;
  readonly epoch: number;
  readonly writes: number;
  readonly input: unknown;
  /** What its steps get in place of the input, once it is made. */
  readonly resolvedPayload: unknown;
  /** Whether it is made: it may be null. */
  readonly resolved: boolean;
  readonly trigger: RunTrigger;
  readonly maxAttempts: number;
  readonly attempt: number;
  readonly queuedAt: Date;
  readonly startedAt: Date;
  /** The database's clock at the claim. */
  readonly claimedAt: Date;
  readonly crashes: number;
  readonly environmentId: string;
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  /** The event that it was made for, and the record that it is about. */
  readonly eventId: string | null;
  readonly entityId: string | null;
  /** How many automations led to it. */
  readonly depth: number;
  /** The run whose step started it. */
  readonly parentId: string | null;
  readonly awaited: boolean;
  /** How many things that it may have waited for were told at the claim. */
  readonly signals: number;
  /** The run that it does again, and what its steps do outside of it; null: it is no replay. */
  readonly replayedFromId: string | null;
  readonly replayEffects: ReplayEffects | null;
  /** What came with the last return from a redirect: `{ step, event }`; null before. */
  readonly resumeEvent: unknown;
  /** When that was: the time of a chain counts anew from there. */
  readonly resumedAt: Date | null;
}

export interface ClaimOptions {
  readonly owner: string;
  readonly leaseMs: number;
}

const more =
  'r."environmentId", r."actorKind", r."actorId", r."eventId", r."entityId", r.depth, r."parentId", r.awaited, r.signals, r."replayedFromId", r."replayEffects"';

/** Everything a claim does to the runs that `picked` names: $1 owner, $2 lease in ms, $3 whether in a solo process. */
const claimed = `
claimed AS (
  UPDATE "Run" r SET status = 'RUNNING', epoch = r.epoch + 1, sequence = r.sequence + 1, "leaseOwner" = $1::uuid, "leaseUntil" = clock_timestamp() + $2 * interval '1 millisecond', "leaseSolo" = $3,
    "startedAt" = coalesce(r."startedAt", clock_timestamp()), "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL, "pauseId" = NULL
  FROM picked WHERE r.id = picked.id
  RETURNING r.id, r."workspaceId", r."automationId", r."planHash", r.epoch, r.writes, r.input, r."resolvedPayload", r.trigger, r."maxAttempts", r.attempt, r."queuedAt", r."startedAt", r.sequence, r.crashes, r."resumeEvent", r."resumedAt", ${more}, clock_timestamp() AS "claimedAt"
), event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
  SELECT id, sequence, "workspaceId", "automationId", 'RUN_STARTED', "claimedAt", 'RUNNING' FROM claimed
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg(id), array_agg(sequence) FROM claimed HAVING count(*) > 0
)
SELECT id, "workspaceId", "automationId", "planHash", epoch, writes, input, "resolvedPayload", "resolvedPayload" IS NOT NULL AS resolved, trigger, "maxAttempts", attempt, "queuedAt", "startedAt", "claimedAt", crashes, "resumeEvent", "resumedAt", ${more} FROM claimed r`;

/** How long a run is for who was woken for it: then it is for whoever pulls, who gives each workspace its share of a backlog. */
const woken = `clock_timestamp() - interval '5 seconds'`;

const byIds: Statement = {
  name: 'run.claim',
  // As text, so that the index of all queued runs does not apply: by their ids, a few runs cost the same whatever else is queued.
  text: `
WITH picked AS (
  SELECT r.id FROM "Run" r JOIN "Workspace" w ON w.id = r."workspaceId"
  WHERE r.id = ANY($4::uuid[]) AND r.status::text = 'QUEUED' AND r.crashes = 0 AND w."maxRunning" IS NULL
    AND (r."dispatchedAt" IS NULL OR r."dispatchedAt" >= ${woken}) AND ${unpaused}
  FOR UPDATE OF r SKIP LOCKED
), ${claimed}`,
};

/** Whether a queued run `r` may be pulled: nobody was woken for it, or too long ago, and no pause covers it. */
const untaken = `r.status = 'QUEUED' AND r.crashes = 0 AND (r."dispatchedAt" IS NULL OR r."dispatchedAt" < ${woken}) AND ${unpaused}`;

/**
 * The next runs that nobody was woken for, or whose wake-up is older than 5 seconds: by workspace share, then priority,
 * then age. The workspaces come from a walk over the index of queued runs, so a backlog of 100 000 costs what one of 100 does.
 * Only workspaces that can take a run are drawn; one that is paused is not even looked into, however much waits there.
 */
const pull = (name: string, workspaces: string, room: string): Statement => ({
  name,
  text: `
WITH RECURSIVE walk AS (
  (SELECT "workspaceId" FROM "Run" WHERE status = 'QUEUED' ORDER BY "workspaceId" LIMIT 1)
  UNION ALL
  SELECT (SELECT r."workspaceId" FROM "Run" r WHERE r.status = 'QUEUED' AND r."workspaceId" > walk."workspaceId" ORDER BY r."workspaceId" LIMIT 1)
  FROM walk WHERE walk."workspaceId" IS NOT NULL
), awake AS MATERIALIZED (
  SELECT w.* FROM walk JOIN "Workspace" w ON w.id = walk."workspaceId" WHERE ${workspaces} AND ${unpausedWorkspace}
), eligible AS MATERIALIZED (
  SELECT w.id, ${room} AS room FROM awake w WHERE EXISTS (SELECT 1 FROM "Run" r WHERE r."workspaceId" = w.id AND ${untaken})
), space AS (
  SELECT id, room, count(*) OVER () AS spaces FROM eligible WHERE room > 0 ORDER BY random() LIMIT $4
), picked AS (
  SELECT next.id FROM space CROSS JOIN LATERAL (
    SELECT r.id FROM "Run" r WHERE r."workspaceId" = space.id AND ${untaken}
    ORDER BY r.priority, r.id LIMIT least(ceil($4::float8 / space.spaces), space.room)
    FOR UPDATE SKIP LOCKED
  ) next
), ${claimed}`,
});

const pullOpen = pull('run.pull', `w."maxRunning" IS NULL`, '1000000');

// Runs of capped workspaces are not dispatched; they are pulled here, under a lock on their workspaces ($5).
const pullCapped = pull(
  'run.pull.capped',
  'w.id = ANY($5::uuid[])',
  `w."maxRunning" - (SELECT count(*) FROM "Run" x WHERE x.status = 'RUNNING' AND x."workspaceId" = w.id)`,
);
const lockCapped: Statement = {
  name: 'run.pull.lock',
  text: `SELECT id FROM "Workspace" w WHERE w."maxRunning" IS NOT NULL AND EXISTS (SELECT 1 FROM "Run" r WHERE r."workspaceId" = w.id AND r.status = 'QUEUED') AND ${unpausedWorkspace} FOR NO KEY UPDATE SKIP LOCKED`,
};

const pullSuspects: Statement = {
  name: 'run.pull.suspects',
  text: `
WITH picked AS (
  SELECT r.id FROM "Run" r WHERE r.status = 'QUEUED' AND r.crashes > 0 AND ${unpaused} ORDER BY r.priority, r.id LIMIT $4 FOR UPDATE SKIP LOCKED
), ${claimed}`,
};

/** Takes those of the given runs that are QUEUED and were not left for 5 seconds; who comes second gets nothing. */
export function claimRuns(sql: Sql, runIds: readonly string[], options: ClaimOptions): Promise<ClaimedRun[]> {
  return sql.query<ClaimedRun>(byIds, [options.owner, options.leaseMs, false, runIds]);
}

/** Takes up to `most` runs that wait for their turn. */
export function pullRuns(sql: Sql, most: number, options: ClaimOptions): Promise<ClaimedRun[]> {
  return sql.query<ClaimedRun>(pullOpen, [options.owner, options.leaseMs, false, most]);
}

/** The same for workspaces with a cap on running runs; call it inside a transaction, which holds their rows while it counts. */
export async function pullCappedRuns(sql: Sql, most: number, options: ClaimOptions): Promise<ClaimedRun[]> {
  const capped = await sql.query<{ id: string }>(lockCapped, []);
  if (capped.length === 0) return [];
  return sql.query<ClaimedRun>(pullCapped, [options.owner, options.leaseMs, false, most, capped.map((workspace) => workspace.id)]);
}

/** Takes up to `most` suspects, for a process in which they are alone. */
export function pullSuspectRuns(sql: Sql, most: number, options: ClaimOptions): Promise<ClaimedRun[]> {
  return sql.query<ClaimedRun>(pullSuspects, [options.owner, options.leaseMs, true, most]);
}

const suspects: Statement = {
  name: 'run.suspects',
  text: `SELECT EXISTS (SELECT 1 FROM "Run" r WHERE r.status = 'QUEUED' AND r.crashes > 0 AND ${unpaused}) AS some`,
};

/** Whether runs wait that only a solo process may take. */
export async function hasSuspects(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ some: boolean }>(suspects, []);
  return row?.some === true;
}

const giveBack: Statement = {
  name: 'run.giveback',
  text: `UPDATE "Run" SET "dispatchedAt" = NULL WHERE id = ANY($1::uuid[]) AND status = 'QUEUED' AND "dispatchedAt" >= ${woken}`,
};

/** Runs whose wake-up could not be used, because every place was taken or a pause covers them: any worker may pull them as soon as it can. */
export async function giveBackRuns(sql: Sql, runIds: readonly string[]): Promise<void> {
  await sql.query(giveBack, [runIds]);
}

import type { Statement } from '#platform/db/database';
import type { Run } from '#platform/db/generated/prisma/client';
import { ConflictError, NotFoundError } from '#domain/errors';
import type { Work } from '#domain/work';
import { readWholeRuns } from './run.insert.js';
import { afterwards, type MovedRun } from './run.lease.js';

const resume: Statement = {
  name: 'run.resume',
  // The step stands in the output that the redirect left: what comes back is for it alone, whatever redirects follow.
  text: `
WITH target AS (
  SELECT id FROM "Run" WHERE id = $1::uuid AND status = 'WAITING' AND "waitKind" = 'REDIRECT' AND "waitUntil" > clock_timestamp() FOR UPDATE
), moved AS (
  UPDATE "Run" r SET status = 'QUEUED', sequence = r.sequence + 1, "resumeEvent" = jsonb_build_object('step', r.output -> 'decision' -> 'step', 'event', $2::jsonb), "resumedAt" = clock_timestamp(), output = NULL,
    "dispatchedAt" = CASE WHEN w."maxRunning" IS NULL THEN clock_timestamp() END, "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL
  FROM target, "Workspace" w WHERE r.id = target.id AND w.id = r."workspaceId"
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence, r."dryRun", r."errorCode", r."errorMessage", 'RUN_QUEUED'::"RunEventType" AS queued
), ${afterwards}`,
};

/** Queues a run that waits for the return from a redirect, with the event (JSON text) that came back. Throws ConflictError when it does not wait for one. */
export async function resumeRun(work: Work, runId: string, event: string): Promise<Run> {
  const moved = await work.sql.query<MovedRun>(resume, [runId, event]);
  const run = (await readWholeRuns(work.sql, [runId])).get(runId);
  if (run === undefined) throw new NotFoundError('No such run.');
  if (moved.length === 0) throw new ConflictError(`The run does not wait for the return from a redirect; it is ${run.status}.`, run.status);
  work.wake('runs', [runId]);
  work.wake('batch', []);
  work.enqueue([runId]);
  return run;
}

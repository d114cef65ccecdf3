import { randomUUID } from 'node:crypto';
import type { Run } from '#platform/db/generated/prisma/client';
import type { RunEventType, RunStatus } from '#platform/db/generated/prisma/enums';
import type { Database, Sql } from '#platform/db/database';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';

export interface FeedSeed {
  readonly workspaceId: string;
  readonly environmentId: string;
}

export async function seedFeedWorkspace(db: Database): Promise<FeedSeed> {
  const [organizationId, workspaceId, environmentId] = [newId(), newId(), newId()];
  const key = `w${randomUUID().slice(0, 8)}`;
  await db.prisma.organization.create({ data: { id: organizationId, key, name: key } });
  await db.prisma.workspace.create({ data: { id: workspaceId, organizationId, key, name: key } });
  await db.prisma.environment.create({ data: { id: environmentId, workspaceId, key: 'production', name: 'Production' } });
  return { workspaceId, environmentId };
}

async function logEvents(
  sql: Sql,
  run: { readonly id: string; readonly workspaceId: string; readonly sequence: number; readonly status: RunStatus },
  types: readonly RunEventType[],
): Promise<void> {
  const first = run.sequence - types.length + 1;
  const sequences = types.map((_type, index) => first + index);
  await sql.query(
    {
      name: 'test.events',
      text: `INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", type, at, status)
        SELECT $1::uuid, t.sequence, $2::uuid, t.type::"RunEventType", clock_timestamp(), $3::"RunStatus" FROM unnest($4::int[], $5::text[]) AS t(sequence, type)`,
    },
    [run.id, run.workspaceId, run.status, sequences, types],
  );
  await sql.query({ name: 'test.batch', text: 'INSERT INTO "FeedBatch" ("runIds", sequences) VALUES ($1::uuid[], $2::int[])' }, [
    sequences.map(() => run.id),
    sequences,
  ]);
}

/** A run with its first event, committed as a trigger does. */
export async function insertRun(platform: Platform, { workspaceId, environmentId }: FeedSeed): Promise<Run> {
  const id = newId();
  await platform.db.begin(async (sql) => {
    await sql.query(
      {
        name: 'test.run',
        text: `INSERT INTO "Run" (id, "workspaceId", "environmentId", "planHash", status, trigger, "actorKind", "queuedAt") VALUES ($1, $2, $3, 'none', 'QUEUED', 'API', 'SYSTEM', clock_timestamp())`,
      },
      [id, workspaceId, environmentId],
    );
    await logEvents(sql, { id, workspaceId, sequence: 1, status: 'QUEUED' }, ['RUN_QUEUED']);
  });
  platform.wake.send('batch');
  return platform.db.prisma.run.findUniqueOrThrow({ where: { id } });
}

/** Writes events of a run under its row lock, as every writer does; `before` runs inside the transaction and may refuse it. */
export async function writeEvents(
  platform: Platform,
  runId: string,
  types: readonly RunEventType[],
  status: RunStatus = 'RUNNING',
  before?: () => Promise<void>,
): Promise<void> {
  await platform.db.begin(async (sql) => {
    const [run] = await sql.query<{ id: string; workspaceId: string; sequence: number; status: RunStatus }>(
      {
        name: 'test.advance',
        text: 'UPDATE "Run" SET sequence = sequence + $2, status = $3::"RunStatus" WHERE id = $1 RETURNING id, "workspaceId", sequence, status',
      },
      [runId, types.length, status],
    );
    if (run === undefined) throw new Error('no such run');
    await logEvents(sql, run, types);
    await before?.();
  });
  platform.wake.send('batch');
  platform.wake.send('runs', [runId]);
}

/** What the feed should have delivered: the whole log in the order of its positions. */
export function feedLog(db: Database): Promise<{ readonly position: bigint; readonly runId: string; readonly sequence: number }[]> {
  return db.sql.query({ name: 'test.log', text: 'SELECT position, "runId", sequence FROM "FeedPosition" ORDER BY position' }, []);
}

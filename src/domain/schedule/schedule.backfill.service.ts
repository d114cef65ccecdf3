import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Schedule } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { ConflictError, LimitExceededError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { type NewRun, insertNewRuns } from '#domain/run/run.insert';
import { once } from '#domain/tenant/idempotency';
import { permitted } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { type BackfillScheduleInput, backfillCount, backfillInput } from './schedule.input.js';
import { lockSchedule, needs } from './schedule.service.js';
import { type Cadence, cadenceOf, nextNominal } from './schedule.time.js';

export type { BackfillScheduleInput } from './schedule.input.js';

export interface Backfill {
  readonly scheduleId: string;
  /** How many gaps were found and, but for a dry run, filled. */
  readonly count: number;
  /** The first few of them. */
  readonly first: readonly Date[];
}

/** How many nominal times a range may have, gaps or not: counting them takes up to a second. */
const mostNominal = 10_000;
/** How many are counted before others get their turn: some 10 ms. */
const turn = 200;
/** Runs in one statement, and the bytes of their payloads. */
const mostRuns = 200;
const statementBytes = 8_000_000;
/** Bytes of payloads that one backfill may write. */
const mostBytes = 64_000_000;
const shownCount = 10;

/** The audit entry of a backfill is what remains of it: a repeat with the same idempotency key answers from there. */
const recorded = z.object({ count: z.number(), first: z.array(z.iso.datetime()) });

/**
 * Makes the runs of the nominal times in [from, until) that have none: those that were skipped, and those before which nobody was there.
 * By the timing that the schedule has now; also when it is disabled. Times that its own fires will still decide are left to them.
 * Throws NotFoundError, ForbiddenError, InvalidInputError (`from`: the ledger is kept from later on), ConflictError (NOT_DEPLOYED), IdempotencyConflictError,
 * and LimitExceededError telling how many there are.
 */
export async function backfillSchedule(work: Work, scheduleId: string, raw: BackfillScheduleInput): Promise<Backfill> {
  const { idempotencyKey, dryRun, limit, ...range } = parseInput(backfillInput, raw);
  if (dryRun === true) {
    const schedule = permitted(work.viewer, await work.tx.schedule.findUnique({ where: { id: scheduleId } }), needs);
    return told(scheduleId, await findGaps(work, schedule, range));
  }
  // Locked: neither a tick is decided nor another backfill made meanwhile.
  const schedule = await lockSchedule(work, scheduleId);
  const { workspaceId } = schedule;
  const find = (id: string) => work.tx.auditEntry.findUnique({ where: { id }, select: { id: true } });
  const body = { scheduleId, ...range, limit };
  const entryId = await once(work, { workspaceId, operation: 'backfillSchedule', key: idempotencyKey, body, find }, async () => {
    const gaps = await findGaps(work, schedule, range);
    await fill(work, schedule, gaps, limit ?? backfillCount);
    const { count, first } = told(scheduleId, gaps);
    const id = newId();
    await audit(work, {
      id,
      workspaceId,
      operation: 'backfillSchedule',
      subjectType: 'Schedule',
      subjectId: scheduleId,
      change: { from: range.from.toISOString(), until: range.until.toISOString(), count, first: first.map((time) => time.toISOString()) },
    });
    return id;
  });
  const { change } = await work.tx.auditEntry.findUniqueOrThrow({ where: { id: entryId }, select: { change: true } });
  const { count, first } = recorded.parse(change);
  return { scheduleId, count, first: first.map((time) => new Date(time)) };
}

function told(scheduleId: string, gaps: readonly number[]): Backfill {
  return { scheduleId, count: gaps.length, first: gaps.slice(0, shownCount).map((time) => new Date(time)) };
}

interface Range {
  readonly from: Date;
  readonly until: Date;
}

/** The nominal times in the range that are over and have no run, oldest first. */
async function findGaps(work: Work, schedule: Schedule, { from, until }: Range): Promise<number[]> {
  const { forgotUntil } = schedule;
  // What ran at these times is no longer known: it would run again.
  if (forgotUntil !== null && from <= forgotUntil)
    throw invalid(['from'], `The ledger is no longer kept up to ${forgotUntil.toISOString()}; a backfill begins after that.`, 'TOO_EARLY');
  const future = Math.min(work.now.getTime() + 1, schedule.nextNominalAt?.getTime() ?? Number.POSITIVE_INFINITY);
  const times = await nominalTimes(cadenceOf(schedule), from.getTime(), Math.min(until.getTime(), future));
  const ticks = await work.sql.query<{ nominalAt: Date }>(decidedAmong, [schedule.id, times.map((time) => new Date(time))]);
  const decided = new Set(ticks.map((tick) => tick.nominalAt.getTime()));
  return times.filter((time) => !decided.has(time));
}

async function nominalTimes(cadence: Cadence, from: number, until: number): Promise<number[]> {
  const times: number[] = [];
  for (let time = nextNominal(cadence, from - 1); time !== null && time < until; time = nextNominal(cadence, time)) {
    if (times.length === mostNominal)
      throw new LimitExceededError(`The range has more than ${mostNominal} nominal times; backfill it in parts.`, mostNominal);
    times.push(time);
    if (times.length % turn === 0) await setImmediate();
  }
  return times;
}

const decidedAmong = {
  name: 'schedule.backfill.decided',
  text: `SELECT "nominalAt" FROM "Tick" WHERE "scheduleId" = $1::uuid AND "nominalAt" = ANY($2::timestamptz[]) AND status <> 'SKIPPED'`,
};

const fillTicks = {
  name: 'schedule.backfill.ticks',
  text: `
INSERT INTO "Tick" AS known ("scheduleId", "nominalAt", status, reason, "runId", "decidedAt")
SELECT $1::uuid, "nominalAt", 'LATE', 'Backfilled.', "runId", clock_timestamp() FROM unnest($2::timestamptz[], $3::uuid[]) AS t("nominalAt", "runId")
ON CONFLICT ("scheduleId", "nominalAt") DO UPDATE SET status = excluded.status, reason = excluded.reason, "runId" = excluded."runId", "decidedAt" = excluded."decidedAt"`,
};

async function fill(work: Work, schedule: Schedule, gaps: readonly number[], limit: number): Promise<void> {
  if (gaps.length > limit) throw new LimitExceededError(`There are ${gaps.length} times without a run, and the limit is ${limit}.`, limit);
  const input = schedule.payload === null ? null : JSON.stringify(schedule.payload);
  const bytes = input === null ? 0 : Buffer.byteLength(input);
  if (bytes * gaps.length > mostBytes) {
    const affordable = Math.floor(mostBytes / bytes);
    throw new LimitExceededError(`There are ${gaps.length} times without a run; with this payload at most ${affordable} fit.`, affordable);
  }
  const environment = await work.tx.environment.findUniqueOrThrow({ where: { id: schedule.environmentId }, select: { key: true } });
  const size = Math.max(1, Math.min(mostRuns, bytes === 0 ? mostRuns : Math.floor(statementBytes / bytes)));
  for (let done = 0; done < gaps.length; done += size) {
    const times = gaps.slice(done, done + size);
    const runs = times.map(() => newRun(work, schedule, environment.key, input));
    const inserted = await insertNewRuns(work.sql, runs);
    if (runs.some((run) => inserted.get(run.id)?.versionId == null))
      throw new ConflictError(`Nothing of this automation is deployed in ${environment.key}.`, 'NOT_DEPLOYED');
    await work.sql.query(fillTicks, [schedule.id, times.map((time) => new Date(time)), runs.map((run) => run.id)]);
    const ids = runs.map((run) => run.id);
    if (runs.some((run) => inserted.get(run.id)?.waits === true)) work.wake('thread', ids);
    else work.enqueue(ids);
  }
  if (gaps.length > 0) work.wake('batch', []);
}

function newRun(work: Work, schedule: Schedule, environmentKey: string, input: string | null): NewRun {
  return {
    id: newId(),
    workspaceId: schedule.workspaceId,
    automationId: schedule.automationId,
    automationKey: null,
    versionId: null,
    environmentKey,
    input,
    priority: null,
    idempotencyKey: null,
    trigger: 'SCHEDULE',
    actorKind: work.viewer.actor.kind,
    actorId: work.viewer.actor.id,
    scheduleId: schedule.id,
    retriedFromId: null,
    dispatched: true,
  };
}

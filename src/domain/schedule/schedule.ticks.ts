import type { MisfirePolicy, OverlapPolicy, TickStatus } from '#platform/db/generated/prisma/enums';
import type { Sql, Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { insertNewRuns, type NewRun } from '#domain/run/run.insert';
import { type DueTime, type Fire, type TimedRow, cadenceOf, dueTimes } from './schedule.time.js';

interface DueSchedule extends TimedRow {
  readonly workspaceId: string;
  readonly automationId: string;
  readonly environmentKey: string;
  readonly payload: unknown;
  readonly payloadBytes: number;
  readonly misfire: MisfirePolicy;
  readonly overlap: OverlapPolicy;
  readonly nextNominalAt: Date;
  readonly nextFireAt: Date;
  /** Whether the schedule and its automation may fire. */
  readonly live: boolean;
  /** Whether a run of it has not finished. */
  readonly open: boolean;
  readonly now: Date;
}

/** Most schedules in one transaction; 5 000 that are due at once take ten, none of which holds its locks for long. */
const mostSchedules = 500;
/** Most nominal times of one schedule, and of all of them, decided in one transaction; after a long pause the rest follows in the next ones. */
const mostTimes = 200;
const mostTimesTogether = 2_000;
/** Most bytes of payload in one transaction; a single run may have more. */
const mostBytes = 8_000_000;

/** Whether one of the last runs of a schedule `s` has not finished. Twenty are enough: only ALLOW, which does not ask, has more open at once. */
const openSchedule = `EXISTS (SELECT 1 FROM (SELECT r.status FROM "Run" r WHERE r."scheduleId" = s.id ORDER BY r.id DESC LIMIT 20) recent WHERE recent.status IN ('QUEUED', 'WAITING', 'RUNNING'))`;

const lockDue: Statement = {
  name: 'schedule.due',
  // Those that wait for their last run are left out, or a hundred of them would keep all others from firing. The time of the
  // statement and not clock_timestamp(), which changes from row to row and would have every schedule looked at.
  text: `
SELECT s.id FROM "Schedule" s WHERE s."nextFireAt" <= statement_timestamp() AND NOT (s.overlap = 'QUEUE' AND ${openSchedule})
ORDER BY s."nextFireAt" LIMIT ${mostSchedules} FOR UPDATE SKIP LOCKED`,
};

const readLocked: Statement = {
  name: 'schedule.locked',
  // In a statement of its own: what another worker committed before it gave up the lock must be seen, its run above all.
  // Payloads beyond the bytes of one transaction are not read at all; their schedules are due in the next one.
  text: `
SELECT s.id, s."workspaceId", s."automationId", e.key AS "environmentKey", s.kind, s.cron, s."timeZone", s."intervalMs", s."startAt", s."endAt", s."jitterMs",
  s.payload, s."payloadBytes", s.misfire, s.overlap, coalesce(s."nextNominalAt", s."nextFireAt") AS "nextNominalAt", s."nextFireAt",
  s.enabled AND a.enabled AND a."deletedAt" IS NULL AS live, clock_timestamp() AS now, s.overlap <> 'ALLOW' AND ${openSchedule} AS open
FROM (
  SELECT id, sum("payloadBytes") OVER (ORDER BY "nextFireAt", id) - "payloadBytes" AS before
  FROM "Schedule" WHERE id = ANY($1::uuid[]) AND "nextFireAt" <= statement_timestamp()
) sized JOIN "Schedule" s ON s.id = sized.id JOIN "Automation" a ON a.id = s."automationId" JOIN "Environment" e ON e.id = s."environmentId"
WHERE sized.before <= ${mostBytes} ORDER BY s."nextFireAt", s.id`,
};

const readTicks: Statement = {
  name: 'schedule.decided',
  text: `
SELECT t."scheduleId", t."nominalAt" FROM "Tick" t JOIN unnest($1::uuid[], $2::timestamptz[]) AS d("scheduleId", "nextNominalAt") ON d."scheduleId" = t."scheduleId"
WHERE t."nominalAt" >= d."nextNominalAt"`,
};

const insertTicks: Statement = {
  name: 'schedule.ticks',
  // A time that is in the ledger already stays as it was decided.
  text: `
INSERT INTO "Tick" ("scheduleId", "nominalAt", status, reason, "runId", "decidedAt")
SELECT "scheduleId", "nominalAt", status::"TickStatus", reason, "runId", clock_timestamp()
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[]) AS t("scheduleId", "nominalAt", status, reason, "runId")
ON CONFLICT ("scheduleId", "nominalAt") DO NOTHING`,
};

const moveOn: Statement = {
  name: 'schedule.next',
  // What had one moment, and fired, is over: it disables itself.
  text: `
UPDATE "Schedule" s SET "nextNominalAt" = t."nextNominalAt", "nextFireAt" = t."nextFireAt", enabled = s.enabled AND NOT (s.kind = 'ONCE' AND t.decided AND t."nextFireAt" IS NULL)
FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::boolean[]) AS t(id, "nextNominalAt", "nextFireAt", decided) WHERE s.id = t.id`,
};

interface Tick {
  readonly scheduleId: string;
  readonly nominal: number;
  readonly status: TickStatus;
  readonly reason: string | null;
  readonly run: NewRun | null;
}

/**
 * Decides nominal times that are due: ledger, runs and the next time commit together, under a lock on the schedule, so
 * any number of workers may call it. Goes on for up to `burstMs` while more are due, and wakes workers for the runs at the end:
 * fires that are due come before the execution of those that were. Answers how many times were decided.
 */
export async function fireDueSchedules(platform: Platform, burstMs = 0): Promise<number> {
  const { db, clock, queue, wake, metrics } = platform;
  const end = clock.elapsed() + burstMs;
  const runIds: string[] = [];
  let decided = 0;
  try {
    for (let more = true; more; more = more && clock.elapsed() < end) {
      const fired = await db.begin(fireDue);
      decided += fired.decided;
      runIds.push(...fired.runIds);
      ({ more } = fired);
    }
  } finally {
    // Also when a later batch failed: what is committed is woken for.
    if (runIds.length > 0) {
      queue.wake(runIds);
      wake.send('batch');
      metrics.runsTriggered.inc({ trigger: 'SCHEDULE' }, runIds.length);
    }
  }
  return decided;
}

const nextFire: Statement = {
  name: 'schedule.next.due',
  text: `
SELECT ceil(extract(epoch FROM s."nextFireAt" - clock_timestamp()) * 1000)::float8 AS ms FROM "Schedule" s
WHERE s."nextFireAt" IS NOT NULL AND NOT (s.overlap = 'QUEUE' AND ${openSchedule}) ORDER BY s."nextFireAt" LIMIT 1`,
};

/** Milliseconds until the next fire is due, by the database's clock; null when there is none. */
export async function nextFireMs(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ ms: number }>(nextFire, []);
  return row?.ms ?? null;
}

interface Fired {
  readonly decided: number;
  readonly runIds: readonly string[];
  /** Whether others are probably due. */
  readonly more: boolean;
}

async function fireDue(sql: Sql): Promise<Fired> {
  const locked = await sql.query<{ id: string }>(lockDue, []);
  const more = locked.length >= mostSchedules;
  if (locked.length === 0) return { decided: 0, runIds: [], more };
  const due = await sql.query<DueSchedule>(readLocked, [locked.map((schedule) => schedule.id)]);
  if (due.length === 0) return { decided: 0, runIds: [], more };
  // Times that are decided already: the database's clock, or the schedule's start, was set back.
  const known = await sql.query<{ scheduleId: string; nominalAt: Date }>(readTicks, [
    due.map((schedule) => schedule.id),
    due.map((schedule) => schedule.nextNominalAt),
  ]);
  const decided = new Set(known.map((tick) => `${tick.scheduleId} ${tick.nominalAt.getTime()}`));
  const budget = { times: mostTimesTogether, bytes: mostBytes };
  const decisions = due.map((schedule) => decide(schedule, budget, (nominal) => decided.has(`${schedule.id} ${nominal}`)));
  const ticks = decisions.flatMap((decision) => decision.ticks);
  const runs = ticks.flatMap((tick) => (tick.run === null ? [] : [tick.run]));
  const inserted = await insertNewRuns(sql, runs);
  const made = (tick: Tick): boolean => tick.run !== null && inserted.get(tick.run.id)?.versionId != null;
  await sql.query(insertTicks, [
    ticks.map((tick) => tick.scheduleId),
    ticks.map((tick) => new Date(tick.nominal)),
    ticks.map((tick) => (tick.run === null || made(tick) ? tick.status : 'SKIPPED')),
    ticks.map((tick) => (tick.run === null || made(tick) ? tick.reason : 'Nothing is deployed.')),
    ticks.map((tick) => (tick.run !== null && made(tick) ? tick.run.id : null)),
  ]);
  await sql.query(moveOn, [
    decisions.map((decision) => decision.scheduleId),
    decisions.map(({ next }) => (next === null ? null : new Date(next.nominal))),
    decisions.map(({ next }) => (next === null ? null : new Date(next.fireAt))),
    decisions.map((decision) => decision.decided),
  ]);
  return { decided: ticks.length, runIds: ticks.filter(made).flatMap((tick) => (tick.run === null ? [] : [tick.run.id])), more };
}

interface Decision {
  readonly scheduleId: string;
  readonly ticks: readonly Tick[];
  readonly next: Fire | null;
  /** Whether a time was decided, now or earlier; else it is not allowed to fire, or waits. */
  readonly decided: boolean;
}

/** What one transaction may still decide. */
interface Budget {
  times: number;
  bytes: number;
}

function decide(schedule: DueSchedule, budget: Budget, isDecided: (nominal: number) => boolean): Decision {
  const { id: scheduleId, jitterMs, overlap, payloadBytes, nextNominalAt, nextFireAt, now } = schedule;
  if (!schedule.live) return { scheduleId, ticks: [], next: null, decided: false };
  const from = nextNominalAt.getTime();
  // One at a time: the fires that wait for a predecessor keep their place by staying due.
  const queued = overlap === 'QUEUE';
  if (queued && schedule.open) return { scheduleId, ticks: [], next: { nominal: from, fireAt: nextFireAt.getTime() }, decided: false };
  const affordable = Math.min(mostTimes, budget.times, payloadBytes === 0 ? mostTimes : Math.floor(budget.bytes / payloadBytes));
  const most = queued ? 1 : Math.max(1, affordable);
  const policy = queued ? 'RUN_ALL' : schedule.misfire;
  const jitter = { key: scheduleId, jitterMs };
  const { times, next } = dueTimes(cadenceOf(schedule), jitter, from, now.getTime(), policy, most, nextFireAt.getTime());
  let open = schedule.open;
  const undecided = times.filter((time) => !isDecided(time.nominal));
  const ticks = undecided.map((time): Tick => {
    const skipped = skipReason(time, overlap === 'SKIP' && open);
    if (skipped !== null) return { scheduleId, nominal: time.nominal, status: 'SKIPPED', reason: skipped, run: null };
    open = true;
    return { scheduleId, nominal: time.nominal, status: time.late ? 'LATE' : 'FIRED', reason: null, run: newRun(schedule) };
  });
  budget.times -= ticks.length;
  budget.bytes -= ticks.reduce((bytes, tick) => bytes + (tick.run === null ? 0 : payloadBytes), 0);
  return { scheduleId, ticks, next, decided: times.length > 0 };
}

function skipReason(time: DueTime, overlaps: boolean): string | null {
  if (!time.fire) return 'It was missed, and the misfire policy skips it.';
  return overlaps ? 'The run of an earlier fire has not finished.' : null;
}

function newRun(schedule: DueSchedule): NewRun {
  return {
    id: newId(),
    workspaceId: schedule.workspaceId,
    automationId: schedule.automationId,
    automationKey: null,
    versionId: null,
    environmentKey: schedule.environmentKey,
    input: schedule.payload === null || schedule.payload === undefined ? null : JSON.stringify(schedule.payload),
    priority: null,
    idempotencyKey: null,
    trigger: 'SCHEDULE',
    actorKind: 'SYSTEM',
    actorId: null,
    scheduleId: schedule.id,
    retriedFromId: null,
    dispatched: true,
  };
}

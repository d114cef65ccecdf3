import { type Database, sqlIn } from '#platform/db/database';
import type { RunStatus, RunTrigger } from '#platform/db/generated/prisma/enums';
import { type FieldProblem, InvalidInputError, LimitExceededError } from '#domain/errors';
import { filterSql, type ResolvedFilter } from './run.filter.js';

/** The length of a bucket. From days on they are those of a calendar, and begin at midnight in the time zone. */
export const statsIntervals = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type StatsInterval = (typeof statsIntervals)[number];

export const statsGroupings = ['STATUS', 'AUTOMATION', 'APP', 'TRIGGER', 'ERROR_CODE'] as const;
export type StatsGrouping = (typeof statsGroupings)[number];

export interface StatsQuestion {
  readonly workspaceIds: readonly string[];
  readonly filter: ResolvedFilter;
  /** Runs queued from here on. */
  readonly from: Date;
  /** Runs queued before this. */
  readonly until: Date;
  readonly interval: StatsInterval;
  /** An IANA name. */
  readonly timeZone: string;
  /** Each combination of their values is a group; none: no groups. */
  readonly groupBy: readonly StatsGrouping[];
}

/** Of a set of runs. Times are in milliseconds, null without a run that has one. */
export interface Figures {
  readonly count: number;
  readonly succeeded: number;
  /** Final otherwise. */
  readonly failed: number;
  /** From start to end: the 50th, 95th and 99th percentile. */
  readonly duration: readonly [number, number, number] | null;
  /** From being queued to the first start: the 50th and 95th percentile. */
  readonly queueTime: readonly [number, number] | null;
}

export interface GroupFigures extends Figures {
  /** All groups beyond the largest ones together. */
  readonly other: boolean;
  readonly status: RunStatus | null;
  readonly automationId: string | null;
  readonly appId: string | null;
  readonly trigger: RunTrigger | null;
  readonly errorCode: string | null;
}

export interface StatsBucket {
  readonly from: Date;
  readonly until: Date;
  readonly total: Figures;
  /** The largest over the whole range first; those without a run here are absent. */
  readonly groups: readonly GroupFigures[];
}

export interface Stats {
  readonly total: Figures;
  /** In the order of time, without gaps. */
  readonly buckets: readonly StatsBucket[];
}

/** More than a chart can show, and an answer of at most 51 000 sets of figures. */
export const mostBuckets = 1_000;
export const mostGroups = 50;
/** What is aggregated by one statement must be read within `STATEMENT_MS`. */
export const mostDays = 400;

const dayMs = 86_400_000;
const lengthMs: Record<StatsInterval, number> = { MINUTE: 60_000, HOUR: 3_600_000, DAY: dayMs, WEEK: 7 * dayMs, MONTH: 28 * dayMs };
/** The times in ids are of the clocks of the processes that made them, before the commit. */
const idSlackMs = 600_000;

const columns: Record<StatsGrouping, string> = {
  STATUS: 'r.status::text',
  AUTOMATION: 'r."automationId"::text',
  APP: 'grouped."appId"::text',
  TRIGGER: 'r.trigger::text',
  ERROR_CODE: 'r."errorCode"',
};

interface Row {
  /** Null: of the whole range. */
  readonly from: Date | null;
  readonly until: Date | null;
  /** 0: the other groups; null: of the whole bucket. */
  readonly place: number | null;
  readonly key: readonly (string | null)[] | null;
  readonly count: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly duration: readonly [number, number, number] | readonly null[] | null;
  readonly queueTime: readonly [number, number] | readonly null[] | null;
}

/** The smallest id, as of UUIDs version 7, of a moment. */
function idAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/**
 * Counts and times of runs by when they were queued, in one statement over the index of workspace and id. Throws InvalidInputError (`from`,
 * `until`, `timeZone`) and LimitExceededError (too many buckets, too long a range).
 */
export async function readStats({ prisma }: Pick<Database, 'prisma'>, question: StatsQuestion): Promise<Stats> {
  check(question);
  const { workspaceIds, filter, from, until, interval, timeZone, groupBy } = question;
  const groups = [...new Set(groupBy)];
  // Minutes and hours have one length, whatever the clocks in the zone do; days, weeks and months are as long as they are there.
  const fixed = interval === 'MINUTE' || interval === 'HOUR';
  const local = (moment: string): string => `date_trunc('${interval}', ${moment} AT TIME ZONE $3)`;
  const origin = `${local('$1::timestamptz')} AT TIME ZONE $3`;
  const step = `interval '1 ${interval}'`;
  const bucketOf = fixed ? `date_bin(${step}, r."queuedAt", ${origin})` : `${local('r."queuedAt"')} AT TIME ZONE $3`;
  const series = fixed
    ? `SELECT at AS "from", at + ${step} AS until FROM generate_series(${origin}, $2::timestamptz, ${step}) at WHERE at < $2::timestamptz`
    : `SELECT at AT TIME ZONE $3 AS "from", (at + ${step}) AT TIME ZONE $3 AS until FROM generate_series(${local('$1::timestamptz')}, $2::timestamptz AT TIME ZONE $3, ${step}) at WHERE at AT TIME ZONE $3 < $2::timestamptz`;
  // The app is the automation's, as it is now.
  const app = groups.includes('APP') ? 'LEFT JOIN "Automation" grouped ON grouped.id = r."automationId"' : '';
  const where = filterSql(workspaceIds, filter, 6);
  const text = `
WITH picked AS (
  SELECT ${bucketOf} AS bucket, ARRAY[${groups.map((group) => columns[group]).join(', ')}]::text[] AS key, r.status, r."queuedAt", r."startedAt", r."finishedAt"
  FROM "Run" r ${app} WHERE r.id >= $4::uuid AND r.id < $5::uuid AND r."queuedAt" >= $1::timestamptz AND r."queuedAt" < $2::timestamptz AND NOT r."dryRun" AND ${where.text}
), ranked AS (
  SELECT key, row_number() OVER (ORDER BY count(*) DESC, key) AS rank FROM picked GROUP BY key
), placed AS (
  SELECT picked.*, CASE WHEN ranked.rank <= ${mostGroups} THEN ranked.rank::int ELSE 0 END AS place FROM picked JOIN ranked ON ranked.key = picked.key
), figures AS (
  SELECT bucket, place, CASE WHEN place > 0 THEN min(key) END AS key, count(*)::int AS count, (count(*) FILTER (WHERE status = 'SUCCEEDED'))::int AS succeeded,
    (count(*) FILTER (WHERE status <> 'SUCCEEDED' AND "finishedAt" IS NOT NULL))::int AS failed,
    percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM "finishedAt" - "startedAt")::float8 * 1000) AS duration,
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM "startedAt" - "queuedAt")::float8 * 1000) AS "queueTime"
  FROM placed GROUP BY GROUPING SETS ((bucket, place), (bucket), ())
), bucket AS (${series})
SELECT bucket."from", bucket.until, figures.place, figures.key, coalesce(figures.count, 0) AS count, coalesce(figures.succeeded, 0) AS succeeded, coalesce(figures.failed, 0) AS failed, figures.duration, figures."queueTime"
FROM bucket LEFT JOIN figures ON figures.bucket = bucket."from"
UNION ALL
SELECT NULL, NULL, NULL, NULL, count, succeeded, failed, duration, "queueTime" FROM figures WHERE bucket IS NULL
ORDER BY 1 NULLS FIRST, 3 NULLS FIRST`;
  const values = [from, until, timeZone, idAt(from.getTime() - idSlackMs), idAt(until.getTime() + idSlackMs), ...where.values];
  return statsOf(await sqlIn(prisma).query<Row>({ name: 'run.stats', text }, values), groups);
}

function statsOf(rows: readonly Row[], groupBy: readonly StatsGrouping[]): Stats {
  const [first, ...rest] = rows;
  const buckets: { from: Date; until: Date; total: Figures; groups: GroupFigures[] }[] = [];
  for (const row of rest) {
    const { from, until, place } = row;
    if (from === null || until === null) continue;
    const last = buckets.at(-1);
    if (place === null || last?.from.getTime() !== from.getTime()) buckets.push({ from, until, total: figuresOf(row), groups: [] });
    else if (groupBy.length === 0) continue;
    else if (place > 0) last.groups.push({ ...figuresOf(row), ...valuesOf(row.key, groupBy), other: false });
    else last.groups.push({ ...figuresOf(row), ...valuesOf(null, groupBy), other: true });
  }
  // The other groups stand behind those that have a name.
  for (const bucket of buckets) bucket.groups.sort((one, two) => Number(one.other) - Number(two.other));
  return { total: figuresOf(first), buckets };
}

function figuresOf(row: Row | undefined): Figures {
  const { count = 0, succeeded = 0, failed = 0, duration = null, queueTime = null } = row ?? {};
  return {
    count,
    succeeded,
    failed,
    duration: timed<readonly [number, number, number]>(duration),
    queueTime: timed<readonly [number, number]>(queueTime),
  };
}

/** Percentiles of nothing are null, one by one. */
function timed<Times extends readonly number[]>(times: Times | readonly null[] | null): Times | null {
  return times?.[0] == null ? null : (times as Times);
}

function valuesOf(
  key: Row['key'],
  groupBy: readonly StatsGrouping[],
): Pick<GroupFigures, 'status' | 'automationId' | 'appId' | 'trigger' | 'errorCode'> {
  const value = (grouping: StatsGrouping): string | null => {
    const place = groupBy.indexOf(grouping);
    return place < 0 ? null : (key?.[place] ?? null);
  };
  return {
    status: value('STATUS') as RunStatus | null,
    automationId: value('AUTOMATION'),
    appId: value('APP'),
    trigger: value('TRIGGER') as RunTrigger | null,
    errorCode: value('ERROR_CODE'),
  };
}

function check({ from, until, interval, timeZone }: StatsQuestion): void {
  const problems: FieldProblem[] = [];
  if (until <= from) problems.push({ path: ['until'], message: 'The end lies after the start.', code: 'TOO_SMALL' });
  if (!isTimeZone(timeZone))
    problems.push({ path: ['timeZone'], message: `There is no time zone ${timeZone}.`, code: 'UNKNOWN_TIME_ZONE' });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const range = until.getTime() - from.getTime();
  if (range > mostDays * dayMs) throw new LimitExceededError(`The range has at most ${mostDays} days.`, mostDays);
  const buckets = Math.ceil(range / lengthMs[interval]);
  if (buckets > mostBuckets)
    throw new LimitExceededError(`These are ${buckets} buckets; at most ${mostBuckets} are answered. Take a longer interval.`, mostBuckets);
}

/** Names only: an offset means the opposite to PostgreSQL. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

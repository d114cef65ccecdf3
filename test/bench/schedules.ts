import { cpuPer, medianCpu } from './cpu.js';
import { type Figure, figure, percentile } from './figure.js';
import { now, until } from './pace.js';
import { type Stand, idle } from './stand.js';

const together = 5_000;
const perSecond = 50;
const roundSeconds = 5;

/** Schedules that are all due on one second, and schedules that are due one after the other. */
export async function measureSchedules(stand: Stand): Promise<Figure[]> {
  const alone = await measureTogether(stand, 'schedules-together', 'one worker');
  const stops = ['worker-2', 'worker-3'].map((title) => stand.moreWorker(title));
  const several = await measureTogether(stand, 'schedules-together-3-workers', 'three workers');
  for (const stop of stops) await stop();
  return [alone, several, ...(await measureLag(stand))];
}

/**
 * Half by cron, half by interval. A round is the time from the second at which they are due until the last of their ticks can be
 * seen by others; the runs are executed meanwhile. Each round has schedules of its own.
 */
async function measureTogether(stand: Stand, name: string, workers: string): Promise<Figure> {
  const rounds: number[] = [];
  const counts = { ticks: 0, missing: 0, doubled: 0 };
  const cpu: Readonly<Record<string, number>>[] = [];
  // The first one warms up: plans are made, connections are opened.
  for (let round = 0; round < (stand.quick ? 3 : 6); round += 1) {
    const due = (Math.floor(now() / 1_000) + 6) * 1_000;
    const at = new Date(due);
    const cron = `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
    await insert(stand, together, `CASE WHEN n % 2 = 0 THEN 'CRON' ELSE 'INTERVAL' END`, cron, 86_400_000, `$5::timestamptz`, at);
    const before = await stand.cpu();
    let seenAt = 0;
    const limitMs = due - now() + 60_000;
    await until(
      'every tick is there',
      limitMs,
      async () => {
        if (now() < due) return false;
        const { rows } = await stand.pool.query<{ ticks: number }>({
          name: 'bench.schedules.count',
          text: 'SELECT count(*)::int AS ticks FROM "Tick" WHERE "nominalAt" = $1',
          values: [at],
        });
        seenAt = now();
        return (rows[0]?.ticks ?? 0) >= together;
      },
      20,
    );
    if (round > 0) cpu.push(cpuPer(before, await stand.cpu(), together));
    const { rows } = await stand.pool.query<{ ticks: number; runs: number; made: number }>(
      `SELECT count(*)::int AS ticks, count(DISTINCT t."runId")::int AS runs, (SELECT count(*)::int FROM "Run" r JOIN "Schedule" s ON s.id = r."scheduleId") AS made FROM "Tick" t JOIN "Schedule" s ON s.id = t."scheduleId"`,
    );
    const { ticks = 0, runs = 0, made = 0 } = rows[0] ?? {};
    counts.ticks += ticks;
    counts.missing += together - runs;
    counts.doubled += made - together;
    if (round > 0) rounds.push(seenAt - due);
    await idle(stand);
    await stand.pool.query('DELETE FROM "Schedule"');
  }
  const about = `from the second at which ${together} schedules are due until the last of their ticks is committed, runs made; ${workers}; CPU per schedule until then`;
  return figure({ name, about, unit: 'ms', rounds, target: { atMost: 2_000 }, cpuMs: medianCpu(cpu), counts });
}

/** From the time at which a schedule is due until its tick is decided, by the clock of the database; the runs are executed meanwhile. */
async function measureLag(stand: Stand): Promise<Figure[]> {
  const count = perSecond * 10;
  const rounds = stand.quick ? 2 : 8;
  const begin = (Math.floor(now() / 1_000) + 3) * 1_000;
  const spread = `$5::timestamptz + n * interval '${1_000 / perSecond} milliseconds'`;
  await insert(stand, count, `'INTERVAL'`, null, 10_000, spread, new Date(begin));
  // One interval to warm up, in which each of them fires once.
  const from = begin + 10_000;
  const end = from + rounds * roundSeconds * 1_000;
  await until('the rounds are over', end - now() + 30_000, () => now() > end + 2_000, 200);
  const { rows } = await stand.pool.query<{ nominal: number; lag: number }>(
    `SELECT extract(epoch FROM "nominalAt")::float8 * 1000 AS nominal, extract(epoch FROM "decidedAt" - "nominalAt")::float8 * 1000 AS lag
FROM "Tick" WHERE "nominalAt" >= $1 AND "nominalAt" < $2 AND status <> 'SKIPPED' ORDER BY "nominalAt"`,
    [new Date(from), new Date(end)],
  );
  await stand.pool.query('DELETE FROM "Schedule"');
  await idle(stand);
  const inRounds = Array.from({ length: rounds }, (_, round) => {
    const start = from + round * roundSeconds * 1_000;
    return rows.filter(({ nominal }) => nominal >= start && nominal < start + roundSeconds * 1_000).map(({ lag }) => lag);
  });
  const told = (name: string, part: number, target?: { readonly atMost: number }): Figure =>
    figure({
      name,
      about: `from a schedule's due time until its tick is decided, ${perSecond} due a second, one worker that also executes the runs`,
      unit: 'ms',
      rounds: inRounds.map((lags) => percentile(lags, part)),
      overall: percentile(
        rows.map(({ lag }) => lag),
        part,
      ),
      counts: { ticks: rows.length, missing: rounds * roundSeconds * perSecond - rows.length },
      ...(target === undefined ? {} : { target }),
    });
  return [told('schedule-lag-p50', 0.5), told('schedule-lag-p99', 0.99, { atMost: 250 })];
}

/** Schedules that allow overlaps, as their service would write them. `$5` is the moment; `n` counts from 0. */
async function insert(
  stand: Stand,
  count: number,
  kind: string,
  cron: string | null,
  intervalMs: number,
  due: string,
  at: Date,
): Promise<void> {
  await stand.pool.query(
    `INSERT INTO "Schedule" (id, "workspaceId", "automationId", "environmentId", kind, cron, "intervalMs", "startAt", overlap, payload, "payloadBytes", "nextNominalAt", "nextFireAt", "updatedAt")
SELECT gen_random_uuid(), $1::uuid, a.id, $2::uuid, k.kind::"ScheduleKind", CASE WHEN k.kind = 'CRON' THEN $6 END, CASE WHEN k.kind <> 'CRON' THEN $4::bigint END,
  ${due}, 'ALLOW', '{"name": "bench", "number": 1}', 27, ${due}, ${due}, now()
FROM generate_series(0, $3::int - 1) AS n, LATERAL (SELECT ${kind} AS kind) k, "Automation" a WHERE a."workspaceId" = $1::uuid AND a.key = $7`,
    [stand.seeded.workspaceId, stand.seeded.environmentId, count, intervalMs, at, cron, stand.seeded.transform],
  );
}

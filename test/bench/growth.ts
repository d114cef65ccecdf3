import { type Figure, figure, percentile } from './figure.js';
import { now, until } from './pace.js';
import { p50, p99, steadyRuns } from './steady.js';
import type { Stand } from './stand.js';
import { type Wire, openWire, operation } from './wire.js';

const page = `query { runs(first: 50, orderBy: [{ field: QUEUED_AT, direction: DESC }]) {
  pageInfo { hasNextPage endCursor } edges { cursor node { id status duration steps { name status attempts { number } } } } } }`;

/** Rows of one statement while a table is filled. */
const batch = 50_000;

interface Sized {
  readonly stand: Stand;
  readonly wire: Wire;
  readonly runs: number;
  readonly latency: number[];
  readonly list: number[];
}

/**
 * What triggers and first pages cost with few and with very many finished runs: several databases side by side, each with an API and a
 * worker, measured in turn. Then how triggers fare while a million of runs goes.
 */
export async function measureGrowth(stand: Stand): Promise<Figure[]> {
  const sizes = stand.quick ? [1_000, 20_000, 100_000] : [1_000, 100_000, 2_000_000];
  const all: Sized[] = [];
  try {
    for (const runs of sizes) {
      const beside = await stand.beside();
      stand.say(`filling a database with ${runs} finished runs`);
      await fill(beside, runs, '1 hour');
      all.push({ stand: beside, wire: openWire(beside.url, 16), runs, latency: [], list: [] });
    }
    // The first round warms up.
    for (let round = 0; round < (stand.quick ? 3 : 8); round += 1)
      for (const one of all) {
        const latency = p50(await steadyRuns(one.stand, one.wire, 50, 150));
        const list = await pageMs(one);
        if (round === 0) continue;
        one.latency.push(latency);
        one.list.push(list);
      }
    const [least] = all;
    const most = all.at(-1);
    if (least === undefined || most === undefined) throw new Error('No sizes.');
    const each = all.flatMap(({ runs, latency, list }) => [
      figure({
        name: `growth-latency-${runs}`,
        about: `request to Run.finishedAt, p50, 50 a second, beside ${runs} finished runs`,
        unit: 'ms',
        rounds: latency,
      }),
      figure({ name: `growth-list-${runs}`, about: `the newest 50 runs with their steps, p50, of ${runs}`, unit: 'ms', rounds: list }),
    ]);
    const ratio = (name: string, part: (one: Sized) => readonly number[]): Figure =>
      figure({
        name: `growth-${name}-ratio`,
        about: `${most.runs} finished runs to ${least.runs}, round by round`,
        unit: 'times',
        rounds: part(most).map((value, round) => value / (part(least)[round] ?? NaN)),
        target: { atMost: 1.3 },
      });
    return [...each, ratio('latency', (one) => one.latency), ratio('list', (one) => one.list), ...(await measureForgetting(most))];
  } finally {
    for (const { wire } of all) wire.close();
  }
}

async function pageMs({ stand, wire }: Sized): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < 40; n += 1) {
    const begun = now();
    const answer = await wire.post(stand.seeded.tokens[0], operation(page));
    took.push(now() - begun);
    if (!answer.includes('"hasNextPage":true')) throw new Error(answer.slice(0, 500));
  }
  return percentile(took, 0.5);
}

/** How triggers fare while old runs are deleted, as a multiple of what they took just before, and how fast those go. */
async function measureForgetting({ stand, wire }: Sized): Promise<Figure[]> {
  const many = stand.quick ? 50_000 : 1_000_000;
  const before = p99(await steadyRuns(stand, wire, 50, 500));
  stand.say(`filling in ${many} runs that are to go`);
  await fill(stand, many, '60 days');
  const left = async (): Promise<number> =>
    (await stand.pool.query<{ left: number }>(`SELECT count(*)::int AS left FROM "Run" WHERE "finishedAt" < now() - interval '50 days'`))
      .rows[0]?.left ?? 0;
  await until('old runs are being deleted', 120_000, async () => (await left()) < many, 500);
  const [begun, first] = [now(), await left()];
  const rounds: number[] = [];
  let last = first;
  // A minute of it says what an hour would; how long all of it takes follows from its rate.
  while (last > 0 && now() - begun < (stand.quick ? 10_000 : 60_000)) {
    rounds.push(p99(await steadyRuns(stand, wire, 50, 250)) / before);
    last = await left();
  }
  return [
    figure({
      name: 'retention-latency-ratio',
      about: 'request to Run.finishedAt, p99, 50 a second, while old runs are deleted, as a multiple of before',
      unit: 'times',
      rounds,
      target: { atMost: 2 },
    }),
    figure({
      name: 'retention-rate',
      about: `old runs deleted beside 50 triggers a second, of ${many}`,
      unit: 'rows/s',
      rounds: [((first - last) * 1_000) / (now() - begun)],
    }),
  ];
}

/** Finished runs as the worker leaves them: a step and five events each. */
async function fill({ pool, seeded }: Stand, count: number, ago: string): Promise<void> {
  for (let done = 0; done < count; done += batch)
    await pool.query({
      text: `
WITH made AS (
  INSERT INTO "Run" (id, "workspaceId", "environmentId", "automationId", "versionId", "planHash", status, trigger, input, output, attempt, "actorKind", sequence, epoch, writes, "queuedAt", "startedAt", "finishedAt")
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text || $4), 1, 3) || '8' || substr(md5($4 || n::text), 1, 15))::uuid,
    a."workspaceId", $2, a.id, v.id, v."planHash", 'SUCCEEDED', 'API', '{"name":"world"}', '{"greeting":"Hello world"}', 1, 'SYSTEM', 5, 1, 1, at, at + interval '2 ms', at + interval '9 ms'
  FROM generate_series($5::int, $6::int) n, LATERAL (SELECT now() - $4::interval + n * interval '1 millisecond' AS at) t, "Automation" a JOIN "AutomationVersion" v ON v."automationId" = a.id
  WHERE a.id = $3 AND a."workspaceId" = $1::uuid
  RETURNING id, "workspaceId", "automationId", "queuedAt"
), stepped AS (
  INSERT INTO "StepRun" ("runId", path, ordinal, kind, name, status, output, attempts, "startedAt", "finishedAt")
  SELECT id, 'main', 0, 'transform', 'Transform', 'SUCCEEDED', '{"greeting":"Hello world"}', '[]', "queuedAt", "queuedAt" FROM made
)
INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
SELECT id, s, "workspaceId", "automationId", (ARRAY['RUN_QUEUED', 'RUN_STARTED', 'STEP_STARTED', 'STEP_FINISHED', 'RUN_FINISHED'])[s]::"RunEventType", "queuedAt", 'SUCCEEDED'
FROM made, generate_series(1, 5) s`,
      values: [seeded.workspaceId, seeded.environmentId, seeded.listed.uuid, ago, done + 1, Math.min(count, done + batch)],
    });
  await pool.query('VACUUM (ANALYZE) "Run", "StepRun", "RunEvent"');
}

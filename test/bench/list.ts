import { newId } from '#platform/ids';
import { cpuPer } from './cpu.js';
import { type Figure, figure, quantile } from './figure.js';
import { during, now } from './pace.js';
import { startYardstick } from './processes.js';
import type { Stand } from './stand.js';
import { type Wire, openWire, operation } from './wire.js';

const page = 50;
const stepsOfRun = 5;
const runsStored = 1_000;

const query = `query ($key: String!) { runs(first: ${page}, filter: { automationKey: $key }, orderBy: [{ field: QUEUED_AT, direction: DESC }]) {
  pageInfo { hasNextPage endCursor } edges { cursor node { id status duration steps { name status attempts { number error { message } } } } } } }`;

/** A page of 50 runs with their steps and attempts. */
export async function measureList(stand: Stand): Promise<Figure[]> {
  await fill(stand);
  const byHand = await measureByHand(stand);
  const wire = openWire(stand.url, 4);
  const body = operation(query, { key: stand.seeded.listed.key });
  const ask = () => asked(wire, stand.seeded.tokens[0], body);
  try {
    await during(1_000, 4, ask);
    const before = await stand.cpu();
    const { rates, p50, p99, count } = await inRounds(stand, 4, ask);
    const cpuMs = cpuPer(before, await stand.cpu(), count);
    const alone = await inRounds(stand, 1, ask);
    const about = `${page} runs with ${stepsOfRun} steps each, of ${runsStored} such runs`;
    return [
      byHand,
      figure({
        name: 'list-rate',
        about: `${about}, 4 queries at once; at least two fifths of what is written by hand; CPU per query`,
        unit: 'queries/s',
        rounds: rates,
        ceiling: byHand,
        target: { atLeast: 0.4 * byHand.median },
        cpuMs,
      }),
      figure({ name: 'list-p50', about: `${about}, 4 queries at once`, unit: 'ms', rounds: p50 }),
      figure({ name: 'list-p99', about: `${about}, 4 queries at once`, unit: 'ms', rounds: p99 }),
      figure({ name: 'list-alone-p50', about: `${about}, one query at a time`, unit: 'ms', rounds: alone.p50 }),
    ];
  } finally {
    wire.close();
  }
}

async function inRounds(stand: Stand, width: number, ask: () => Promise<void>) {
  const result = { rates: [] as number[], p50: [] as number[], p99: [] as number[], count: 0 };
  for (let round = 0; round < (stand.quick ? 2 : 3); round += 1) {
    const tookMs: number[] = [];
    const done = await during(stand.quick ? 1_000 : 2_500, width, async () => {
      const begun = now();
      await ask();
      tookMs.push(now() - begun);
    });
    tookMs.sort((a, b) => a - b);
    result.rates.push((done.count * 1_000) / done.tookMs);
    result.p50.push(quantile(tookMs, 0.5));
    result.p99.push(quantile(tookMs, 0.99));
    result.count += done.count;
  }
  return result;
}

/** The same JSON from a process that does nothing else. */
async function measureByHand(stand: Stand): Promise<Figure> {
  const args = [stand.databaseUrl, stand.seeded.listed.uuid, String(page)];
  const { port, stop } = await startYardstick(new URL('list.main.ts', import.meta.url), args, stand.atEnd);
  try {
    const wire = openWire(`http://127.0.0.1:${port}/`, 4);
    const ask = () => asked(wire, '', '{}');
    await during(1_000, 4, ask);
    const { rates } = await inRounds(stand, 4, ask);
    wire.close();
    const about = `node:http and pg: the same JSON of ${page} runs and ${page * stepsOfRun} steps, written by hand, 4 queries at once`;
    return figure({ name: 'list-by-hand', about, unit: 'queries/s', rounds: rates });
  } finally {
    await stop();
  }
}

async function asked(wire: Wire, token: string, body: string): Promise<void> {
  const answer = await wire.post(token, body);
  const steps = answer.split('"attempts"').length - 1;
  if (steps !== page * stepsOfRun) throw new Error(`A page with ${steps} steps instead of ${page * stepsOfRun}: ${answer.slice(0, 500)}`);
}

/** Finished runs with steps, written by hand: actions have one step, and the list is for flows too. */
async function fill({ pool, seeded }: Stand): Promise<void> {
  const ids = Array.from({ length: runsStored }, () => newId());
  await pool.query(
    `INSERT INTO "Run" (id, "workspaceId", "environmentId", "automationId", "versionId", "planHash", status, trigger, input, output, attempt, "actorKind", sequence, epoch, writes, "queuedAt", "startedAt", "finishedAt")
     SELECT t.id, a."workspaceId", $2, a.id, v.id, v."planHash", 'SUCCEEDED', 'API', '{"name":"world"}', '{"greeting":"Hello world"}', 1, 'SYSTEM', 3, 1, 1,
       now() + t.nth * interval '1 millisecond', now() + (t.nth + 2) * interval '1 millisecond', now() + (t.nth + 9) * interval '1 millisecond'
     FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, nth), "Automation" a JOIN "AutomationVersion" v ON v."automationId" = a.id WHERE a.id = $3`,
    [ids, seeded.environmentId, seeded.listed.uuid],
  );
  const attempts = [{ number: 1, startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:00.005Z', error: null }];
  await pool.query(
    `INSERT INTO "StepRun" ("runId", path, ordinal, kind, name, status, output, attempts, "startedAt", "finishedAt")
     SELECT id, 'step-' || n, n, 'transform', 'Step ' || n, 'SUCCEEDED', '{"greeting":"Hello world"}', $2::jsonb, now(), now()
     FROM unnest($1::uuid[]) AS id, generate_series(1, ${stepsOfRun}) AS n`,
    [ids, JSON.stringify(attempts)],
  );
  await pool.query('ANALYZE "Run", "StepRun"');
}

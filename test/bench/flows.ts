import type { Sql } from '#platform/db/database';
import { newId } from '#platform/ids';
import { matchTriggers } from '#domain/flow/flow.match';
import { type Figure, figure, percentile } from './figure.js';
import { flowLengths, startedFlows } from './flows.seeded.js';
import { concurrently, now, until } from './pace.js';
import type { Stand } from './stand.js';
import { openWire, operation } from './wire.js';

const start = `mutation ($input: StartFlowInput!) { startFlow(input: $input) { __typename ... on StartFlowSuccess { run { id } } ... on Error { message } } }`;
const create = `mutation ($input: CreateEntityInput!) { createEntity(input: $input) { __typename ... on Error { message } } }`;

/** Runs of flows: how long they take, how fast steps are, and what many flows and many records cost. */
export async function measureFlows(stand: Stand): Promise<Figure[]> {
  const wire = openWire(stand.url, 16);
  const token = stand.seeded.tokens[0];
  const send = async (query: string, input: object): Promise<string> => {
    const answer = await wire.post(token, operation(query, { input }));
    if (!answer.includes('Success')) throw new Error(answer.slice(0, 500));
    return answer;
  };
  try {
    return [
      ...(await measureSteps(stand, send)),
      await measureStarted(stand, send),
      await measureMatching(stand),
      await measureSweep(stand, send),
    ];
  } finally {
    wire.close();
  }
}

type Send = (query: string, input: object) => Promise<string>;

/** From the start of a flow until it is final, and how long it was executed, in milliseconds. */
async function once(
  stand: Stand,
  send: Send,
  key: string,
  limitMs = 60_000,
): Promise<{ readonly wholeMs: number; readonly heldMs: number }> {
  const begun = now();
  const id = /"id":"run_([^"]+)"/.exec(await send(start, { key }))?.[1] ?? '';
  let held = 0;
  await until(
    `the flow ${key} is final`,
    limitMs,
    async () => {
      const { rows } = await stand.pool.query<{ status: string; held: number }>({
        name: 'bench.flows.final',
        text: `SELECT status, (extract(epoch FROM "finishedAt" - "startedAt") * 1000)::float8 AS held FROM "Run" WHERE id = $1::uuid AND "finishedAt" IS NOT NULL`,
        values: [id],
      });
      const [row] = rows;
      if (row !== undefined && row.status !== 'SUCCEEDED') throw new Error(`The flow ${key} ended as ${row.status}.`);
      held = row?.held ?? 0;
      return row !== undefined;
    },
    1,
  );
  return { wholeMs: now() - begun, heldMs: held };
}

async function measureSteps(stand: Stand, send: Send): Promise<Figure[]> {
  const [shortest, , longest] = flowLengths;
  const times = stand.quick ? 40 : 200;
  const whole: number[] = [];
  const perStep = new Map<number, number[]>();
  for (const length of flowLengths) {
    await once(stand, send, `bench-steps-${length}`);
    const took: number[] = [];
    for (let n = 0; n < (length === shortest ? times : Math.ceil(times / 10)); n += 1) {
      const { wholeMs, heldMs } = await once(stand, send, `bench-steps-${length}`);
      took.push(heldMs / length);
      if (length === shortest) whole.push(wholeMs);
    }
    perStep.set(length, took);
  }
  const cost = (length: number): number => percentile(perStep.get(length) ?? [], 0.5);
  const begun = now();
  const many = stand.quick ? 50 : 300;
  await concurrently(many, 16, () => once(stand, send, `bench-steps-${shortest}`));
  const rate = (many * shortest) / ((now() - begun) / 1_000);
  const ten = `a flow of ${shortest} steps, from the request that starts it until it is final`;
  return [
    figure({ name: 'flow-p50', about: `${ten}; p50`, unit: 'ms', rounds: [percentile(whole, 0.5)] }),
    figure({ name: 'flow-p99', about: `${ten}; p99`, unit: 'ms', rounds: [percentile(whole, 0.99)] }),
    figure({ name: 'flow-steps', about: `steps of flows of ${shortest}, sixteen at once`, unit: 'runs/s', rounds: [rate] }),
    figure({
      name: 'flow-step-ratio',
      about: `what one step of ${longest} costs, as a multiple of one of ${shortest}`,
      unit: 'times',
      rounds: [cost(longest) / cost(shortest)],
      target: { atMost: 1.5 },
      counts: Object.fromEntries(flowLengths.map((length) => [`microseconds of one of ${length}`, Math.round(cost(length) * 1_000)])),
    }),
  ];
}

/** A record is made, until every flow that its event starts is final. */
async function measureStarted(stand: Stand, send: Send): Promise<Figure> {
  const rounds: number[] = [];
  for (let round = 0; round < (stand.quick ? 3 : 10); round += 1) {
    const before = await countRuns(stand, 'bench-started-%');
    const begun = now();
    await send(create, { blueprint: 'bench_item', properties: { name: `n${round}` } });
    await until(
      'the flows of an event are final',
      60_000,
      async () => (await countRuns(stand, 'bench-started-%')) >= before + startedFlows,
      2,
    );
    if (round > 0) rounds.push(now() - begun);
  }
  return figure({
    name: 'flow-started',
    about: `from the request that makes a record until the ${startedFlows} flows that it starts are final`,
    unit: 'ms',
    rounds,
  });
}

async function countRuns({ pool }: Stand, keys: string): Promise<number> {
  const { rows } = await pool.query<{ total: number }>({
    name: 'bench.flows.count',
    text: `SELECT count(*)::int AS total FROM "Run" r JOIN "Automation" a ON a.id = r."automationId" WHERE a.key LIKE $1 AND r."finishedAt" IS NOT NULL`,
    values: [keys],
  });
  return rows[0]?.total ?? 0;
}

/** What finding the flows of an event costs in a workspace of ten thousand, as a multiple of one of a hundred. */
async function measureMatching(stand: Stand): Promise<Figure> {
  const { pool, seeded } = stand;
  const sql: Sql = {
    query: async <Row>({ name, text }: { readonly name: string; readonly text: string }, values: readonly unknown[]) =>
      (await pool.query({ name, text, values: [...values] })).rows as Row[],
  };
  const event = { workspaceId: seeded.workspaceId, type: 'bench.told', blueprint: 'bench_still' };
  const grow = (from: number, to: number) =>
    pool.query(
      `WITH made AS (
        INSERT INTO "Automation" (id, "workspaceId", kind, key, name, "updatedAt", labels) SELECT gen_random_uuid(), $1::uuid, 'FLOW', 'bench-many-' || n, 'many', now(), '{}' FROM generate_series($2::int, $3::int - 1) n RETURNING id, key
      ), flow AS (INSERT INTO "Flow" ("automationId", "workspaceId", type, blueprints) SELECT id, $1::uuid, 'AUTOMATION', '{}' FROM made),
      live AS (
        INSERT INTO "Deployment" (id, "automationId", "environmentId", "versionId")
        SELECT gen_random_uuid(), made.id, $4::uuid, (SELECT v.id FROM "AutomationVersion" v LIMIT 1) FROM made
      )
      INSERT INTO "EventTrigger" (id, "workspaceId", "automationId", ordinal, "eventType", blueprint, pin, conditions)
      SELECT gen_random_uuid(), $1::uuid, id, 0, 'bench.told', 'bench_still', 'data.properties.stage=' || split_part(key, '-', 3), '[]' FROM made`,
      [seeded.workspaceId, from, to, seeded.environmentId],
    );
  const cost = async (): Promise<number> => {
    await pool.query('ANALYZE "EventTrigger", "Automation", "Flow", "Deployment"');
    const took: number[] = [];
    for (let n = 0; n < 300; n += 1) {
      const begun = now();
      const asked = { ...event, pins: [`data.properties.stage=${n % 100}`, `data.properties.name=${newId()}`] };
      const found = (await matchTriggers(sql, [asked]))(asked);
      took.push(now() - begun);
      if (found.length !== 1) throw new Error(`${found.length} flows instead of one.`);
    }
    return percentile(took.slice(50), 0.5);
  };
  await grow(0, 100);
  const few = await cost();
  await grow(100, 10_000);
  const many = await cost();
  return figure({
    name: 'flow-matching-ratio',
    about: 'to find the flows of an event among 10 000 of a workspace, as a multiple of 100',
    unit: 'times',
    rounds: [many / few],
    target: { atMost: 2 },
    counts: { 'microseconds of 100': Math.round(few * 1_000), 'microseconds of 10 000': Math.round(many * 1_000) },
  });
}

/** Many records, each of which a flow is started for. */
async function measureSweep(stand: Stand, send: Send): Promise<Figure> {
  const records = stand.quick ? 1_000 : 10_000;
  await concurrently(records, 16, (n) => send(create, { blueprint: 'bench_still', key: `r${n}`, properties: { name: `r${n}` } }));
  const begun = now();
  const { wholeMs } = await once(stand, send, 'bench-sweep', 300_000);
  await until('the flows of all records are final', 600_000, async () => (await countRuns(stand, 'bench-each')) >= records, 50);
  const seconds = (now() - begun) / 1_000;
  return figure({
    name: 'flow-sweep',
    about: `runs that one step starts over ${records} records, until all are final`,
    unit: 'runs/s',
    rounds: [records / seconds],
    counts: { 'milliseconds of the step': Math.round(wholeMs) },
  });
}

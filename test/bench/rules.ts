import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Figure, figure, percentile } from './figure.js';
import { now, until } from './pace.js';
import type { Wanted } from './rules.main.js';
import { quietRules, writingRules } from './rules.seeded.js';
import type { Stand } from './stand.js';
import { openWire, operation } from './wire.js';

/** The language alone, the matching of events, and a change until its rules have taken effect. */
export async function measureRules(stand: Stand): Promise<Figure[]> {
  const records = openRecords(stand);
  try {
    const task = await records.made('task', { subject: 'A task', effort: 1 });
    return [...(await measureBuilt(stand, entityOf(task))), ...(await measureChanges(stand, records))];
  } finally {
    records.close();
  }
}

/** In a process that has what is built: from source, each function would carry the marks of the compiler. */
async function measureBuilt(stand: Stand, entityId: string): Promise<Figure[]> {
  const { seeded, quick, databaseUrl } = stand;
  const child = fork(fileURLToPath(new URL('rules.main.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  stand.atEnd(() => Promise.resolve(child.kill('SIGKILL')));
  const lost = once(child, 'exit').then(() => Promise.reject(new Error('The process that measures rules ended.')));
  // Heard below, if it ends too early.
  lost.catch(() => undefined);
  const wanted: Wanted = { quick, databaseUrl, workspaceId: seeded.workspaceId, entityId };
  child.send(wanted);
  const [figures] = (await Promise.race([once(child, 'message'), lost])) as [Figure[]];
  return figures;
}

const create = `mutation ($input: CreateEntityInput!) { createEntity(input: $input) { __typename ... on CreateEntitySuccess { entity { id } } ... on Error { message } } }`;
const change = `mutation ($input: UpdateEntityInput!) { updateEntity(input: $input) { __typename ... on Error { message } } }`;
const entityPrefix = 'ent_';
const entityOf = (id: string): string => id.slice(entityPrefix.length);

interface Records {
  /** The id of a new record. */
  made(blueprint: string, properties: object): Promise<string>;
  send(query: string, input: object): Promise<string>;
  close(): void;
}

function openRecords(stand: Stand): Records {
  const wire = openWire(stand.url, 1);
  const send = async (query: string, input: object): Promise<string> => {
    const answer = await wire.post(stand.seeded.tokens[0], operation(query, { input }));
    if (!answer.includes('Success')) throw new Error(answer.slice(0, 500));
    return answer;
  };
  return {
    send,
    made: async (blueprint, properties) =>
      /"id":"(ent_[^"]+)"/.exec(await send(create, { blueprint, status: 'registered', properties }))?.[1] ?? '',
    close: () => wire.close(),
  };
}

async function measureChanges(stand: Stand, { made, send }: Records): Promise<Figure[]> {
  /** Milliseconds from the request until every rule of the change has taken effect. */
  const changed = async (id: string, status: string): Promise<number> => {
    const begun = now();
    await send(change, { id, status });
    let seenAt = begun;
    await until(
      'the rules have taken effect',
      30_000,
      async () => {
        const { rowCount } = await stand.pool.query({
          name: 'bench.rules.open',
          text: 'SELECT FROM "Event" WHERE "passedAt" IS NULL LIMIT 1',
        });
        seenAt = now();
        return rowCount === 0;
      },
      1,
    );
    return seenAt - begun;
  };
  const inRounds = async (id: string, each: number) => {
    const rounds: number[][] = [];
    for (let round = 0; round < (stand.quick ? 3 : 6); round += 1) {
      const took: number[] = [];
      for (let n = 0; n < each; n += 1) took.push(await changed(id, n % 2 === 0 ? 'assigned' : 'registered'));
      if (round > 0) rounds.push(took);
    }
    return rounds;
  };
  const ten = await inRounds(await made('request', { subject: 'A request' }), 50);
  const thousand = await inRounds(await made('task', { subject: 'A task', effort: 1 }), 10);
  const about = `from the request that changes a record until ${writingRules} rules have each added a note, runs and events included`;
  const quiet = `from the request that changes a record until ${quietRules} rules were evaluated and their evaluations kept; no condition is met`;
  return [
    figure({ name: 'rules-ten-writes-p50', about, unit: 'ms', rounds: ten.map((took) => percentile(took, 0.5)), target: { atMost: 50 } }),
    figure({ name: 'rules-ten-writes-p99', about, unit: 'ms', rounds: ten.map((took) => percentile(took, 0.99)) }),
    figure({ name: 'rules-thousand-quiet-p50', about: quiet, unit: 'ms', rounds: thousand.map((took) => percentile(took, 0.5)) }),
  ];
}

import { type Figure, figure, rounded } from './figure.js';
import { concurrently, until } from './pace.js';
import { type Stand, idle } from './stand.js';
import { acknowledged, triggerOf, triggersOf } from './triggers.js';
import { openWire } from './wire.js';

interface Counts {
  /** That insert, update or delete. */
  readonly writes: number;
  readonly statements: number;
  readonly commits: number;
  readonly walBytes: number;
}

const perRound = 2_000;

/** What a run asks of PostgreSQL, counted by PostgreSQL: all processes together, with what they do in the background meanwhile. */
export async function measureStatements(stand: Stand): Promise<Figure[]> {
  const { pool, seeded, say } = stand;
  const loaded = await pool.query<{ libraries: string }>(`SELECT current_setting('shared_preload_libraries') AS libraries`);
  if (!(loaded.rows[0]?.libraries ?? '').includes('pg_stat_statements')) {
    say('This PostgreSQL does not load pg_stat_statements: its statements are not counted.');
    return [];
  }
  await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const wire = openWire(stand.url, 32);
  try {
    const hundreds = () =>
      concurrently(perRound / 100, 4, async (index) => {
        acknowledged(await wire.post(seeded.tokens[0], triggersOf(seeded.transform, index * 100, 100)), 100);
      });
    const singles = (width: number) => () =>
      concurrently(perRound, width, async (index) => {
        acknowledged(await wire.post(seeded.tokens[0], triggerOf(seeded.transform, index)), 1);
      });
    return [
      ...(await counted(stand, 'hundreds', 'triggerActions, 100 a request, 4 at once', hundreds)),
      ...(await counted(stand, 'singles', 'triggerAction, 32 requests at once', singles(32))),
      ...(await counted(stand, 'alone', 'triggerAction, one request after the other', singles(1))),
    ];
  } finally {
    wire.close();
  }
}

async function counted(stand: Stand, name: string, about: string, work: () => Promise<void>): Promise<Figure[]> {
  const rounds: Counts[] = [];
  await stand.pool.query('SELECT pg_stat_statements_reset()');
  await work();
  for (let round = 0; round < (stand.quick ? 1 : 3); round += 1) {
    await idle(stand);
    const before = await read(stand);
    await work();
    await idle(stand);
    const after = await read(stand);
    const per = (what: keyof Counts) => (after[what] - before[what]) / perRound;
    rounds.push({ writes: per('writes'), statements: per('statements'), commits: per('commits'), walBytes: per('walBytes') });
  }
  for (const line of await dearest(stand, perRound * (rounds.length + 1))) stand.say(`  ${name}: ${line}`);
  const told = (what: keyof Counts, of: string, unit: Figure['unit'], scale = 1): Figure =>
    figure({
      name: `statements-${name}-${of}`,
      about: `per transform run of ${perRound} by ${about}`,
      unit,
      rounds: rounds.map((counts) => counts[what] / scale),
    });
  return [
    told('writes', 'writing', 'statements'),
    told('statements', 'all', 'statements'),
    told('commits', 'commits', 'commits'),
    told('walBytes', 'wal', 'kB', 1_024),
  ];
}

/** What PostgreSQL spent most of its time on, a line each. */
async function dearest({ pool }: Stand, runs: number): Promise<string[]> {
  const { rows } = await pool.query<{ calls: number; ms: number; text: string }>(
    `SELECT calls::float8 AS calls, total_exec_time AS ms, left(regexp_replace(query, '\\s+', ' ', 'g'), 90) AS text
     FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY total_exec_time DESC LIMIT 14`,
  );
  return rows.map(({ calls, ms, text }) => `${rounded(calls / runs)} calls and ${rounded(ms / runs)} ms per run: ${text}`);
}

/** Sessions hand in their counts of commits within a second of becoming idle: they are read when they stay. */
async function read({ pool }: Stand): Promise<Counts> {
  const commits = async (): Promise<number> => {
    const { rows } = await pool.query<{ commits: string }>(
      'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(rows[0]?.commits ?? NaN);
  };
  let last = NaN;
  await until(
    'the counts of commits stay',
    30_000,
    async () => {
      const current = await commits();
      // What the background commits by itself, and this look.
      const stays = current - last < 40;
      last = current;
      return stays;
    },
    1_000,
  );
  const { rows } = await pool.query<{ writes: string; statements: string; wal: string }>(
    `SELECT coalesce(sum(calls) FILTER (WHERE query ~* '\\m(insert into|delete from|update) "'), 0) AS writes, coalesce(sum(calls), 0) AS statements,
       (SELECT pg_current_wal_insert_lsn() - '0/0') AS wal
     FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const [row] = rows;
  return { writes: Number(row?.writes), statements: Number(row?.statements), commits: last, walBytes: Number(row?.wal) };
}

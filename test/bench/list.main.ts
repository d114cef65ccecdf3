import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { encodeId } from '#schema/node';

/** The least that a server of a page of runs can do: two statements and the text of the JSON. Its arguments are the database, the automation and the size of a page. */
interface RunRow {
  readonly id: string;
  readonly status: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

interface StepRow {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  readonly attempts: readonly { readonly number: number; readonly error: { readonly message: string } | null }[];
}

const [, , connectionString, automationId, page] = process.argv;
const pool = new pg.Pool({ connectionString, max: 10 });
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => void answer().then((text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text)));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });

async function answer(): Promise<string> {
  const runs = await pool.query<RunRow>({
    name: 'list.runs',
    text: 'SELECT id, status, "startedAt", "finishedAt" FROM "Run" WHERE "automationId" = $1 ORDER BY id DESC LIMIT $2::int + 1',
    values: [automationId, page],
  });
  const shown = runs.rows.slice(0, Number(page));
  const steps = await pool.query<StepRow>({
    name: 'list.steps',
    text: 'SELECT "runId", name, status, attempts FROM "StepRun" WHERE "runId" = ANY($1::uuid[]) ORDER BY "runId", ordinal',
    values: [shown.map(({ id }) => id)],
  });
  const byRun = new Map<string, unknown[]>();
  for (const { runId, name, status, attempts } of steps.rows) {
    const step = { name, status, attempts: attempts.map(({ number, error }) => ({ number, error })) };
    const known = byRun.get(runId);
    if (known === undefined) byRun.set(runId, [step]);
    else known.push(step);
  }
  const edges = shown.map(({ id, status, startedAt, finishedAt }) => ({
    cursor: Buffer.from(JSON.stringify([id])).toString('base64url'),
    node: { id: encodeId('Run', id), status, duration: finishedAt.getTime() - startedAt.getTime(), steps: byRun.get(id) ?? [] },
  }));
  const pageInfo = { hasNextPage: runs.rows.length > shown.length, endCursor: edges.at(-1)?.cursor ?? null };
  return JSON.stringify({ data: { runs: { pageInfo, edges } } });
}

import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { buildSchema } from '#schema/index';
import { encodeId } from '#schema/node';
import { type TestGraph, graphOf, testGraph } from '#test/support/graph';
import { statementsOf } from '#test/support/statements';

let graph: TestGraph;
const runIds: string[] = [];
let automationIds: string[] = [];

interface Page {
  readonly totalCount?: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
}

const list = `query ($first: Int, $last: Int, $after: Cursor, $before: Cursor, $filter: RunFilter, $orderBy: [RunOrder!]) {
  runs(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } } }`;

async function page(variables: Readonly<Record<string, unknown>>): Promise<Page> {
  return (await graph.answer(list, variables))['runs'] as Page;
}

const ids = (answer: Page) => answer.edges.map(({ node }) => node.id);

/** Ten runs, oldest first in `runIds`; the first five have started, each a second after the other, the third and fourth at once. */
beforeAll(async () => {
  graph = await testGraph();
  const { prisma } = graph.app.db;
  for (let count = 0; count < 4; count += 1) await graph.workspace.action();
  automationIds = (await prisma.automation.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id);
  const started = [1, 2, 3, 3, 5];
  for (let index = 0; index < 10; index += 1) {
    const id = newId();
    const queuedAt = new Date(1_700_000_000_000 + index * 1_000);
    await prisma.run.create({
      data: {
        id,
        workspaceId: graph.workspace.uuid,
        environmentId: graph.workspace.environmentId,
        automationId: automationIds[index % 4] ?? '',
        planHash: 'none',
        status: index < 5 ? 'RUNNING' : 'QUEUED',
        trigger: 'API',
        actorKind: 'SYSTEM',
        input: { index },
        queuedAt,
        startedAt: started[index] === undefined ? null : new Date(1_700_000_100_000 + (started[index] ?? 0) * 1_000),
        leaseUntil: new Date(4_000_000_000_000),
        steps: {
          create: {
            path: 'main',
            ordinal: 0,
            kind: 'code',
            name: 'main',
            status: 'RUNNING',
            attempts: [],
            startedAt: queuedAt,
            output: { index },
          },
        },
      },
    });
    await prisma.runEvent.createMany({
      data: [1, 2, 3].map((sequence) => ({
        runId: id,
        sequence,
        workspaceId: graph.workspace.uuid,
        type: 'LOG' as const,
        at: queuedAt,
        status: 'RUNNING' as const,
        data: { level: 'INFO', message: `line ${String(sequence)}` },
      })),
    });
    runIds.push(encodeId('Run', id));
  }
});

describe('a list', () => {
  it('is walked forwards and backwards without a gap or a repetition', async () => {
    const newest = runIds.toReversed();
    const first = await page({ first: 4 });
    expect(ids(first)).toEqual(newest.slice(0, 4));
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await page({ first: 4, after: first.pageInfo.endCursor });
    expect(ids(second)).toEqual(newest.slice(4, 8));
    expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const third = await page({ first: 4, after: second.pageInfo.endCursor });
    expect(ids(third)).toEqual(newest.slice(8));
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const back = await page({ last: 4, before: third.pageInfo.startCursor });
    expect(ids(back)).toEqual(newest.slice(4, 8));
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const end = await page({ last: 3 });
    expect(ids(end)).toEqual(newest.slice(7));
    expect(end.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('takes after with before, and first with last', async () => {
    const newest = runIds.toReversed();
    const all = await page({});
    const [from, to] = [all.edges[1]?.cursor, all.edges[7]?.cursor];
    expect(ids(await page({ after: from, before: to }))).toEqual(newest.slice(2, 7));
    expect(ids(await page({ after: from, before: to, first: 2 }))).toEqual(newest.slice(2, 4));
    expect(ids(await page({ after: from, before: to, last: 2 }))).toEqual(newest.slice(5, 7));
    const both = await page({ after: from, before: to, first: 4, last: 1 });
    expect(ids(both)).toEqual([newest[5]]);
    expect(both.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(ids(await page({ after: to, before: from }))).toEqual([]);
    expect(ids(await page({ first: 0 }))).toEqual([]);
  });

  it('goes on behind a cursor whose row was deleted', async () => {
    const { prisma } = graph.app.db;
    const { edges } = await page({ first: 3 });
    const gone = edges[2];
    const id = gone?.node.id.slice('run_'.length) ?? '';
    const row = await prisma.run.findUniqueOrThrow({ where: { id } });
    await prisma.run.delete({ where: { id } });
    expect(ids(await page({ first: 2, after: gone?.cursor }))).toEqual(runIds.toReversed().slice(3, 5));
    expect(ids(await page({ last: 2, before: gone?.cursor }))).toEqual(runIds.toReversed().slice(0, 2));
    const step = {
      path: 'main',
      ordinal: 0,
      kind: 'code',
      name: 'main',
      status: 'RUNNING' as const,
      attempts: [],
      startedAt: row.queuedAt,
      output: 1,
    };
    await prisma.run.create({
      data: {
        ...row,
        input: row.input ?? {},
        output: {},
        resolvedPayload: {},
        resumeEvent: {},
        errorDetail: {},
        tags: [],
        steps: { create: step },
      },
    });
  });

  it('keeps its order where values are equal or missing, in both directions', async () => {
    for (const direction of ['ASC', 'DESC']) {
      const orderBy = [{ field: 'STARTED_AT', direction }];
      const whole = ids(await page({ orderBy }));
      expect(new Set(whole).size).toBe(10);
      expect(new Set(whole.slice(0, 5))).toEqual(new Set(runIds.slice(0, 5)));
      const walked: string[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const next: Page = await page({ orderBy, first: 3, after });
        walked.push(...ids(next));
        ({ endCursor: after, hasNextPage: more } = next.pageInfo);
      }
      expect(walked).toEqual(whole);
      const backwards: string[] = [];
      for (let before: string | null = null, more = true; more; ) {
        const next: Page = await page({ orderBy, last: 3, before });
        backwards.unshift(...ids(next));
        ({ startCursor: before, hasPreviousPage: more } = next.pageInfo);
      }
      expect(backwards).toEqual(whole);
    }
  });

  it('filters, and counts all that the filter lets through', async () => {
    const filter = { status: ['QUEUED'], automationKey: 'action-1', trigger: ['API'], queuedAt: { from: '2023-11-14T22:13:20Z' } };
    const { data } = await graph.ask(
      graph.workspace.owner,
      'query ($filter: RunFilter) { runs(first: 1, filter: $filter) { totalCount edges { node { id } } } }',
      { filter },
    );
    expect(data?.['runs']).toMatchObject({ totalCount: 1 });
    expect(ids(await page({ filter: { automationKey: 'unknown' } }))).toEqual([]);
  });
});

describe('a list refuses', () => {
  const refused = async (variables: Readonly<Record<string, unknown>>) => {
    const { errors } = await graph.ask(graph.workspace.owner, list, variables);
    return errors.map(({ message, extensions }) => `${String(extensions['code'])}: ${message}`);
  };

  it('pages above the cap and below nothing', async () => {
    expect(await refused({ first: 201 })).toEqual(['BAD_USER_INPUT: first is at most 200; ask for the rest with a cursor.']);
    expect(await refused({ last: 201 })).toEqual(['BAD_USER_INPUT: last is at most 200; ask for the rest with a cursor.']);
    expect(await refused({ first: -1 })).toEqual(['BAD_USER_INPUT: first is 0 or more.']);
  });

  it('cursors that are none, and those of another order', async () => {
    const { pageInfo } = await page({ first: 1 });
    expect(await refused({ after: pageInfo.endCursor, orderBy: [{ field: 'STARTED_AT' }] })).toEqual([
      'BAD_USER_INPUT: after: this cursor belongs to a list in another order.',
    ]);
    for (const after of [
      '',
      'x',
      Buffer.from('[1,"id:desc"]').toString('base64url'),
      Buffer.from('[1,"id:desc",{"not":1}]').toString('base64url'),
      Buffer.from('[1,"id:desc","x"]').toString('base64url'),
    ])
      expect(await refused({ after })).toEqual(['BAD_USER_INPUT: after: this is no cursor of a list.']);
  });
});

describe('the number of statements', () => {
  const deep = (
    first: number,
  ) => `{ actions(first: ${String(first)}) { totalCount edges { node { id deployedVersion { number } counters { total } nextRunAt code
    versions(first: 2) { totalCount edges { node { number action { code } } } }
    lastRun { id steps { name output attempts { number } } }
    runs(first: 2) { totalCount pageInfo { hasNextPage } edges { node { id input output automation { key } environment { key } steps { name } logs(first: 2) { totalCount edges { node { message } } } retries(first: 1) { totalCount } } } } } } } }`;

  it('does not grow with the rows of a list nor of the lists in it', async () => {
    const roomy = { ...graph.app, config: { ...graph.app.config, graphql: { ...graph.app.config.graphql, complexity: 100_000 } } };
    const counts: number[] = [];
    for (const first of [1, 4]) {
      const statements = await statementsOf(async () => {
        const { errors } = await graphOf(buildSchema(), roomy)(graph.workspace.owner, deep(first));
        expect(errors).toEqual([]);
      });
      counts.push(statements.length);
    }
    expect(counts[1]).toBe(counts[0]);
  });

  it('is one for a list of rows, and counts nothing that is not asked for', async () => {
    const statements = await statementsOf(() => page({ first: 5 }));
    expect(statements).toHaveLength(1);
    expect(statements[0]).not.toMatch(/"input"|"output"/);
    expect(await statementsOf(() => graph.ask(graph.workspace.owner, '{ runs { totalCount } }'))).toHaveLength(1);
  });
});

describe('nested lists', () => {
  it('page by themselves', async () => {
    const { data } = await graph.ask(
      graph.workspace.owner,
      'query ($id: ID!) { run(id: $id) { logs(first: 2) { pageInfo { hasNextPage endCursor } edges { node { sequence message level } } } events(last: 1) { totalCount edges { node { sequence log { message } } } } } }',
      { id: runIds[0] },
    );
    expect(data?.['run']).toMatchObject({
      logs: {
        pageInfo: { hasNextPage: true },
        edges: [{ node: { sequence: 1, message: 'line 1', level: 'INFO' } }, { node: { sequence: 2 } }],
      },
      events: { totalCount: 3, edges: [{ node: { sequence: 3, log: { message: 'line 3' } } }] },
    });
    const after = (data?.['run'] as { logs: Page }).logs.pageInfo.endCursor;
    const next = await graph.ask(
      graph.workspace.owner,
      'query ($id: ID!, $after: Cursor) { run(id: $id) { logs(after: $after) { pageInfo { hasPreviousPage } edges { node { message } } } } }',
      { id: runIds[0], after },
    );
    expect(next.data?.['run']).toEqual({ logs: { pageInfo: { hasPreviousPage: true }, edges: [{ node: { message: 'line 3' } }] } });
  });
});

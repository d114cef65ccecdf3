import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let workspace: Workspace;
let token: string;
let app: string;

/** Actions by when they run next and ran last; `-`: never. Two of each are equal. */
const wanted = [
  ['a', '2030-01-02T00:00:00Z', '-'],
  ['b', '-', '2026-01-03T00:00:00Z'],
  ['c', '2030-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['d', '2030-01-02T00:00:00Z', '2026-01-03T00:00:00Z'],
  ['e', '-', '-'],
  ['f', '2030-01-03T00:00:00Z', '2026-01-02T00:00:00Z'],
] as const;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  const { prisma } = millrace.app.db;
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token('VIEWER');
  const appId = newId();
  await prisma.app.create({ data: { id: appId, workspaceId: workspace.uuid, key: 'all', name: 'All' } });
  app = encodeId('App', appId);
  const { uuid: workspaceId, environmentId } = workspace;
  for (const [key, next, last] of wanted) {
    const { uuid: automationId } = await workspace.action({ key });
    await prisma.automation.update({ where: { id: automationId }, data: { appId } });
    if (next !== '-') {
      const schedule = {
        workspaceId,
        automationId,
        environmentId,
        intervalMs: 1_000,
        startAt: new Date(next),
        nextNominalAt: new Date(next),
      };
      await prisma.schedule.create({ data: { id: newId(), ...schedule, nextFireAt: new Date(next) } });
      // A later one, and one that does not fire, decide nothing.
      await prisma.schedule.create({ data: { id: newId(), ...schedule, nextFireAt: new Date('2031-01-01T00:00:00Z') } });
      await prisma.schedule.create({ data: { id: newId(), ...schedule, enabled: false, nextFireAt: null } });
    }
    if (last === '-') continue;
    const run = {
      workspaceId,
      automationId,
      environmentId,
      planHash: 'none',
      status: 'FAILED',
      trigger: 'API',
      actorKind: 'SYSTEM',
    } as const;
    await prisma.run.create({ data: { id: newId(), ...run, queuedAt: new Date('2020-01-01T00:00:00Z') } });
    await prisma.run.create({ data: { id: newId(), ...run, queuedAt: new Date(last) } });
  }
});

interface Page {
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string;
    readonly endCursor: string;
  };
  readonly edges: readonly {
    readonly node: { readonly key: string; readonly nextRunAt: string | null; readonly lastRunAt: string | null };
  }[];
}

const selection = 'totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { node { key nextRunAt lastRunAt } }';
const page = '$first: Int, $after: Cursor, $last: Int, $before: Cursor';
const asked = 'first: $first, after: $after, last: $last, before: $before';

async function actions(variables: Readonly<Record<string, unknown>>): Promise<Page> {
  const text = `query ($by: [ActionOrder!], ${page}) { actions(orderBy: $by, ${asked}) { ${selection} } }`;
  const { data, errors } = await millrace.ask(token, text, variables);
  expect(errors).toEqual([]);
  return data?.['actions'] as Page;
}

async function ofApp(variables: Readonly<Record<string, unknown>>): Promise<Page> {
  const text = `query ($app: ID!, $by: [AutomationOrder!], ${page}) { app(id: $app) { automations(orderBy: $by, ${asked}) { ${selection} } } }`;
  const { data, errors } = await millrace.ask(token, text, { app, ...variables });
  expect(errors).toEqual([]);
  return (data?.['app'] as { automations: Page }).automations;
}

const keys = ({ edges }: Page) => edges.map(({ node }) => node.key).join('');

/** The list page by page from its start, and then back from its end. */
async function walked(list: typeof actions, by: object): Promise<readonly [string, string]> {
  let [there, back] = ['', ''];
  for (let at = await list({ by, first: 2 }); ; at = await list({ by, first: 2, after: at.pageInfo.endCursor })) {
    there += keys(at);
    if (!at.pageInfo.hasNextPage) break;
  }
  for (let at = await list({ by, last: 2 }); ; at = await list({ by, last: 2, before: at.pageInfo.startCursor })) {
    back = keys(at) + back;
    if (!at.pageInfo.hasPreviousPage) break;
  }
  return [there, back];
}

describe.each([
  ['actions', actions],
  ['the automations of an app', ofApp],
] as const)('%s', (_what, list) => {
  it.each([
    ['NEXT_RUN_AT', 'ASC', 'cadfbe'],
    ['NEXT_RUN_AT', 'DESC', 'fdaceb'],
    ['LAST_RUN_AT', 'ASC', 'cfbdae'],
    ['LAST_RUN_AT', 'DESC', 'dbfcea'],
  ] as const)('are paged by %s %s, those without one last', async (field, direction, expected) => {
    const by = [{ field, direction }];
    expect(keys(await list({ by }))).toBe(expected);
    expect(await walked(list, by)).toEqual([expected, expected]);
  });

  it('are ordered further by another field where the time is equal', async () => {
    const by = [
      { field: 'LAST_RUN_AT', direction: 'DESC' },
      { field: 'KEY', direction: 'ASC' },
    ];
    expect(await walked(list, by)).toEqual(['bdfcae', 'bdfcae']);
  });
});

it('shows the times by which it orders, with a constant number of statements', async () => {
  const by = [{ field: 'NEXT_RUN_AT' }];
  const { edges, totalCount } = await actions({ by });
  expect(totalCount).toBe(6);
  const moment = (text: string) => (text === '-' ? null : new Date(text).toISOString());
  for (const { node } of edges) {
    const [, next = '', last = ''] = wanted.find(([key]) => key === node.key) ?? [];
    expect(node).toMatchObject({ nextRunAt: moment(next), lastRunAt: moment(last) });
  }
  expect((await statementsOf(() => actions({ by, first: 6 }))).length).toBe((await statementsOf(() => actions({ by, first: 1 }))).length);
});

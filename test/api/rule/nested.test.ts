import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { type TestGraph, testGraph } from '#test/support/graph';
import { fewBlueprints } from '#test/support/records';

let graph: TestGraph;

beforeAll(async () => {
  graph = await testGraph();
  await fewBlueprints(graph.app, graph.workspace.uuid);
});

async function made(name: string, recordType: string, trigger = 'on create'): Promise<{ id: string; number: number }> {
  const text = `mutation ($input: CreateRuleInput!) { createRule(input: $input) { ... on CreateRuleSuccess { rule { id number } } } }`;
  const { createRule } = (await graph.answer(text, { input: { name, recordType, trigger } })) as {
    createRule: { rule: { id: string; number: number } };
  };
  return createRule.rule;
}

interface Listed {
  readonly totalCount: number;
  readonly edges: readonly { readonly node: { readonly name: string } }[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
}

describe('a rule and its type of records', () => {
  it('lead to each other, page by page, without rules that were deleted', async () => {
    for (const [name, type] of [
      ['R1', 'Req'],
      ['T1', 'Task'],
      ['R2', 'request'],
      ['R3', 'Req'],
      ['R4', 'Req'],
    ] as const)
      await made(name, type);
    await graph.answer(`mutation { deleteRule(input: { key: "r3" }) { __typename } }`);
    expect(await graph.answer(`{ rule(key: "r1") { blueprint { key name rules(last: 1) { edges { node { name } } } } } }`)).toEqual({
      rule: { blueprint: { key: 'request', name: 'request', rules: { edges: [{ node: { name: 'R4' } }] } } },
    });
    const text = `query ($after: Cursor) { blueprints { edges { node { key rules(first: 2, after: $after) {
      totalCount edges { node { name blueprint { key } } } pageInfo { endCursor hasNextPage hasPreviousPage } } } } } }`;
    const listed = async (after: string | null) => {
      const { blueprints } = (await graph.answer(text, { after })) as {
        blueprints: { edges: readonly { node: { key: string; rules: Listed } }[] };
      };
      return new Map(blueprints.edges.map(({ node }) => [node.key, node.rules]));
    };
    const first = await listed(null);
    const names = (list: Listed | undefined) => list?.edges.map(({ node }) => node.name);
    expect([names(first.get('request')), names(first.get('task')), names(first.get('ci'))]).toEqual([['R1', 'R2'], ['T1'], []]);
    expect(first.get('request')).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const second = (await listed(first.get('request')?.pageInfo.endCursor ?? null)).get('request');
    expect(names(second)).toEqual(['R4']);
    expect(second?.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });
});

describe('what is due to a record', () => {
  it('is told with the rule, the moment, and the run that set it, the next one first', async () => {
    const { prisma } = graph.app.db;
    const { id: ruleId } = await made('Escalate', 'Task', 'after delay');
    const text = `mutation { createEntity(input: { blueprint: "task", key: "t", properties: { subject: "t" } }) { ... on CreateEntitySuccess { entity { id } } } }`;
    const { createEntity } = (await graph.answer(text)) as { createEntity: { entity: { id: string } } };
    const run = await graph.workspace.run(await graph.workspace.action());
    const due = ['2100-01-03T00:00:00.000Z', '2100-01-01T00:00:00.000Z', '2100-01-02T00:00:00.000Z'];
    for (const dueAt of due)
      await prisma.timer.create({
        data: {
          id: newId(),
          workspaceId: graph.workspace.uuid,
          entityId: createEntity.entity.id.slice(4),
          automationId: ruleId.slice(4),
          dueAt: new Date(dueAt),
          runId: run.uuid,
          depth: 1,
          chain: [],
          createdAt: new Date(),
        },
      });
    const asked = `query ($after: Cursor) { entity(key: "t", blueprint: "task") { timers(first: 2, after: $after) {
      totalCount edges { cursor node { dueAt rule { name } setBy { id } event { id } } } pageInfo { hasNextPage } } } }`;
    interface Timers {
      readonly edges: readonly { readonly cursor: string; readonly node: object }[];
    }
    const page = async (after: string | null) =>
      ((await graph.answer(asked, { after })) as unknown as { entity: { timers: Timers } }).entity.timers;
    const shown = (dueAt: string | undefined) => ({ dueAt, rule: { name: 'Escalate' }, setBy: { id: run.id }, event: null });
    const first = await page(null);
    expect(first).toMatchObject({
      totalCount: 3,
      edges: [{ node: shown(due[1]) }, { node: shown(due[2]) }],
      pageInfo: { hasNextPage: true },
    });
    expect(await page(first.edges[1]?.cursor ?? null)).toMatchObject({
      edges: [{ node: shown(due[0]) }],
      pageInfo: { hasNextPage: false },
    });
  });
});

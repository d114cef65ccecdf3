import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  CreateAppDocument,
  CreateAppInstanceDocument,
  CreateRuleDocument,
  ImportRulesDocument,
  RuleDocument,
  RulesDocument,
  UpdateRuleDocument,
} from '#client/index';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Receiver, receiver } from '#test/support/receiver';
import { seed } from '#test/support/seed';
import { exportedRules, table } from './moving.rules.js';

// What an integrator does who moves rules here: only the typed client and the graph are used, and each step builds on those before it.

let client: Client;
let millrace: Millrace;
let hook: Receiver;
let secret: string;

beforeAll(async () => {
  hook = await receiver();
  millrace = await startMillrace({ settings: { OUTGOING_ALLOW: '127.0.0.1' } });
  client = millrace.client(await (await seed(millrace.app).workspace()).token('EDITOR'));
});

const answer = (text: string, variables: object = {}) => client.request<Record<string, unknown>, object>(text, variables);

async function record(blueprint: string, key: string, more: object = {}): Promise<void> {
  const text = `mutation ($input: UpsertEntityInput!) { upsertEntity(input: $input) { __typename ... on InvalidInputError { fields { path code } } } }`;
  expect(await answer(text, { input: { blueprint, key, ...more } })).toEqual({ upsertEntity: { __typename: 'UpsertEntitySuccess' } });
}

interface ReadRecord {
  readonly status: string;
  readonly notes: { readonly edges: readonly { readonly node: { readonly text: string } }[] };
}

async function read(blueprint: string, key: string): Promise<{ status: string; notes: readonly string[] }> {
  const text = `query ($key: String!, $blueprint: String!) { entity(key: $key, blueprint: $blueprint) { status notes(first: 50) { edges { node { text } } } } }`;
  const { status, notes } = (await answer(text, { blueprint, key }))['entity'] as ReadRecord;
  return { status, notes: notes.edges.map(({ node }) => node.text) };
}

describe('somebody whose rules are kept elsewhere', () => {
  it('makes the types of records, the app, and its instance, and imports the table that was exported there', async () => {
    await answer(`mutation { seedBlueprints(input: { set: SERVICE }) { __typename } }`);
    const { createApp } = await client.request(CreateAppDocument, {
      input: { key: 'badges', name: 'Badges', webhookUrl: `${hook.url}/app` },
    });
    if (createApp.__typename !== 'CreateAppSuccess') throw new Error(createApp.message);
    secret = createApp.secret ?? '';
    const customFields = { url: 'https://hook.test/x', form_url: 'https://f.test' };
    expect(await client.request(CreateAppInstanceDocument, { input: { app: 'badges', customFields } })).toMatchObject({
      createAppInstance: { appInstance: { enabled: true, suspended: false } },
    });
    const input = { format: 'CSV', document: table(exportedRules) } as const;
    const { importRules } = await client.request(ImportRulesDocument, { input });
    expect(importRules).toMatchObject({ __typename: 'ImportRulesSuccess', created: exportedRules.length, changed: 0, unchanged: 0 });
    expect((await client.request(ImportRulesDocument, { input })).importRules).toMatchObject({ unchanged: exportedRules.length });
  });

  it('lists them by the type of records, and reads them back byte for byte', async () => {
    const named = async (list: 'FOR_REQUESTS' | 'FOR_TASKS' | 'FOR_CIS') => {
      const { rules } = await client.request(RulesDocument, { list, filter: { app: 'badges' }, orderBy: [{ field: 'POSITION' }] });
      return rules.edges.map(({ node }) => node.name);
    };
    const about = (type: string) => exportedRules.filter(({ rulable_type }) => rulable_type === type).map(({ name }) => name);
    expect(await named('FOR_REQUESTS')).toEqual(about('Req'));
    expect(await named('FOR_TASKS')).toEqual(about('Task'));
    expect(await named('FOR_CIS')).toEqual(about('Ci'));
    const { rules } = await client.request(RulesDocument, { filter: { app: 'badges' }, first: 100 });
    const kept = await Promise.all(rules.edges.map(async ({ node }) => (await client.request(RuleDocument, { id: node.id })).rule));
    expect(
      kept.map((rule) => ({
        app_offering: rule?.app?.reference,
        rulable_type: rule?.recordType,
        name: rule?.name,
        trigger: rule?.trigger,
        position: String(rule?.position),
        expressions: rule?.expressions,
        condition: rule?.condition,
        actions: rule?.actions,
        description: rule?.description,
      })),
    ).toEqual(exportedRules.map(({ name, ...rule }) => ({ ...rule, name })));
  });

  it('writes rules in both of their shapes, and reads each back in both', async () => {
    const sample = exportedRules.find(({ name }) => name === 'Survey');
    if (sample === undefined) throw new Error('There is no such rule.');
    const list = sample.expressions.split('\n').map((line) => {
      const [name = '', value = ''] = line.split(/: (.*)/);
      return { name, value };
    });
    const rule = { recordType: 'Req', trigger: 'on note added', condition: sample.condition, app: 'badges', enabled: false };
    for (const [key, expressions] of [
      ['survey-text', { text: sample.expressions }],
      ['survey-list', { list }],
    ] as const) {
      const { createRule } = await client.request(CreateRuleDocument, { input: { ...rule, key, name: key, expressions } });
      expect(createRule).toMatchObject({ __typename: 'CreateRuleSuccess', rule: { key } });
      expect((await client.request(RuleDocument, { key })).rule).toMatchObject({ expressions: sample.expressions, expressionList: list });
    }
    const actions = { list: [{ name: 'a1', value: sample.actions.replace(/^a1: /, '') }] };
    await client.request(UpdateRuleDocument, { input: { key: 'survey-text', actions } });
    expect((await client.request(RuleDocument, { key: 'survey-text' })).rule).toMatchObject({
      actions: sample.actions,
      actionList: actions.list,
      condition: sample.condition,
    });
  });

  it('is told block, line, column and code of what cannot be saved, as a rule and as a row', async () => {
    const refused = [
      { type: 'Task', block: 'expressions', text: 'bad: workflow.requests[0]', code: 'TYPE', line: 1 },
      { type: 'Task', block: 'expressions', text: 'a: 1\na: 2', code: 'DUPLICATE_NAME', line: 2 },
      { type: 'Req', block: 'actions', text: 'a1: set nosuch = 1', code: 'UNKNOWN_FIELD', line: 1 },
      { type: 'Req', block: 'actions', text: 'a1: set id = 1', code: 'READ_ONLY_FIELD', line: 1 },
    ] as const;
    for (const { type, block, text, code, line } of refused) {
      const rule = { name: 'Refused', recordType: type, trigger: 'on create', [block]: { text } };
      const { createRule } = await client.request(CreateRuleDocument, { input: rule });
      expect(createRule).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: [block], line, code }] });
      const document = `name,rulable_type,trigger,${block}\nRefused,${type},on create,"${text}"\n`;
      const { importRules } = await client.request(ImportRulesDocument, { input: { format: 'CSV', document } });
      expect(importRules).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: ['document', '2', block], line, code }] });
    }
  });

  it('sees them act: one status changes, and tasks, requests, notes and the webhook follow', async () => {
    await record('person', 'ann', { properties: { name: 'Ann', primary_email: 'ann@x.test' } });
    for (const [key, name] of [
      ['1', 'Service Desk'],
      ['12', 'Facilities Chicago'],
      ['13', 'Facilities Boston'],
      ['14', 'Facilities New York'],
    ] as const)
      await record('team', key, { properties: { name, source_id: key } });
    await record('workflow', 'W1', { properties: { name: 'W1' } });
    const link = (name: string, ...keys: string[]) => ({ link: name, to: keys.map((key) => ({ key })) });
    const task = (key: string, subject: string, ...links: object[]) =>
      record('task', key, { status: 'registered', properties: { subject }, links: [link('workflow', 'W1'), link('team', '1'), ...links] });
    await task('T1', 'Approve access');
    await task('T2', 'Prepare a security badge');
    await task('T3', 'Install phone');
    await task('T4', 'Retrieve badge', link('predecessors', 'T2'));
    const custom_fields = { badge: false, site: 'Chicago', from: '2024-03-10T09:00Z', tags: 'a,b|c' };
    await record('request', 'R1', {
      status: 'assigned',
      properties: { subject: 'R1', impact: 'low', custom_fields },
      links: [link('workflow', 'W1'), link('requested_for', 'ann')],
    });
    await expect.poll(async () => (await read('request', 'R1')).notes, { timeout: 20_000 }).toContain('Hello @Ann');
    await record('task', 'T1', { status: 'assigned' });
    await expect.poll(async () => (await read('task', 'T4')).status, { timeout: 20_000 }).toBe('assigned');
    expect(await read('task', 'T2')).toMatchObject({
      status: 'canceled',
      notes: expect.arrayContaining(['This task was canceled by automation.']) as unknown,
    });
    await expect.poll(async () => (await read('request', 'R1')).notes, { timeout: 20_000 }).toContain('Started');
    const text = `{ runs(filter: { automationKey: "cancel-badge-task" }, last: 1) { edges { node { status trigger steps { name status } } } } }`;
    expect((await answer(text))['runs']).toEqual({
      edges: [
        {
          node: {
            status: 'SUCCEEDED',
            trigger: 'EVENT',
            steps: [
              { name: 'a1', status: 'SUCCEEDED' },
              { name: 'a2', status: 'SUCCEEDED' },
            ],
          },
        },
      ],
    });
    await record('request', 'R1', { notes: [{ text: 'please hurry' }] });
    const called = () => hook.received.find(({ body }) => body === '{"text":"please hurry","url":"https://hook.test/x"}');
    await expect.poll(() => called()?.url, { timeout: 20_000 }).toBe('/app');
    const call = called();
    expect(new Webhook(secret).verify(call?.body ?? '', call?.headers as Record<string, string>)).toEqual({
      text: 'please hurry',
      url: 'https://hook.test/x',
    });
  });
});

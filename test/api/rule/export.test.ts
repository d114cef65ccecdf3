import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type TestGraph, testGraph } from '#test/support/graph';
import { fewBlueprints } from '#test/support/records';
import { seedWorkspace } from '#test/support/tenancy';

let graph: TestGraph;
let elsewhere: string;

/** Of both workspaces. */
const asOwner = async (text: string, variables: object): Promise<Readonly<Record<string, unknown>>> => {
  const roles = new Map([graph.workspace.uuid, elsewhere].map((id) => [id, 'OWNER' as const]));
  const { data, errors } = await graph.ask({ ...graph.workspace.owner, roles }, text, { ...variables });
  expect(errors).toEqual([]);
  return data ?? {};
};
const at = (workspaceId: string) => `ws_${workspaceId}`;

beforeAll(async () => {
  graph = await testGraph();
  elsewhere = (await seedWorkspace(graph.app)).workspaceId;
  for (const workspaceId of [graph.workspace.uuid, elsewhere]) {
    await fewBlueprints(graph.app, workspaceId);
    const text = `mutation ($workspace: ID!) { createApp(input: { workspace: $workspace, key: "badges", name: "Badges" }) { __typename } }`;
    await asOwner(text, { workspace: at(workspaceId) });
  }
});

type Format = 'CSV' | 'TSV' | 'JSON';

interface Exported {
  readonly document: string;
  readonly count: number;
  readonly lastNumber: number | null;
  readonly hasMore: boolean;
}

async function exported(workspaceId: string, format: Format, more: object = {}): Promise<Exported> {
  const text = `query ($workspace: ID, $format: TableFormat!, $app: ID, $list: RuleList, $after: Int) {
    exportRules(workspace: $workspace, format: $format, app: $app, list: $list, after: $after) { document count lastNumber hasMore } }`;
  return (await asOwner(text, { workspace: at(workspaceId), format, ...more }))['exportRules'] as Exported;
}

async function imported(workspaceId: string, format: Format, document: string): Promise<Readonly<Record<string, unknown>>> {
  const text = `mutation ($input: ImportRulesInput!) { importRules(input: $input) { __typename ... on ImportRulesSuccess { created changed unchanged }
    ... on Error { message } ... on InvalidInputError { fields { path code } } } }`;
  return (await asOwner(text, { input: { workspace: at(workspaceId), format, document } }))['importRules'] as Record<string, unknown>;
}

async function write(field: 'createRule' | 'upsertRule', input: object): Promise<void> {
  const text = `mutation ($input: ${field === 'createRule' ? 'CreateRuleInput' : 'UpsertRuleInput'}!) { ${field}(input: $input) { __typename ... on Error { message } } }`;
  expect(await graph.answer(text, { input })).toEqual({
    [field]: { __typename: field === 'createRule' ? 'CreateRuleSuccess' : 'UpsertRuleSuccess' },
  });
}

const formats = ['CSV', 'TSV', 'JSON'] as const;
const json = async (workspaceId: string) => JSON.parse((await exported(workspaceId, 'JSON')).document) as Record<string, unknown>[];

describe('rules that are exported', () => {
  it('are as they were when they are imported again, and make the same rules elsewhere', async () => {
    await write('createRule', {
      name: 'Due, "later"',
      recordType: 'Task',
      trigger: 'after  DELAY',
      position: 7,
      actions: { text: 'a1: add note \'one,\r\ntwo\t"three"\'\r\na2: set status = canceled\n' },
      description: '\uFEFF*For*\n\n- whoever, wherever',
      labels: ['kept'],
      enabled: false,
    });
    await write('createRule', {
      name: 'Arm',
      recordType: 'Task',
      trigger: 'on status update',
      expressions: {
        list: [
          { name: 'a', value: '1' },
          { name: 'b', value: ' a + 1' },
        ],
      },
      condition: ' b = 2\n and status = assigned ',
      actions: { list: [{ name: 'a1', value: 'after 2.days trigger \'Due, "later"\'' }] },
    });
    await write('createRule', { name: 'Of an app', recordType: 'Req', trigger: 'on create', app: 'badges' });
    await write('createRule', { name: 'Of none', recordType: 'request', trigger: 'on create' });
    const before = await json(graph.workspace.uuid);
    expect(before).toHaveLength(4);
    expect(before[1]).toEqual({
      key: 'arm',
      name: 'Arm',
      record_type: 'Task',
      trigger: 'on status update',
      position: 8,
      expressions: [
        { name: 'a', value: '1' },
        { name: 'b', value: ' a + 1' },
      ],
      condition: ' b = 2\n and status = assigned ',
      actions: [{ name: 'a1', value: 'after 2.days trigger \'Due, "later"\'' }],
      description: '',
      app_offering: '',
      enabled: true,
    });
    const versions = await graph.app.db.prisma.automationVersion.count();
    for (const format of formats) {
      const { document, count, hasMore } = await exported(graph.workspace.uuid, format);
      expect({ count, hasMore }).toEqual({ count: 4, hasMore: false });
      expect(await imported(graph.workspace.uuid, format, document)).toMatchObject({ created: 0, changed: 0, unchanged: 4 });
    }
    expect(await graph.app.db.prisma.automationVersion.count()).toBe(versions);
    const { document } = await exported(graph.workspace.uuid, 'JSON');
    expect(await imported(elsewhere, 'JSON', document)).toMatchObject({ created: 4 });
    expect(await exported(elsewhere, 'JSON')).toMatchObject({ document });
    for (const format of formats)
      expect((await exported(elsewhere, format)).document).toBe((await exported(graph.workspace.uuid, format)).document);
  });

  it('whatever they say', async () => {
    const text = fc.string({ unit: 'grapheme-composite', maxLength: 40 }).map((one) => one.replaceAll(/\0|[\uD800-\uDFFF]/g, ''));
    const nasty = fc.oneof(
      text,
      fc.constantFrom('"', '""', ',', '\t', '\r', '\n', '\r\n', '=1+1', ' ', '\uFEFF', '"a","b"\r\n', '+', '-1', '@', "'", "'=", "''-"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(nasty, { maxLength: 5 }), nasty, async (parts, said) => {
        const literal = (one: string) => `'${one.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('{', '\\{')}'`;
        const rule = { key: 'fuzzed', name: 'Fuzzed', recordType: 'Req', trigger: 'on create', description: parts.join('') };
        await write('upsertRule', {
          ...rule,
          condition: `${literal(said)} != nil`,
          actions: { text: `a: add note ${literal(parts.join(''))}` },
        });
        const whole = await json(graph.workspace.uuid);
        for (const format of formats) {
          const { document } = await exported(graph.workspace.uuid, format);
          expect(await imported(graph.workspace.uuid, format, document)).toMatchObject({ created: 0, changed: 0 });
        }
        expect(await json(graph.workspace.uuid)).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  it.each(["=cmd|' /C calc'!A0", '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', "'=1", "''@1"])(
    'are no formula to a program for tables: %j',
    async (description) => {
      const rule = { key: 'formula', name: 'Formula', recordType: 'Req', trigger: 'on create', description };
      await write('upsertRule', rule);
      const whole = await json(graph.workspace.uuid);
      for (const format of ['CSV', 'TSV'] as const) {
        const { document } = await exported(graph.workspace.uuid, format);
        const cells = parse(document, { delimiter: format === 'CSV' ? ',' : '\t', bom: true }).flat();
        expect(cells.filter((cell) => /^[=+\-@\t\r\n]/.test(cell))).toEqual([]);
        expect(cells).toContain(`'${description}`);
        expect(await imported(graph.workspace.uuid, format, document)).toMatchObject({ created: 0, changed: 0 });
      }
      expect(await json(graph.workspace.uuid)).toEqual(whole);
    },
  );

  it('are those of one app or of one type of records, and go on where a table ends', async () => {
    const count = async (more: object) => (await exported(elsewhere, 'CSV', more)).count;
    expect(await count({ app: 'badges' })).toBe(1);
    expect(await count({ list: 'FOR_TASKS' })).toBe(2);
    expect(await count({ list: 'FOR_CIS' })).toBe(0);
    const description = 'é'.repeat(32_000);
    for (let n = 1; n <= 16; n++)
      await write('upsertRule', { key: `long-${n}`, name: `Long ${n}`, recordType: 'Ci', trigger: 'on create', description });
    const first = await exported(graph.workspace.uuid, 'CSV', { list: 'FOR_CIS' });
    expect(first).toMatchObject({ count: 14, hasMore: true });
    const rest = await exported(graph.workspace.uuid, 'CSV', { list: 'FOR_CIS', after: first.lastNumber });
    expect(rest).toMatchObject({ count: 2, hasMore: false });
    const made = [first, rest].map(({ document }) => imported(elsewhere, 'CSV', document));
    expect(await Promise.all(made)).toMatchObject([{ created: 14 }, { created: 2 }]);
    expect(await exported(elsewhere, 'CSV', { list: 'FOR_CIS', after: 2_147_483_647 })).toMatchObject({ count: 0, lastNumber: null });
  });

  it.each([
    ['[', [['SYNTAX', 'document']]],
    ['{}', [['INVALID', 'document']]],
    ['[1]', [['INVALID', 'document', '0']]],
    ['[{ "trigger": "on create" }]', [['REQUIRED', 'document', '1', 'name']]],
    [
      '[{ "name": "x", "recordType": "Req", "colour": 1 }, { "name": "y", "condition": {}, "expressions": [{ "name": "a" }] }]',
      [
        ['UNKNOWN_FIELD', 'document', '1', 'colour'],
        ['INVALID', 'document', '2', 'condition'],
        ['INVALID', 'document', '2', 'expressions'],
      ],
    ],
    [
      '[{ "name": "x", "record_type": "Req", "trigger": "on create", "condition": "nosuch" }]',
      [['UNKNOWN_NAME', 'document', '1', 'condition']],
    ],
  ])('are refused where a list of documents is none: %s', async (document, wanted) => {
    const { fields } = (await imported(elsewhere, 'JSON', document)) as { fields?: { path: string[]; code: string }[] };
    expect((fields ?? []).map(({ path, code }) => [code, ...path])).toEqual(wanted);
  });
});

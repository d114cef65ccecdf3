import { beforeAll, describe, expect, it } from 'vitest';
import { encodeId } from '#schema/node';
import { type TestGraph, testGraph } from '#test/support/graph';

// What an editor asks while somebody writes a rule.

let graph: TestGraph;

beforeAll(async () => {
  graph = await testGraph();
  await graph.answer(`mutation ($input: CreateBlueprintInput!) { createBlueprint(input: $input) { ... on Error { message } } }`, {
    input: {
      key: 'ticket',
      aliases: ['Tic'],
      name: 'Ticket',
      schema: {
        type: 'object',
        properties: { subject: { type: 'string', description: 'What it is about.' }, impact: { type: 'string', enum: ['low', 'high'] } },
      },
      displayField: 'subject',
      statuses: [{ name: 'open' }, { name: 'closed', final: true }],
      links: [{ name: 'parents', kind: 'MANY', blueprint: 'ticket' }],
    },
  });
  await graph.answer(`mutation ($input: CreateRuleInput!) { createRule(input: $input) { ... on Error { message } } }`, {
    input: { name: 'Escalate', recordType: 'ticket', trigger: 'after delay' },
  });
});

/** The bar is where the editor's cursor stands. */
const place = (block: string, marked: string, rest = {}) => ({
  draft: { recordType: 'Tic', ...rest, [block]: marked.replace('|', '') },
  block: block.toUpperCase(),
  position: marked.indexOf('|'),
});

const completeDocument = `query ($draft: RuleDraftInput!, $block: RuleBlock!, $position: Int!) {
  completeRule(draft: $draft, block: $block, position: $position) { label kind detail documentation insertText replace { from to } } }`;

async function complete(block: string, marked: string, rest = {}): Promise<readonly { readonly label: string; readonly kind: string }[]> {
  const { completeRule } = await graph.answer(completeDocument, place(block, marked, rest));
  return completeRule as readonly { label: string; kind: string }[];
}

const check = async (draft: object) => {
  const document = `query ($draft: RuleDraftInput!) { checkRule(draft: $draft) { errors { block line column code message } formatted { trigger expressions condition actions } } }`;
  return (await graph.answer(document, { draft: { recordType: 'ticket', ...draft } }))['checkRule'];
};

describe('an editor of rules', () => {
  it('is told what can be written, by the blueprints of the workspace', async () => {
    expect(await complete('condition', 'not sub|')).toEqual([
      {
        label: 'subject',
        kind: 'FIELD',
        detail: 'text',
        documentation: 'What it is about.',
        insertText: 'subject',
        replace: { from: 4, to: 7 },
      },
      expect.objectContaining({ label: 'subject_was' }),
    ]);
    expect((await complete('condition', 'status = |')).slice(0, 2).map(({ label, kind }) => `${label} ${kind}`)).toEqual([
      'open VALUE',
      'closed VALUE',
    ]);
    const above = { expressions: 'top: parents[first]' };
    expect((await complete('actions', "a1: add note '{{ top.imp|", above)).map(({ label }) => label)).toEqual(['impact']);
    expect((await complete('actions', "a1: after 2.days trigger '|'")).map(({ label, kind }) => `${label} ${kind}`)).toEqual([
      'Escalate RULE',
    ]);
    expect((await complete('trigger', 'on imp|')).map(({ label }) => label)).toEqual(['on impact update']);
  });

  it('is told what stands there', async () => {
    const document = `query ($draft: RuleDraftInput!, $block: RuleBlock!, $position: Int!) { hoverRule(draft: $draft, block: $block, position: $position) { name kind type documentation range { from to } } }`;
    const hover = async (marked: string) => (await graph.answer(document, place('condition', marked)))['hoverRule'];
    expect(await hover('parents.sub|ject')).toEqual({
      name: 'subject',
      kind: 'FIELD',
      type: 'text',
      documentation: 'What it is about. Of each member.',
      range: { from: 8, to: 15 },
    });
    expect(await hover('nosuch|')).toBeNull();
  });

  it('is told all that is wrong, and the rule well written', async () => {
    expect(await check({ trigger: 'on  CREATE', expressions: 'a:1+2', condition: 'a=3', actions: "a1: set impact 'low'" })).toEqual({
      errors: [],
      formatted: { trigger: 'on create', expressions: 'a: 1 + 2', condition: 'a = 3', actions: "a1: set impact 'low'" },
    });
    const wrong = { trigger: 'on nosuch update', expressions: 'a: b', actions: "a1: set nosuch = 1\na2: after 1.day trigger 'Nobody'" };
    expect(await check(wrong)).toMatchObject({
      errors: [
        { block: 'TRIGGER', line: 1, column: 1, code: 'UNKNOWN_TRIGGER' },
        { block: 'EXPRESSIONS', line: 1, column: 4, code: 'UNKNOWN_NAME' },
        { block: 'ACTIONS', line: 1, column: 9, code: 'UNKNOWN_FIELD' },
        { block: 'ACTIONS', line: 2, column: 11, code: 'UNKNOWN_NAME' },
      ],
    });
    expect(await check({ trigger: 'on create', condition: '(' })).toMatchObject({ errors: [{ code: 'SYNTAX' }], formatted: null });
  });

  it('is refused a type of records that is not there, and sees nothing elsewhere', async () => {
    const unknown = await graph.ask(graph.workspace.owner, completeDocument, {
      ...place('condition', '|'),
      draft: { recordType: 'nosuch' },
    });
    expect(unknown.errors[0]?.extensions).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['recordType'], code: 'UNKNOWN_BLUEPRINT' }],
    });
    const elsewhere = { recordType: 'ticket', workspace: encodeId('Workspace', '01900000-0000-7000-8000-000000000000') };
    expect(await graph.answer(completeDocument, { ...place('condition', '|'), draft: elsewhere })).toEqual({ completeRule: [] });
  });
});

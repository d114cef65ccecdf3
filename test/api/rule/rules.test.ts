import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { matchRules } from '#domain/rule/rule.match';
import { type TestGraph, testGraph } from '#test/support/graph';
import { fewBlueprints } from '#test/support/records';

let graph: TestGraph;

beforeAll(async () => {
  graph = await testGraph();
  await fewBlueprints(graph.app, graph.workspace.uuid);
});

type Input = Readonly<Record<string, unknown>>;
type Answered = Readonly<Record<string, unknown>> & { readonly __typename: string; readonly rule?: Readonly<Record<string, unknown>> };

/** A mutation as the owner: its success with what is selected of the rule, or its error. */
async function write(field: string, input: Input, selection = 'id key'): Promise<Answered> {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  const success = field === 'deleteRule' ? 'deletedId' : `rule { ${selection} }`;
  const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { ${success} }
    ... on Error { code message } ... on ConflictError { state } ... on InvalidInputError { fields { path code line column } } } }`;
  return (await graph.answer(text, { input }))[field] as Answered;
}

const make = async (input: Input, selection = 'id key') => (await write('createRule', { ...onCreate, ...input }, selection)).rule ?? {};
const onCreate = { recordType: 'Req', trigger: 'on create' };
const names = (answer: Readonly<Record<string, unknown>>, field = 'rules') =>
  (answer[field] as { edges: { node: { name: string } }[] }).edges.map(({ node }) => node.name);

const everything = `id key number name recordType trigger position expressions expressionList { name value } condition actions
  actionList { name value } actionsHtml description descriptionHtml enabled app { key } labels deployedVersion { number rule { condition } action { priority } }
  versions { edges { node { number } } } counters { total } createdAt updatedAt`;

describe('a rule', () => {
  it('is made, read by id, key and number, and changed as far as is given', async () => {
    const made = await make(
      {
        name: 'Cancel badge',
        trigger: 'On  Status UPDATE',
        recordType: 'Task',
        expressions: { text: 'is_assigned: status = assigned\n\nrequest: change.requests[first]\n' },
        condition: 'is_assigned and request.custom_fields.badge',
        actions: {
          list: [
            { name: 'a1', value: "add note 'Not <b>needed</b>\nany more'" },
            { name: 'a2', value: 'set status = canceled' },
          ],
        },
        description: 'For **badges** <script>',
        labels: ['badges'],
      },
      everything,
    );
    expect(made).toMatchObject({
      key: 'cancel-badge',
      name: 'Cancel badge',
      recordType: 'Task',
      trigger: 'On  Status UPDATE',
      expressions: 'is_assigned: status = assigned\n\nrequest: change.requests[first]\n',
      expressionList: [
        { name: 'is_assigned', value: 'status = assigned' },
        { name: 'request', value: 'change.requests[first]' },
      ],
      actions: "a1: add note 'Not <b>needed</b>\nany more'\na2: set status = canceled",
      actionList: [
        { name: 'a1', value: "add note 'Not <b>needed</b>\nany more'" },
        { name: 'a2', value: 'set status = canceled' },
      ],
      actionsHtml: "<pre><code>a1: add note 'Not &lt;b&gt;needed&lt;/b&gt;\nany more'\na2: set status = canceled</code></pre>",
      descriptionHtml: '<p>For <strong>badges</strong> &lt;script&gt;</p>\n',
      enabled: true,
      app: null,
      deployedVersion: { number: 1, rule: { condition: 'is_assigned and request.custom_fields.badge' }, action: null },
      counters: { total: 0 },
    });
    expect(made['updatedAt']).toEqual(made['createdAt']);
    const { id, key, number, position } = made;
    expect(id).toMatch(/^rul_/);
    const read = `query ($id: ID!, $key: String, $number: Int) { byId: rule(id: $id) { id } byKey: rule(key: $key) { id }
      byNumber: rule(number: $number) { id } node(id: $id) { __typename id } }`;
    expect(await graph.answer(read, { id, key, number })).toEqual({
      byId: { id },
      byKey: { id },
      byNumber: { id },
      node: { __typename: 'Rule', id },
    });
    const changed = await write('updateRule', { key, condition: '', position: 7 }, everything);
    expect(changed.rule).toMatchObject({
      ...made,
      condition: '',
      position: 7,
      deployedVersion: { number: 2, rule: { condition: '' } },
      versions: { edges: [{ node: { number: 2 } }, { node: { number: 1 } }] },
      updatedAt: expect.anything() as unknown,
    });
    expect(changed.rule?.['updatedAt']).not.toEqual(made['updatedAt']);
    const same = await write('updateRule', { id, condition: '', name: 'Cancel badge' }, 'updatedAt position');
    expect(same.rule).toEqual({ updatedAt: changed.rule?.['updatedAt'], position: 7 });
    const last = await write('updateRule', { id, position: null }, 'position');
    expect(last.rule?.['position']).toBeGreaterThanOrEqual(position as number);
    const first = `query ($id: ID!) { rule(id: $id) { versions(last: 1) { edges { node { id } } } } }`;
    const { rule } = (await graph.answer(first, { id })) as { rule: { versions: { edges: [{ node: { id: string } }] } } };
    const back = await write('rollBackRule', { version: rule.versions.edges[0].node.id }, 'condition deployedVersion { number }');
    expect(back.rule).toEqual({ condition: 'is_assigned and request.custom_fields.badge', deployedVersion: { number: 3 } });
    expect(await write('deleteRule', { id })).toEqual({ __typename: 'DeleteRuleSuccess', deletedId: id });
    expect(
      await graph.answer(`query ($id: ID!) { rule(id: $id) { id } node(id: $id) { ... on Rule { name number deletedAt } } }`, { id }),
    ).toEqual({
      rule: null,
      node: { name: 'Cancel badge', number, deletedAt: expect.anything() as unknown },
    });
    expect(await make({ name: 'Cancel badge' }, 'key')).toEqual({ key: 'cancel-badge' });
  });

  it('is refused with block, line, column and code of what is wrong with it', async () => {
    const faults: readonly [Input, string, number, number, string][] = [
      [{ expressions: { text: 'a: 1\nb: workflow.requests[0]' } }, 'expressions', 2, 22, 'TYPE'],
      [{ expressions: { text: 'a: 1\na: 2' } }, 'expressions', 2, 1, 'DUPLICATE_NAME'],
      [
        {
          expressions: {
            list: [
              { name: 'a', value: '1' },
              { name: 'b', value: 'c' },
              { name: 'c', value: '1' },
            ],
          },
        },
        'expressions',
        2,
        4,
        'FORWARD_REFERENCE',
      ],
      [{ expressions: { list: [{ name: 'a', value: '1\nb: 2' }] } }, 'expressions', 2, 1, 'SYNTAX'],
      [{ expressions: { list: [{ name: 'a: 1\nb', value: '2' }] } }, 'expressions', 1, 1, 'SYNTAX'],
      [{ condition: 'true and\n nosuch' }, 'condition', 2, 2, 'UNKNOWN_NAME'],
      [{ trigger: 'on full moon' }, 'trigger', 1, 1, 'UNKNOWN_TRIGGER'],
      [{ trigger: 'on nosuch update' }, 'trigger', 1, 1, 'UNKNOWN_TRIGGER'],
      [{ actions: { text: 'a1: set nosuch = 1' } }, 'actions', 1, 9, 'UNKNOWN_FIELD'],
      [{ actions: { text: 'a1: set id = 1' } }, 'actions', 1, 9, 'READ_ONLY_FIELD'],
      [{ actions: { text: "a1: after 2.days trigger 'None'" } }, 'actions', 1, 11, 'UNKNOWN_NAME'],
      [{ actions: { text: "a1: call webhook 'ftp://x.test'" } }, 'actions', 1, 1, 'UNKNOWN_NAME'],
      [{ actions: { text: "a1: call webhook '{app_offering_webhook}'" } }, 'actions', 1, 1, 'UNKNOWN_NAME'],
      [{ condition: `'${'é'.repeat(32_768)}'` }, 'condition', 1, 1, 'TOO_LONG'],
    ];
    for (const [input, block, line, column, code] of faults) {
      const answer = await write('createRule', { name: 'Faulty', ...onCreate, ...input });
      expect(answer['fields'], JSON.stringify(input).slice(0, 200)).toEqual([{ path: [block], line, column, code }]);
    }
    const other = await write('createRule', {
      name: 'x'.repeat(129),
      recordType: 'Nosuch',
      trigger: 'on create',
      description: 'é'.repeat(32_769),
      position: -1,
    });
    expect((other['fields'] as { path: string[]; code: string }[]).map(({ path, code }) => [path.join('.'), code]).sort()).toEqual([
      ['description', 'TOO_LONG'],
      ['name', 'TOO_LONG'],
      ['position', 'TOO_SMALL'],
    ]);
    const unknown = await write('createRule', { ...onCreate, name: 'x', recordType: 'Nosuch' });
    expect(unknown['fields']).toMatchObject([{ path: ['recordType'], code: 'UNKNOWN_BLUEPRINT' }]);
    expect(await graph.app.db.prisma.automation.count({ where: { name: 'Faulty' } })).toBe(0);
  });

  it('is read back byte for byte in the shape in which it was given, and in the other one with the same meaning', async () => {
    const made = await make({ name: 'Shapes' });
    const blank = fc.constantFrom('', ' ', '\t', '  ');
    const value = fc.constantFrom("'a: b'", '"it\'s"', "'two\nlines'", '1 + 2', 'subject', '[1,  2]', 'subject   contains "x"');
    const entries = fc.array(fc.tuple(blank, value, blank), { maxLength: 4 });
    const form = fc.constantFrom('\n', '\r\n', '\n\n', '\n \n');
    await fc.assert(
      fc.asyncProperty(entries, form, async (given, between) => {
        const text = given.map(([before, one, after], i) => `${before}e${String(i)} ${before}:${after}${one}${after}`).join(between);
        const asText = await write('updateRule', { id: made['id'], expressions: { text } }, 'expressions expressionList { name value }');
        const list = given.map(([, one], i) => ({ name: `e${String(i)}`, value: one }));
        expect(asText.rule).toEqual({ expressions: text, expressionList: list });
        const asList = await write('updateRule', { id: made['id'], expressions: { list } }, 'expressions expressionList { name value }');
        expect(asList.rule).toEqual({
          expressionList: list,
          expressions: list.map(({ name, value: one }) => `${name}: ${one}`).join('\n'),
        });
      }),
      { numRuns: 4 },
    );
  });

  it('that others trigger after a delay stays there under its name', async () => {
    const delay = { recordType: 'Task', trigger: 'after delay' };
    const again = { text: "a1: after 1.day trigger 'Escalate'" };
    const escalate = await make({ ...delay, name: 'Escalate', actions: again });
    expect(escalate['key']).toBe('escalate');
    const arm = await make({ recordType: 'Task', name: 'Arm', actions: again });
    expect(arm['key']).toBe('arm');
    const naming = { code: 'CONFLICT', state: 'NAMED', message: 'These rules trigger it after a delay: arm.' };
    const own = { text: "a1: after 1.day trigger 'Other'" };
    expect(await write('updateRule', { id: escalate['id'], name: 'Other', actions: own })).toMatchObject(naming);
    expect(await write('updateRule', { id: escalate['id'], trigger: 'on create', actions: null })).toMatchObject(naming);
    expect(await write('updateRule', { id: escalate['id'], recordType: 'Req', actions: null })).toMatchObject(naming);
    expect(await write('deleteRule', { id: escalate['id'] })).toMatchObject(naming);
    expect((await write('createRule', { name: 'Elsewhere', ...onCreate, actions: again }))['fields']).toMatchObject([
      { code: 'UNKNOWN_NAME' },
    ]);
    expect(await write('createRule', { ...delay, name: 'Escalate' })).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await write('updateRule', { id: escalate['id'], condition: 'status = assigned' })).toMatchObject({
      __typename: 'UpdateRuleSuccess',
    });
    await write('deleteRule', { id: arm['id'] });
    expect(await write('updateRule', { id: escalate['id'], name: 'Other', actions: own })).toMatchObject({
      __typename: 'UpdateRuleSuccess',
    });
    expect(await write('deleteRule', { id: escalate['id'] })).toMatchObject({ __typename: 'DeleteRuleSuccess' });
  });

  it('is made or changed by its key, once per idempotency key', async () => {
    const input = { key: 'by-key', name: 'By key', ...onCreate, condition: 'true' };
    const [one, two] = await Promise.all([write('upsertRule', input), write('upsertRule', input)]);
    expect(one.rule?.['id']).toBe(two.rule?.['id']);
    const again = await write('upsertRule', { ...input, condition: undefined, position: 3 }, 'id condition position');
    expect(again.rule).toEqual({ id: one.rule?.['id'], condition: '', position: 3 });
    expect((await write('upsertRule', input, 'position')).rule).toEqual({ position: 3 });
    const once = { name: 'Once', ...onCreate, idempotencyKey: 'once' };
    expect((await write('createRule', once)).rule).toEqual((await write('createRule', once)).rule);
    expect(await write('createRule', { ...once, name: 'Twice' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    const { key } = await graph.workspace.action({ key: 'an-action' });
    expect(await write('upsertRule', { ...input, key })).toMatchObject({ code: 'ALREADY_EXISTS' });
  });
});

describe('the rules of an event', () => {
  /** What would be evaluated when a task gets a note, and each rule as its own row and as its automation and deployment have it. */
  const asFound = async () => {
    const { app, workspace } = graph;
    const event = {
      id: newId(),
      workspaceId: workspace.uuid,
      type: 'note.added',
      blueprint: 'task',
      changed: [],
      data: {},
      epoch: 1,
    };
    const found = (await matchRules(app.db.sql, [event as unknown as ClaimedEvent])).get(event.id) ?? [];
    const text = `
      SELECT to_jsonb(ARRAY[r.name, r.enabled::text, r.deleted::text, r."appId"::text, r."liveId"::text]) AS own,
        to_jsonb(ARRAY[a.name, a.enabled::text, (a."deletedAt" IS NOT NULL)::text, a."appId"::text, d."versionId"::text]) AS others
      FROM "Rule" r JOIN "Automation" a ON a.id = r."automationId"
      LEFT JOIN ("Deployment" d JOIN "Environment" e ON e.id = d."environmentId" AND e.key = 'production') ON d."automationId" = a.id`;
    const rows = await app.db.sql.query<{ own: unknown; others: unknown }>({ name: 'test.rules.agree', text }, []);
    expect(rows.map(({ own }) => own)).toEqual(rows.map(({ others }) => others));
    return found;
  };

  it('are those that are there now, whatever was changed in which way', async () => {
    const rule = { recordType: 'Task', trigger: 'on note added' };
    const { id } = await make({ ...rule, name: 'Second', position: 2 });
    await make({ ...rule, name: 'First', key: 'first-told', position: 1, condition: 'status = assigned' });
    const [first, second] = await asFound();
    expect([first?.name, second?.name]).toEqual(['First', 'Second']);
    await write('updateRule', { key: 'first-told', name: 'Third', position: 3, condition: 'status = completed' });
    const [, third] = await asFound();
    expect(third).toMatchObject({ name: 'Third', automationId: first?.automationId, suspended: false });
    expect(third?.versionId).not.toBe(first?.versionId);
    await write('disableRule', { id });
    expect(await asFound()).toEqual([third]);
    await write('enableRule', { id });
    expect(await asFound()).toEqual([second, third]);
    const automationId = third?.automationId ?? '';
    await graph.app.db.prisma.deployment.deleteMany({ where: { automationId } });
    expect(await asFound()).toEqual([second]);
    await write('deleteRule', { id });
    expect(await asFound()).toEqual([]);
    const app = (await graph.answer(`mutation { createApp(input: { name: "Gone" }) { ... on CreateAppSuccess { app { id } } } }`)) as {
      createApp: { app: { id: string } };
    };
    await make({ ...rule, name: 'Of an app', app: app.createApp.app.id });
    // It acts where its app has an instance.
    expect(await asFound()).toEqual([]);
    await graph.answer(`mutation { createAppInstance(input: { app: "gone" }) { __typename } }`);
    const [ofApp] = await asFound();
    expect(ofApp).toMatchObject({ name: 'Of an app', suspended: false });
    await write('deleteRule', { id: `rul_${ofApp?.automationId ?? ''}` });
    await graph.app.db.prisma.app.deleteMany({ where: { key: 'gone' } });
    expect(await asFound()).toEqual([]);
  });
});

describe('a list of rules', () => {
  it('goes by number, or by position and then number, and by type, app, trigger, state, time and words', async () => {
    const app = (await graph.answer(
      `mutation { createApp(input: { key: "listed", name: "Listed" }) { ... on CreateAppSuccess { app { id } } } }`,
    )) as {
      createApp: { app: { id: string } };
    };
    const listed = { app: app.createApp.app.id };
    await make({ ...listed, name: 'L1', position: 2 });
    await make({ ...listed, name: 'L2', position: 1, recordType: 'Task', trigger: 'on status update' });
    await make({ ...listed, name: 'L3', position: 2, recordType: 'Ci', description: 'Words to be found' });
    await make({ ...listed, name: 'L4', position: 2, recordType: 'request', enabled: false });
    const list = async (more: string, variables: Input = {}) =>
      names(await graph.answer(`{ rules(${more}) { edges { node { name } } } }`, variables));
    const mine = 'filter: { app: "listed" }';
    expect(await list(mine)).toEqual(['L1', 'L2', 'L3', 'L4']);
    expect(await list(`${mine}, orderBy: [{ field: POSITION }]`)).toEqual(['L2', 'L1', 'L3', 'L4']);
    expect(await list(`${mine}, orderBy: [{ field: POSITION, direction: DESC }]`)).toEqual(['L4', 'L3', 'L1', 'L2']);
    expect(await list(`${mine}, list: FOR_REQUESTS`)).toEqual(['L1', 'L4']);
    expect(await list(`${mine}, list: FOR_TASKS`)).toEqual(['L2']);
    expect(await list(`${mine}, list: FOR_CIS`)).toEqual(['L3']);
    expect(await list('filter: { app: "listed", blueprint: "request" }')).toEqual(['L1', 'L4']);
    expect(await list('filter: { app: "listed", recordType: "Req" }')).toEqual(['L1']);
    expect(await list('filter: { app: "listed", trigger: " ON status  update" }')).toEqual(['L2']);
    expect(await list('filter: { app: "listed", trigger: "whenever" }')).toEqual([]);
    expect(await list('filter: { app: "listed", enabled: false }')).toEqual(['L4']);
    expect(await list('filter: { search: "TO BE f" }')).toEqual(['L3']);
    expect(await list('filter: { app: "listed", createdAt: { until: "2020-01-01T00:00:00Z" } }')).toEqual([]);
    expect(await list('filter: { app: "listed", updatedAt: { from: "2020-01-01T00:00:00Z" } }')).toHaveLength(4);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = (await graph.answer(
        `query ($after: Cursor) { app(key: "listed") { rules(first: 1, after: $after, orderBy: [{ field: POSITION }]) { totalCount edges { node { name } } pageInfo { endCursor hasNextPage } } } }`,
        { after },
      )) as {
        app: { rules: { totalCount: number; edges: { node: { name: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } };
      };
      const { totalCount, edges, pageInfo } = page.app.rules;
      expect(totalCount).toBe(4);
      seen.push(...edges.map(({ node }) => node.name));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(['L2', 'L1', 'L3', 'L4']);
    expect(names(await graph.answer('{ actions { edges { node { name } } } }'), 'actions')).not.toContain('L1');
  });
});

describe('what starts, binds and holds actions', () => {
  it('refuses a rule', async () => {
    const { id, key } = await make({ name: 'No action' });
    const uuid = String(id).slice(4);
    const tried = async (text: string) => {
      const answer = await graph.answer(
        `mutation { it: ${text} { __typename ... on Error { code message } ... on ConflictError { state } } }`,
      );
      return answer['it'] as { code: string; state?: string };
    };
    const rule = { code: 'CONFLICT', state: 'RULE' };
    expect(await tried(`createSchedule(input: { automation: "${String(id)}", interval: "PT1H" })`)).toMatchObject(rule);
    expect(await tried(`createWebhook(input: { automation: "${String(id)}", name: "x", verification: NONE })`)).toMatchObject(rule);
    expect(await tried(`createWebhook(input: { automationKey: "${String(key)}", name: "x", verification: NONE })`)).toMatchObject(rule);
    expect(await tried(`pause(input: { automation: "${String(id)}" })`)).toMatchObject(rule);
    expect(await tried(`triggerAction(input: { id: "${String(id)}" })`)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await tried(`triggerAction(input: { id: "act_${uuid}" })`)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await tried(`triggerAction(input: { key: "${String(key)}" })`)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await tried(`updateAction(input: { id: "act_${uuid}", name: "x" })`)).toMatchObject({ code: 'NOT_FOUND' });
    expect(
      await tried(`updateTriggerBindings(input: { triggerPoint: "post-login", bindings: [{ ref: { actionName: "${String(key)}" } }] })`),
    ).toMatchObject({ code: 'INVALID_INPUT' });
    const { action, node, other, runs } = await graph.answer(
      `query ($rul: ID!, $act: ID!) { action(id: $act) { id } node(id: $act) { id } other: node(id: $rul) { id } runs(filter: { automation: $rul }) { totalCount } }`,
      { rul: id, act: `act_${uuid}` },
    );
    expect({ action, node, other, runs }).toEqual({ action: null, node: null, other: { id }, runs: { totalCount: 0 } });
    const entries = (await graph.answer(
      '{ auditEntries(filter: { subjectType: "Rule" }, first: 1) { edges { node { subjectId operation } } } }',
    )) as {
      auditEntries: { edges: [{ node: object }] };
    };
    expect(entries.auditEntries.edges[0].node).toEqual({ subjectId: id, operation: 'createRule' });
  });
});

import { type ExecutionResult, parse, subscribe } from 'graphql';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { App } from '#app';
import type { Viewer } from '#domain/tenant/viewer';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import { buildSchema } from '#schema/index';
import { type Millrace, startMillrace } from '#test/support/api';
import { graphOf } from '#test/support/graph';
import { type ServiceDesk, serviceDesk } from '#test/support/service-desk';

// What a rule would do, would have done, and why it did not.

let millrace: Millrace;
let app: App;
let desk: ServiceDesk;
let shared: Promise<ServiceDesk> | undefined;
const schema = buildSchema();

beforeAll(async () => {
  millrace = await startMillrace();
  ({ app } = millrace);
});

/** The records that several tests look at. Made within a test: it waits for what follows from them. */
async function ready(): Promise<void> {
  shared ??= serviceDesk(app, { t1: 'registered' });
  desk = await shared;
}

const badge = {
  recordType: 'Task',
  trigger: 'on status update',
  expressions: "is_assigned: status = assigned\nbadge_task: workflow.tasks['Prepare a security badge']",
  condition: 'is_assigned',
  actions: "a1: update badge_task add note 'Not needed.'\na2: update badge_task set status = canceled",
};

const testDocument = `mutation ($input: TestRuleInput!) { testRule(input: $input) { __typename ... on Error { code message }
  ... on InvalidInputError { fields { path code line column } }
  ... on TestRuleSuccess { test { outcome triggered values { name value } failed { text values { text value } } error { code block line label }
    effects { label type record { name } changed } changes { type changed before after notes } deliveries { kind address payload } timers { rule { name } dueAt } } } } }`;

interface Tested {
  readonly __typename: string;
  readonly code?: string;
  readonly fields?: readonly object[];
  readonly test: {
    readonly outcome: string;
    readonly changes: readonly {
      readonly before: Record<string, unknown> | null;
      readonly after: Record<string, unknown>;
      readonly notes: string[];
    }[];
  } & Record<string, unknown>;
}

async function ask(document: string, variables: object, viewer: Viewer = desk.viewer): Promise<Readonly<Record<string, unknown>>> {
  const { data, errors } = await graphOf(schema, app)(viewer, document, variables as Record<string, unknown>);
  expect(errors).toEqual([]);
  return data ?? {};
}

const test = async (input: object, viewer?: Viewer) => (await ask(testDocument, { input }, viewer))['testRule'] as Tested;
const entity = (name: string) => encodeId('Entity', desk.id(name));

/** Everything that is kept: the rows of every table, as text. */
async function everything(): Promise<string> {
  const tables = [
    'Entity',
    'EntityValue',
    'EntityLink',
    'Note',
    'Event',
    'Evaluation',
    'Run',
    'RunEvent',
    'StepRun',
    'Delivery',
    'Timer',
    'AuditEntry',
    'AutomationCounter',
  ];
  const rows = await Promise.all(
    tables.map((name) =>
      app.db.prisma.$queryRawUnsafe<object[]>(
        `SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS all FROM "${name}" t`,
      ),
    ),
  );
  return JSON.stringify(rows);
}

describe('a test of a rule', () => {
  it('tells values, effects and every record that would change, and writes nothing', async () => {
    await ready();
    const before = await everything();
    // Its successor is released by what the rule does.
    const { test: told } = await test({ draft: { ...badge, condition: '' }, entity: entity('T1') });
    expect(told).toMatchObject({
      outcome: 'MET',
      triggered: null,
      values: [
        { name: 'is_assigned', value: false },
        { name: 'badge_task', value: { name: 'Prepare a security badge' } },
      ],
      failed: null,
      error: null,
      effects: [
        { label: 'a1', type: 'NOTE', record: { name: 'Prepare a security badge' } },
        { label: 'a2', type: 'SET', changed: ['status'] },
      ],
    });
    const states = told.changes.map(({ before: from, after: to, notes }) => [String(to['subject']), from?.['status'], to['status'], notes]);
    expect(states).toEqual([
      ['Prepare a security badge', 'registered', 'canceled', ['Not needed.']],
      ['Retrieve badge', 'registered', 'assigned', []],
    ]);
    expect(await everything()).toBe(before);
  });

  it('says why the condition is not met, and why it fails', async () => {
    await ready();
    expect((await test({ draft: badge, entity: entity('T1') })).test).toMatchObject({
      outcome: 'NOT_MET',
      failed: {
        text: 'status = assigned',
        values: [
          { text: 'status', value: 'registered' },
          { text: 'assigned', value: 'assigned' },
        ],
      },
      changes: [],
    });
    const derived = { ...badge, expressions: '', condition: '', actions: "a1: add note 'x'\na2: set status = approved" };
    const before = await everything();
    expect((await test({ draft: derived, entity: entity('T1') })).test).toMatchObject({
      outcome: 'FAILED',
      error: { code: 'CONFLICT', block: 'ACTIONS', line: 2, label: 'a2' },
      effects: [{ label: 'a1' }],
      changes: [],
    });
    expect(await everything()).toBe(before);
  });

  it('tells what would be sent and set, and new records', async () => {
    await ready();
    await desk.rule({ on: 'Task', trigger: 'after delay', name: 'Escalate' });
    const draft = {
      ...badge,
      expressions: "extra: new(task, 'Extra check')\nann: find(person, 'Ann')",
      condition: '',
      actions: [
        'a1: update extra set team = find(team, 9)',
        "a2: after 2.days trigger 'Escalate'",
        "a3: call webhook 'https://example.com/x' with payload 'extra'",
        "a4: send email to ann subject 'S' body 'B'",
        'a5: update cis[first] set location = 1',
      ].join('\n'),
    };
    const before = await everything();
    const { test: told } = await test({ draft, entity: entity('T1') });
    expect(told).toMatchObject({
      outcome: 'MET',
      deliveries: [
        { kind: 'WEBHOOK', address: 'https://example.com/x' },
        { kind: 'EMAIL', address: 'ann@x.test' },
      ],
      timers: [{ rule: { name: 'Escalate' } }],
      changes: [{ type: 'task', before: null }],
    });
    expect(told['effects']).toMatchObject([
      { type: 'CREATE' },
      { type: 'SET' },
      { type: 'TRIGGER' },
      { type: 'WEBHOOK' },
      { type: 'EMAIL' },
      { type: 'SKIP' },
    ]);
    expect(await everything()).toBe(before);
  });

  it('knows from an event what was before, and whether it fires the rule', async () => {
    await ready();
    await desk.change('T3', { status: 'assigned' });
    await desk.settled();
    const { id } = await app.db.prisma.event.findFirstOrThrow({ where: { entityId: desk.id('T3'), type: 'entity.updated' } });
    const draft = { ...badge, expressions: 'old: status_was', condition: '', actions: '' };
    const event = encodeId('Event', id);
    expect((await test({ draft, event })).test).toMatchObject({ triggered: true, values: [{ name: 'old', value: 'registered' }] });
    expect((await test({ draft: { ...draft, trigger: 'on create' }, event })).test).toMatchObject({ triggered: false });
  });

  it('tells an app of what was before only what it may read', async () => {
    await ready();
    await desk.change('T2', { labels: ['x'] });
    const { id } = await app.db.prisma.event.findFirstOrThrow({ where: { entityId: desk.id('T2'), type: 'entity.updated' } });
    const asked = async (scope: string, expressions: string) => {
      const { appId } = await desk.app({ scopes: [scope] });
      const draft = { ...badge, app: encodeId('App', appId), expressions, condition: '', actions: '' };
      return (await test({ draft, event: encodeId('Event', id) })).test;
    };
    const forbidden = { outcome: 'FAILED', error: { code: 'FORBIDDEN' }, values: [] };
    expect(await asked('entity.read:workflow', 'old: status_was')).toMatchObject(forbidden);
    expect(await asked('entity.read:task', 'old: workflow_was')).toMatchObject(forbidden);
    expect(await asked('entity.read', 'old: workflow_was')).toMatchObject({ outcome: 'MET', values: [{ value: { name: 'W1' } }] });
  });

  it('reaches no record of another workspace, whatever stands in an event', async () => {
    await ready();
    const other = await serviceDesk(app);
    const { number } = await app.db.prisma.entity.findUniqueOrThrow({ where: { id: other.id('W1') } });
    const record = { links: { workflow: [{ entity: other.id('W1'), id: number, name: 'W1' }] } };
    const about = {
      workspaceId: desk.workspaceId,
      source: 'x',
      entityId: desk.id('T1'),
      blueprint: 'task',
      data: { record },
      changed: [],
      chain: [],
    };
    const asked = async (type: string, action: string) => {
      const id = newId();
      const sequence = 10_000 + (await app.db.prisma.event.count());
      const told = { actorKind: 'SYSTEM' as const, actorName: 'x', at: new Date(), passedAt: new Date() };
      await app.db.prisma.event.create({ data: { id, type, sequence, ...about, ...told } });
      return (await test({ draft: { ...badge, expressions: '', condition: '', actions: `a1: ${action}` }, event: encodeId('Event', id) }))
        .test;
    };
    const note = "update workflow_was add note 'x'";
    // What a client says of links is not believed: they lead to where they lead now.
    expect((await asked('order.paid', note)).changes).toMatchObject([{ type: 'workflow', before: { id: expect.any(Number) as number } }]);
    // Even where it is, nothing is written elsewhere, nor read.
    for (const action of [note, 'set workflow = workflow_was'])
      expect(await asked('note.added', action)).toMatchObject({ outcome: 'FAILED', error: { code: 'NOT_FOUND' }, changes: [] });
  });

  it('is refused what is wrong, what is elsewhere and who may not', async () => {
    await ready();
    expect(await test({ draft: { ...badge, condition: 'nosuch' }, entity: entity('T1') })).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['draft', 'condition'], code: 'UNKNOWN_NAME', line: 1, column: 1 }],
    });
    expect(await test({ draft: badge, entity: entity('R1') })).toMatchObject({ fields: [{ path: ['entity'], code: 'OTHER_TYPE' }] });
    expect(await test({ draft: badge })).toMatchObject({ fields: [{ code: 'ONE_OF' }] });
    const other = await serviceDesk(app);
    const foreign = encodeId('Entity', other.id('T1'));
    expect(await test({ draft: badge, entity: foreign })).toMatchObject({ code: 'NOT_FOUND' });
    // Who is in both still cannot take a rule of one to a record of the other.
    const both: Viewer = { ...desk.viewer, roles: new Map([...desk.viewer.roles, ...other.viewer.roles]) };
    const here = { ...badge, workspace: encodeId('Workspace', desk.workspaceId) };
    expect(await test({ draft: here, entity: foreign }, both)).toMatchObject({ code: 'NOT_FOUND' });
    const { viewer: reader } = await desk.workspace.member('OPERATOR');
    expect(await test({ draft: badge, entity: entity('T1') }, reader)).toMatchObject({ code: 'FORBIDDEN' });
  });
});

type Progress = Readonly<Record<string, unknown>>;

const backtestDocument =
  parse(`subscription ($input: BacktestRuleInput!) { backtestRule(input: $input) { done total truncated matched notMet failed skipped finished
  matches { name values { name value } effects { label text } } failures { error { code } } volumes { events matched failed } differences { gained lost same unknown } } }`);

async function follow(input: object, viewer: Viewer): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const contextValue = { app, viewer, requestId: newId(), publicUrl: 'https://millrace.test' };
  return (await subscribe({ schema, document: backtestDocument, variableValues: { input }, contextValue })) as
    | AsyncGenerator<ExecutionResult>
    | ExecutionResult;
}

async function opened(input: object, viewer: Viewer): Promise<AsyncGenerator<ExecutionResult>> {
  const stream = await follow(input, viewer);
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
  return stream;
}

async function backtest(input: object, viewer: Viewer): Promise<Progress[]> {
  const told: Progress[] = [];
  for await (const { data, errors } of await opened(input, viewer)) {
    expect(errors).toBeUndefined();
    told.push(data?.['backtestRule'] as Progress);
  }
  return told;
}

const range = { from: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };

describe('a back-test', () => {
  it('evaluates stored events with their records as they were, and compares with what came of them', async () => {
    await ready();
    const made = await serviceDesk(app, { t1: 'registered' });
    const rule = await made.rule({ on: 'Task', trigger: 'on status update', condition: 'status = assigned' });
    for (const status of ['assigned', 'completed']) {
      await made.change('T1', { status });
      await made.settled();
    }
    const events = await app.db.prisma.event.count({
      where: { workspaceId: made.workspaceId, type: 'entity.updated', changed: { has: 'status' } },
    });
    const draft = {
      ...badge,
      expressions: 'old: status_was',
      condition: "status = completed and subject = 'Approve access'",
      actions: "a1: add note '{{status}}'",
    };
    const before = await everything();
    const told = await backtest({ rule: encodeId('Rule', rule), draft, ...range }, made.viewer);
    expect(told[0]).toMatchObject({ done: 0, finished: false, matches: [] });
    expect(told.at(-1)).toMatchObject({
      done: events,
      total: events,
      matched: 1,
      notMet: events - 1,
      failed: 0,
      finished: true,
      matches: [
        {
          name: 'Approve access',
          values: [{ name: 'old', value: 'assigned' }],
          effects: [{ label: 'a1', text: 'add a note to Approve access: completed' }],
        },
      ],
      volumes: [{ events, matched: 1, failed: 0 }],
      differences: { gained: 1, lost: 1, same: events - 2, unknown: 0 },
    });
    expect(await everything()).toBe(before);
  });

  it('stops when nobody listens any more, and a viewer has one at a time', async () => {
    await ready();
    const made = await serviceDesk(app, { t1: 'registered' });
    const rows = Array.from({ length: 600 }, (_, i) => ({
      ...{
        id: newId(),
        workspaceId: made.workspaceId,
        type: 'entity.updated',
        source: 'x',
        entityId: made.id('T1'),
        blueprint: 'task',
        sequence: 1_000 + i,
      },
      ...{
        data: { id: 1, name: 'x', status: 'assigned' },
        changed: ['status'],
        chain: [],
        actorKind: 'SYSTEM' as const,
        actorName: 'x',
        at: new Date(),
        passedAt: new Date(),
      },
    }));
    await app.db.prisma.event.createMany({ data: rows });
    const draft = { ...badge, expressions: '', condition: 'true', actions: '' };
    const read = vi.spyOn(app.db.sql, 'query');
    const pages = () => read.mock.calls.filter(([{ name }]) => name === 'past.page').length;
    const stream = await opened({ draft, ...range }, made.viewer);
    await stream.next();
    await stream.next();
    expect(await follow({ draft, ...range }, made.viewer)).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
    const unheard = stream.next();
    await stream.return(undefined);
    expect(await unheard).toMatchObject({ done: true });
    // It was in the middle of its second page of four.
    expect(pages()).toBeLessThanOrEqual(2);
    // Its place is free again, and the next one is bounded.
    const told = await backtest({ draft, ...range, limit: 10 }, made.viewer);
    expect(pages()).toBeLessThanOrEqual(3);
    read.mockRestore();
    expect(told.at(-1)).toMatchObject({ done: 10, total: 10, truncated: true, matched: 10, differences: null });
  });

  it('is refused a range that is none, and rules of others', async () => {
    await ready();
    const draft = { ...badge, condition: '' };
    const refusal = async (input: object, viewer: Viewer) =>
      ((await follow(input, viewer)) as ExecutionResult).errors?.[0]?.extensions['code'];
    expect(await refusal({ draft, from: range.until, until: range.from }, desk.viewer)).toBe('INVALID_INPUT');
    expect(await refusal({ draft, ...range, limit: 10_001 }, desk.viewer)).toBe('INVALID_INPUT');
    const other = await serviceDesk(app);
    const rule = await other.rule({ on: 'Task', trigger: 'on create' });
    expect(await refusal({ rule: encodeId('Rule', rule), ...range }, desk.viewer)).toBe('NOT_FOUND');
  });
});

describe('the explanation of an event', () => {
  const document = `query ($id: ID!, $first: Int, $after: Cursor) { explainEvent(id: $id) { pending automations(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    edges { node { automation { name } considered outcome reason message failed { text values { text value } } values { name value } error { code } run { status } } } } } }`;
  interface Explained {
    readonly pending: boolean;
    readonly automations: {
      readonly totalCount: number;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
      readonly edges: readonly {
        readonly node: Readonly<Record<string, unknown>> & { readonly automation: { readonly name: string } | null };
      }[];
    };
  }

  it('tells of every rule what it made of it, or why nothing', async () => {
    await ready();
    const made = await serviceDesk(app, { t1: 'registered' });
    const rule = (name: string, more: object) => made.rule({ on: 'Task', trigger: 'on status update', name, ...more });
    await rule('Met', { condition: 'status = assigned', actions: ["a1: add note 'x'"] });
    await rule('Not met', { expressions: ['big: effort > 5'], condition: 'status = assigned and big' });
    await rule('Failing', { actions: ["a1: set effort = 1 + 'a'"] });
    await rule('Other', { trigger: 'on team update' });
    const disabled = await rule('Disabled', {});
    await app.db.prisma.automation.update({ where: { id: disabled }, data: { enabled: false } });
    await made.change('T1', { status: 'assigned' });
    await made.settled();
    await rule('Later', {});
    const where = { entityId: made.id('T1'), type: 'entity.updated' };
    const id = encodeId('Event', (await app.db.prisma.event.findFirstOrThrow({ where, orderBy: { sequence: 'asc' } })).id);
    const whole = (await ask(document, { id }, made.viewer))['explainEvent'] as Explained;
    expect(whole.pending).toBe(false);
    const nodes = whole.automations.edges.map(({ node }) => node);
    expect(nodes.map(({ automation, reason, considered }) => [automation?.name, reason, considered])).toEqual([
      ['Met', 'MET', true],
      ['Not met', 'NOT_MET', true],
      ['Failing', 'FAILED', true],
      ['Other', 'OTHER_TRIGGER', false],
      ['Disabled', 'DISABLED', false],
      ['Later', 'LATER', false],
    ]);
    expect(nodes[0]).toMatchObject({ run: { status: 'SUCCEEDED' } });
    expect(nodes[1]).toMatchObject({
      failed: { text: 'effort > 5', values: [{ text: 'effort', value: null }] },
      values: [{ name: 'big', value: false }],
      run: null,
    });
    expect(nodes[2]).toMatchObject({ error: { code: 'TYPE' } });
    expect(nodes[3]?.['message']).toBe('It is evaluated on team update. The event is entity.updated, and what changed is: status.');

    const first = (await ask(document, { id, first: 4 }, made.viewer))['explainEvent'] as Explained;
    expect(first.automations).toMatchObject({ totalCount: 6, pageInfo: { hasNextPage: true } });
    const { endCursor: after } = first.automations.pageInfo;
    const rest = (await ask(document, { id, first: 4, after }, made.viewer))['explainEvent'] as Explained;
    expect(rest.automations.edges.map(({ node }) => node.automation?.name)).toEqual(['Disabled', 'Later']);
    expect(await ask(document, { id }, desk.viewer)).toEqual({ explainEvent: null });
  });
});

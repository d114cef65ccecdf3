import { beforeAll, describe, expect, it } from 'vitest';
import { type TestGraph, testGraph } from '#test/support/graph';
import { statementsOf } from '#test/support/statements';

let graph: TestGraph;
beforeAll(async () => {
  graph = await testGraph();
});

const body = 'export default async (input) => input';

const problem = '__typename ... on Error { message code } ... on InvalidInputError { fields { path code line column } }';

async function create(input: Readonly<Record<string, unknown>>) {
  const { createAction } = await graph.answer(
    `mutation ($input: CreateActionInput!) { createAction(input: $input) { ${problem} ... on CreateActionSuccess { action { id key name labels enabled code transform timeout priority retry { maxRetries delay backoff maxDelay jitter } deployedVersion { number status } } } } }`,
    { input },
  );
  return createAction as {
    readonly __typename: string;
    readonly action: Readonly<Record<string, unknown>> & { readonly id: string; readonly key: string };
    readonly fields?: readonly unknown[];
  };
}

async function update(input: Readonly<Record<string, unknown>>) {
  const { updateAction } = await graph.answer(
    `mutation ($input: UpdateActionInput!) { updateAction(input: $input) { ${problem} ... on UpdateActionSuccess { action { name description code transform timeout deployedVersion { number } versions { totalCount edges { node { number status } } } } } } }`,
    { input },
  );
  return updateAction as { readonly __typename: string; readonly action: unknown };
}

describe('the first ten minutes', () => {
  it('go as written', async () => {
    const made =
      await graph.answer(`mutation { createAction(input: { key: "greet", name: "Greet", code: "export default async (input) => ({ greeting: 'Hello ' + input.name })" }) {
      __typename ... on CreateActionSuccess { action { id key } } ... on Error { message code } } }`);
    expect(made['createAction']).toMatchObject({ __typename: 'CreateActionSuccess', action: { key: 'greet' } });
    const triggered = await graph.answer(`mutation { triggerAction(input: { key: "greet", payload: { name: "world" } }) {
      __typename ... on TriggerActionSuccess { run { id status } } ... on Error { message code } } }`);
    expect(triggered['triggerAction']).toMatchObject({ __typename: 'TriggerActionSuccess', run: { status: 'QUEUED' } });
    const listed =
      await graph.answer(`query { runs(first: 20, filter: { status: [QUEUED], automationKey: "greet" }, orderBy: [{ field: QUEUED_AT, direction: DESC }]) {
      totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id status duration steps { name status attempts { number error { message } } } } } } }`);
    expect(listed['runs']).toMatchObject({ totalCount: 1, edges: [{ node: { status: 'QUEUED', duration: null, steps: [] } }] });
    const several =
      await graph.answer(`mutation { triggerActions(input: { items: [{ key: "greet", payload: { name: "a" } }, { key: "unknown" }] }) {
      __typename ... on TriggerActionsSuccess { results { __typename ... on TriggerActionSuccess { run { id } } ... on Error { message code } } } ... on Error { message code } } }`);
    expect(several['triggerActions']).toMatchObject({
      results: [{ __typename: 'TriggerActionSuccess' }, { __typename: 'NotFoundError', code: 'NOT_FOUND' }],
    });
    const { run } = triggered['triggerAction'] as { readonly run: { readonly id: string } };
    const cancel = `mutation { cancelRun(input: { id: "${run.id}" }) { __typename ... on CancelRunSuccess { run { id status } } ... on Error { message code } } }`;
    expect((await graph.answer(cancel))['cancelRun']).toMatchObject({ run: { id: run.id, status: 'CANCELED' } });
    const again = await graph.answer(
      `mutation { retryRun(input: { id: "${run.id}" }) { ... on RetryRunSuccess { run { status trigger input retriedFrom { id } } } } }`,
    );
    expect(again['retryRun']).toEqual({
      run: { status: 'QUEUED', trigger: 'RETRY', input: { name: 'world' }, retriedFrom: { id: run.id } },
    });
  });

  it('list the kinds of steps with their schemas', async () => {
    const { stepKinds } = await graph.answer('{ stepKinds { kind title argumentSchema } }');
    expect(stepKinds).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'code', argumentSchema: expect.objectContaining({ type: 'object' }) as unknown }),
      ]),
    );
  });
});

describe('triggering an action', () => {
  it('reads nothing back for what the commit already told', async () => {
    const { key } = (await create({ name: 'Hot', code: body })).action;
    const statements = await statementsOf(() =>
      graph.answer(
        `mutation { triggerAction(input: { key: "${key}", payload: { a: 1 } }) { ... on TriggerActionSuccess { run { id status input queuedAt } } } }`,
      ),
    );
    expect(statements).toEqual([]);
  });

  it('refuses each item by itself, with its place', async () => {
    const { key } = (await create({ name: 'Several', code: body })).action;
    const items = [{ key, priority: 7 }, { key, payload: '\0' }, { key, id: 'act_x' }, { key, environment: 'nowhere' }, {}, { key }];
    const { triggerActions } = await graph.answer(
      `mutation ($items: [TriggerActionInput!]!) { triggerActions(input: { items: $items }) { ... on TriggerActionsSuccess { results { __typename ... on InvalidInputError { fields { path } } } } } }`,
      { items },
    );
    expect(triggerActions).toMatchObject({
      results: [['priority'], ['payload'], ['id'], ['environment'], ['key']]
        .map((path, index): object => ({ fields: [{ path: ['items', String(index), ...path] }] }))
        .concat({ __typename: 'TriggerActionSuccess' }),
    });
    const many = await graph.answer(
      `mutation ($items: [TriggerActionInput!]!) { triggerActions(input: { items: $items }) { ... on InvalidInputError { fields { path code } } } }`,
      { items: Array.from({ length: 101 }, () => ({ key })) },
    );
    expect(many['triggerActions']).toEqual({ fields: [{ path: ['items'], code: 'TOO_LONG' }] });
  });
});

describe('creating an action', () => {
  it('makes a key of the name, and another one when it is taken', async () => {
    expect((await create({ name: 'Send the Mail!', code: body })).action.key).toBe('send-the-mail');
    expect((await create({ name: 'Send the mail', code: body })).action.key).toBe('send-the-mail-2');
    expect(await create({ key: 'send-the-mail', name: 'x', code: body })).toMatchObject({
      __typename: 'AlreadyExistsError',
      code: 'ALREADY_EXISTS',
    });
  });

  it('shows the defaults and what was given', async () => {
    expect((await create({ name: 'Defaults', code: body })).action).toMatchObject({
      enabled: true,
      labels: [],
      code: body,
      transform: null,
      timeout: null,
      priority: 3,
      retry: { maxRetries: 0, delay: 'PT1S', backoff: 'EXPONENTIAL', maxDelay: 'PT1M', jitter: 0.2 },
      deployedVersion: { number: 1, status: 'DEPLOYED' },
    });
    const given = {
      labels: ['b', 'a', 'b'],
      transform: { hello: '{{ payload.name }}' },
      timeout: 'PT2.5S',
      priority: 1,
      retry: { maxRetries: 3, delay: 'PT0.1S', backoff: 'FIXED', jitter: 0 },
    };
    expect((await create({ name: 'Given', ...given })).action).toMatchObject({
      ...given,
      labels: ['b', 'a'],
      code: null,
      retry: { ...given.retry, maxDelay: 'PT1M' },
    });
  });

  it('answers the same action for the same idempotency key, and a conflict for another input', async () => {
    const input = { name: 'Once', code: body, idempotencyKey: 'once' };
    const first = await create(input);
    expect((await create(input)).action.id).toBe(first.action.id);
    expect(await create({ ...input, name: 'Twice' })).toMatchObject({ __typename: 'IdempotencyConflictError' });
  });

  it('names every field at fault', async () => {
    const faults = async (input: Readonly<Record<string, unknown>>) => (await create({ name: 'Bad', ...input })).fields;
    expect(await faults({})).toMatchObject([
      { path: ['code'], code: 'ONE_OF' },
      { path: ['transform'], code: 'ONE_OF' },
      { path: ['endpoint'], code: 'ONE_OF' },
    ]);
    expect(await faults({ code: body, transform: {} })).toMatchObject([{ path: ['code'] }, { path: ['transform'] }]);
    expect(await faults({ code: 'export default async (input) => {\n  return input +;\n}' })).toMatchObject([
      { path: ['code'], code: 'SYNTAX', line: 2, column: 17 },
    ]);
    expect(await faults({ transform: { deep: ['{{ payload. }}'] } })).toMatchObject([
      { path: ['transform', 'deep', '0'], code: 'SYNTAX', line: 1 },
    ]);
    expect(
      await faults({
        code: body,
        key: 'Not A Key',
        timeout: 'soon',
        retry: { maxRetries: 99, delay: 'P1Y' },
        labels: [''],
        priority: 9,
        name: 'x'.repeat(129),
      }),
    ).toEqual(
      expect.arrayContaining(
        [['key'], ['name'], ['timeout'], ['retry', 'maxRetries'], ['retry', 'delay'], ['labels', '0'], ['priority']].map(
          (path) => expect.objectContaining({ path }) as unknown,
        ),
      ),
    );
    expect(await faults({ code: body, name: 'a\0b' })).toMatchObject([{ path: ['name'] }]);
    expect(await faults({ code: `${body}//${'x'.repeat(100_000)}` })).toMatchObject([{ path: ['code'], code: 'TOO_LONG' }]);
    let nested: unknown = 1;
    for (let depth = 0; depth < 70; depth += 1) nested = [nested];
    expect(await faults({ transform: nested })).toMatchObject([{ path: ['transform'], code: 'TOO_DEEP' }]);
  });
});

describe('changing an action', () => {
  it('is a new version when what it does changes, and none otherwise', async () => {
    const { key } = (await create({ name: 'Changing', code: body })).action;
    expect(await update({ key, name: 'Changed', code: body })).toMatchObject({
      action: { name: 'Changed', deployedVersion: { number: 1 }, versions: { totalCount: 1 } },
    });
    expect(await update({ key, timeout: 'PT3S' })).toMatchObject({
      action: { code: body, timeout: 'PT3S', deployedVersion: { number: 2 } },
    });
    expect(await update({ key, transform: 1 })).toMatchObject({
      action: {
        code: null,
        transform: 1,
        timeout: 'PT3S',
        versions: {
          edges: [
            { node: { number: 3, status: 'DEPLOYED' } },
            { node: { number: 2, status: 'INACTIVE' } },
            { node: { number: 1, status: 'INACTIVE' } },
          ],
        },
      },
    });
    expect(await update({ key, timeout: null })).toMatchObject({ action: { timeout: null } });
  });

  it('takes exactly one of id and key', async () => {
    const { id, key } = (await create({ name: 'Placed', code: body })).action;
    expect(await update({ name: 'x' })).toMatchObject({ fields: [{ path: ['id'], code: 'ONE_OF' }] });
    expect(await update({ id, key, name: 'x' })).toMatchObject({ fields: [{ path: ['id'], code: 'ONE_OF' }] });
    expect(await update({ id: 'act_1', name: 'x' })).toMatchObject({ fields: [{ path: ['id'], code: 'MALFORMED_ID' }] });
    expect(await update({ key: 'nobody', name: 'x' })).toMatchObject({ __typename: 'NotFoundError' });
    expect(await update({ id, name: 'y' })).toMatchObject({ action: { name: 'y' } });
  });

  it('by upsert makes it as given, with defaults for what is absent', async () => {
    const upsert = async (input: Readonly<Record<string, unknown>>) =>
      (
        await graph.answer(
          'mutation ($input: UpsertActionInput!) { upsertAction(input: $input) { ... on UpsertActionSuccess { action { id name description labels timeout deployedVersion { number } } } ... on Error { code } } }',
          { input },
        )
      )['upsertAction'];
    const made = (await upsert({ key: 'put', name: 'Put', description: 'd', labels: ['l'], timeout: 'PT1S', code: body })) as {
      action: { id: string };
    };
    expect(made).toMatchObject({ action: { description: 'd', labels: ['l'], timeout: 'PT1S', deployedVersion: { number: 1 } } });
    expect(await upsert({ key: 'put', name: 'Put again', code: body })).toEqual({
      action: { id: made.action.id, name: 'Put again', description: '', labels: [], timeout: null, deployedVersion: { number: 2 } },
    });
  });

  it('made by two at once leaves two versions in a row', async () => {
    const { key } = (await create({ name: 'Raced', code: body })).action;
    await Promise.all([1, 2, 3].map((transform) => update({ key, transform })));
    const { action } = await graph.answer(
      `{ action(key: "${key}") { deployments { version { number } } versions { edges { node { number status } } } } }`,
    );
    expect(action).toMatchObject({
      deployments: [{ version: { number: 4 } }],
      versions: {
        edges: [
          { node: { number: 4, status: 'DEPLOYED' } },
          { node: { number: 3, status: 'INACTIVE' } },
          { node: { number: 2 } },
          { node: { number: 1 } },
        ],
      },
    });
  });

  it('is refused to who may only look, and unknown to strangers', async () => {
    const { id } = (await create({ name: 'Guarded', code: body })).action;
    const viewer = (await graph.workspace.member('VIEWER')).viewer;
    const change = `mutation { updateAction(input: { id: "${id}", name: "x" }) { __typename } }`;
    expect((await graph.ask(viewer, change)).data?.['updateAction']).toEqual({ __typename: 'ForbiddenError' });
    expect((await graph.ask({ ...viewer, roles: new Map() }, change)).data?.['updateAction']).toEqual({ __typename: 'NotFoundError' });
  });
});

describe('ending an action', () => {
  it('by disabling keeps it, by deleting frees its key and keeps its runs', async () => {
    const { id, key } = (await create({ name: 'Ending', code: body })).action;
    const { triggerAction } = await graph.answer(
      `mutation { triggerAction(input: { key: "${key}" }) { ... on TriggerActionSuccess { run { id } } } }`,
    );
    const { run } = triggerAction as { readonly run: { readonly id: string } };
    const off = await graph.answer(
      `mutation { disableAction(input: { key: "${key}" }) { ... on DisableActionSuccess { action { enabled } } } }`,
    );
    expect(off['disableAction']).toEqual({ action: { enabled: false } });
    // The switch is for what fires by itself; a person may still try it.
    const tried = await graph.answer(`mutation { triggerAction(input: { key: "${key}" }) { __typename } }`);
    expect(tried['triggerAction']).toEqual({ __typename: 'TriggerActionSuccess' });
    expect(
      (await graph.answer(`mutation { enableAction(input: { id: "${id}" }) { ... on EnableActionSuccess { action { enabled } } } }`))[
        'enableAction'
      ],
    ).toEqual({ action: { enabled: true } });
    expect(
      (await graph.answer(`mutation { deleteAction(input: { key: "${key}" }) { ... on DeleteActionSuccess { deletedId } } }`))[
        'deleteAction'
      ],
    ).toEqual({ deletedId: id });
    expect(await graph.answer(`{ action(id: "${id}") { id } run(id: "${run.id}") { automation { key deletedAt } } }`)).toMatchObject({
      action: null,
      run: { automation: { key } },
    });
    expect((await create({ key, name: 'Ending again', code: body })).action.key).toBe(key);
  });

  it('leaves what was done in the audit log', async () => {
    const entries = await graph.app.db.prisma.auditEntry.findMany({
      where: { operation: { in: ['createAction', 'updateAction', 'upsertAction', 'deleteAction', 'enableAction', 'disableAction'] } },
      select: { operation: true },
    });
    expect(new Set(entries.map(({ operation }) => operation)).size).toBe(6);
  });
});

describe('listing actions', () => {
  it('searches name, key and description, whatever the capitals, and takes % and _ as they are', async () => {
    await create({ name: 'Zebra', key: 'first_one', description: 'Runs 100% of the time', code: body });
    await create({ name: 'Other', key: 'zebra2', transform: 1, labels: ['stripes'] });
    const keys = async (filter: Readonly<Record<string, unknown>>) => {
      const { actions } = await graph.answer(
        'query ($filter: ActionFilter) { actions(filter: $filter, orderBy: [{ field: KEY }]) { edges { node { key } } } }',
        { filter },
      );
      return (actions as { readonly edges: readonly { readonly node: { readonly key: string } }[] }).edges.map(({ node }) => node.key);
    };
    expect(await keys({ search: 'ZEBRA' })).toEqual(['first_one', 'zebra2']);
    expect(await keys({ search: '100%' })).toEqual(['first_one']);
    expect(await keys({ search: 't_o' })).toEqual(['first_one']);
    expect(await keys({ search: 'zebra', kind: 'transform' })).toEqual(['zebra2']);
    expect(await keys({ label: 'stripes' })).toEqual(['zebra2']);
    expect(await keys({ search: 'zebra', enabled: false })).toEqual([]);
  });
});

describe('schedules', () => {
  it('are made, changed, listed and ended', async () => {
    const { id } = (await create({ name: 'Scheduled', code: body })).action;
    const { createSchedule } = await graph.answer(
      `mutation { createSchedule(input: { automation: "${id}", interval: "PT10S", payload: { a: 1 } }) { __typename ... on CreateScheduleSuccess { schedule { id interval enabled overlap misfire payload nextFireAt automation { nextRunAt } } } } }`,
    );
    const { schedule } = createSchedule as { readonly schedule: { readonly id: string; readonly nextFireAt: string } };
    expect(schedule).toMatchObject({
      interval: 'PT10S',
      enabled: true,
      overlap: 'SKIP',
      misfire: 'RUN_ONCE',
      payload: { a: 1 },
      automation: { nextRunAt: schedule.nextFireAt },
    });
    expect(
      (
        await graph.answer(
          `mutation { updateSchedule(input: { id: "${schedule.id}", interval: "PT1H" }) { ... on UpdateScheduleSuccess { schedule { interval payload } } } }`,
        )
      )['updateSchedule'],
    ).toEqual({ schedule: { interval: 'PT1H', payload: { a: 1 } } });
    const bad = await graph.answer(
      `mutation { updateSchedule(input: { id: "${schedule.id}", interval: "PT0.5S", timeZone: "Mars" }) { ${problem} } }`,
    );
    expect(bad['updateSchedule']).toMatchObject({ fields: [{ path: ['interval'] }, { path: ['timeZone'], code: 'UNKNOWN_TIME_ZONE' }] });
    await graph.answer(`mutation { disableSchedule(input: { id: "${schedule.id}" }) { __typename } }`);
    expect(
      (
        await graph.answer(
          `{ schedules(filter: { automation: "${id}" }) { totalCount edges { node { enabled nextFireAt ticks { totalCount } } } } }`,
        )
      )['schedules'],
    ).toEqual({ totalCount: 1, edges: [{ node: { enabled: false, nextFireAt: null, ticks: { totalCount: 0 } } }] });
    expect(
      (await graph.answer(`mutation { deleteSchedule(input: { id: "${schedule.id}" }) { ... on DeleteScheduleSuccess { deletedId } } }`))[
        'deleteSchedule'
      ],
    ).toEqual({ deletedId: schedule.id });
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { Mutate, Result } from '#test/support/mutate';
import { codeOf, mutateOn } from '#test/support/mutate';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';
import { seedPersonalToken } from '#test/support/tenancy';

let millrace: Millrace;
let workspace: Workspace;
let token: string;
let write: Mutate;
/** What another workspace has, for who may not use it. */
let foreign: { readonly endpoint: string; readonly namespace: string; readonly app: string };
let endpoint: string;
let namespace: string;
let app: string;

async function connections(as: string) {
  const idOf = (result: Result, field: string) => (result[field] as { readonly id: string }).id;
  return {
    endpoint: idOf(
      await write(
        as,
        'createEndpoint',
        { key: 'orders', name: 'Orders', method: 'POST', url: 'https://example.com/orders' },
        'endpoint { id }',
      ),
      'endpoint',
    ),
    namespace: idOf(await write(as, 'createNamespace', { key: 'memory', name: 'Memory' }, 'namespace { id }'), 'namespace'),
    app: idOf(await write(as, 'createApp', { key: 'shop', name: 'Shop' }, 'app { id }'), 'app'),
  };
}

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  write = mutateOn(millrace);
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token();
  ({ endpoint, namespace, app } = await connections(token));
  foreign = await connections(await (await seed(millrace.app).workspace()).token());
});

const content =
  'id name description enabled code transform payload threadMode thread threadTemplate notifyOwner endpoint { id key } namespace { key } app { key } owner { email } timeout retry { maxRetries on } nextRunAt schedule { id cron timeZone nextFireAt enabled }';

const create = (input: Readonly<Record<string, unknown>>, as = token) =>
  write(as, 'createAction', input, `action { ${content} }`, fieldPlaces);
const update = (input: Readonly<Record<string, unknown>>) =>
  write(token, 'updateAction', input, `action { ${content} deployedVersion { number } }`, fieldPlaces);
const fieldPlaces = '... on InvalidInputError { fields { line column } }';
const actionOf = (result: Result) => result['action'] as Readonly<Record<string, unknown>> & { readonly id: string };
const idOf = (result: Result) => actionOf(result).id;
const faults = (result: Result) => (result.fields ?? []).map(({ path, code }) => `${path.join('.')} ${code}`);

describe('an action that calls an endpoint', () => {
  it('is made with a name, an endpoint and a namespace, by their ids or their keys', async () => {
    const byKeys = await create({ name: 'Minimal', endpoint: 'orders', namespace: 'memory' });
    expect(actionOf(byKeys)).toMatchObject({
      code: null,
      transform: null,
      payload: null,
      endpoint: { id: endpoint, key: 'orders' },
      namespace: { key: 'memory' },
      threadMode: 'NEW_EACH_RUN',
      thread: null,
      threadTemplate: null,
      app: null,
      owner: null,
      notifyOwner: true,
      nextRunAt: null,
      schedule: null,
    });
    expect(actionOf(await create({ name: 'By ids', endpoint, namespace, app }))).toMatchObject({
      endpoint: { key: 'orders' },
      app: { key: 'shop' },
    });
  });

  it('has its maker for an owner, and another member when it is told so', async () => {
    const maker = await workspace.member('EDITOR');
    const own = await seedPersonalToken(millrace.app, maker.userId, 'EDITOR');
    const other = await workspace.member('VIEWER');
    const made = await create({ name: 'Owned', code: 'export default () => 1' }, own.token);
    expect(actionOf(made)).toMatchObject({ owner: { email: maker.email }, notifyOwner: true });
    const named = await update({ id: idOf(made), owner: `usr_${other.userId}`, notifyOwner: false });
    expect(actionOf(named)).toMatchObject({ owner: { email: other.email }, notifyOwner: false });
    expect(actionOf(await update({ id: idOf(made), owner: null, notifyOwner: null }))).toMatchObject({ owner: null, notifyOwner: true });
    const stranger = await (await seed(millrace.app).workspace()).member('OWNER');
    expect(codeOf(await update({ id: idOf(made), owner: `usr_${stranger.userId}` }))).toBe('NOT_FOUND');
  });

  it('takes nothing of another workspace', async () => {
    expect(codeOf(await create({ name: 'x', endpoint: foreign.endpoint, namespace }))).toBe('NOT_FOUND');
    expect(codeOf(await create({ name: 'x', endpoint, namespace: foreign.namespace }))).toBe('NOT_FOUND');
    expect(codeOf(await create({ name: 'x', endpoint, namespace, app: foreign.app }))).toBe('NOT_FOUND');
    expect(codeOf(await create({ name: 'x', endpoint: 'nothing', namespace }))).toBe('NOT_FOUND');
  });

  it('keeps its endpoint and its namespace from being deleted while it is live', async () => {
    const made = await create({ name: 'Keeps', endpoint, namespace });
    expect(codeOf(await write(token, 'deleteEndpoint', { id: endpoint }))).toBe('CONFLICT');
    expect(codeOf(await write(token, 'deleteNamespace', { id: namespace }))).toBe('CONFLICT');
    const spare = await write(
      token,
      'createEndpoint',
      { key: 'spare', name: 'Spare', method: 'GET', url: 'https://example.com' },
      'endpoint { id }',
    );
    const { id } = spare['endpoint'] as { readonly id: string };
    const races = await Promise.all([write(token, 'deleteEndpoint', { id }), update({ id: idOf(made), endpoint: id })]);
    // One of them won, and the other one saw it.
    expect(races.map(codeOf).filter((code) => code.endsWith('Success'))).toHaveLength(1);
  });
});

describe('what is wrong with an action', () => {
  it('is told all at once, with its place', async () => {
    const wrong = await create({
      name: 'Wrong',
      code: 'export default 1 +',
      endpoint,
      threadMode: 'TEMPLATE',
      thread: 'not here',
      payload: { deep: ['{{ payload. }}', '{{ secrets.key }}'] },
    });
    expect(faults(wrong)).toEqual(
      expect.arrayContaining([
        'code ONE_OF',
        'endpoint ONE_OF',
        'thread UNEXPECTED',
        'threadTemplate REQUIRED',
        'namespace REQUIRED',
        'code SYNTAX',
        'payload.deep.0 SYNTAX',
      ]),
    );
    expect(faults(await create({ name: 'Wrong', endpoint, payload: { a: 'x {{ secrets.key }}' } }))).toEqual(['payload.a SECRETS']);
    expect(
      faults(await create({ name: 'Wrong', endpoint, namespace, threadMode: 'TEMPLATE', threadTemplate: '{{ x | nothing }}' })),
    ).toEqual(['threadTemplate UNKNOWN_FILTER']);
    expect(faults(await create({ name: 'Wrong', endpoint, retry: { on: [99, 600] } }))).toEqual([
      'retry.on.0 TOO_SMALL',
      'retry.on.1 TOO_BIG',
    ]);
    expect(faults(await create({ name: 'Wrong', endpoint, namespace, threadMode: 'FIXED', thread: 'x'.repeat(256) }))).toEqual([
      'thread TOO_LONG',
    ]);
    expect(faults(await create({ name: 'Wrong', endpoint, schedule: { cron: 'never' } }))).toEqual(['schedule.cron SYNTAX']);
    expect(faults(await create({ name: 'Wrong', endpoint, schedule: {} }))).toHaveLength(3);
    // Nothing is half done.
    const { data } = await millrace.ask(token, '{ actions(filter: { search: "wrong" }) { totalCount } }');
    expect(data).toEqual({ actions: { totalCount: 0 } });
  });

  it('is found in a change, too', async () => {
    const id = idOf(await create({ name: 'Threaded', endpoint, namespace, threadMode: 'FIXED', thread: 'one' }));
    expect(faults(await update({ id, namespace: null }))).toEqual(['namespace REQUIRED']);
    expect(faults(await update({ id, threadMode: 'TEMPLATE' }))).toEqual(['threadTemplate REQUIRED']);
    expect(faults(await update({ id, threadTemplate: 'x' }))).toEqual(['threadTemplate UNEXPECTED']);
  });
});

describe('a partial change', () => {
  it('leaves what is absent and makes null the default', async () => {
    const made = await create({
      name: 'Partial',
      endpoint,
      namespace,
      app,
      payload: { day: '{{ date }}' },
      threadMode: 'TEMPLATE',
      threadTemplate: 'daily-{{ date }}',
      retry: { maxRetries: 2, on: [503, 500, 503] },
    });
    const id = idOf(made);
    expect(actionOf(made)).toMatchObject({ retry: { maxRetries: 2, on: [500, 503] }, threadTemplate: 'daily-{{ date }}' });
    expect(actionOf(await update({ id }))).toMatchObject({ ...actionOf(made), deployedVersion: { number: 1 } });
    expect(actionOf(await update({ id, description: 'x' }))).toMatchObject({
      payload: { day: '{{ date }}' },
      deployedVersion: { number: 1 },
    });
    expect(actionOf(await update({ id, threadMode: 'FIXED', thread: 'one' }))).toMatchObject({
      threadMode: 'FIXED',
      thread: 'one',
      threadTemplate: null,
      deployedVersion: { number: 2 },
    });
    expect(actionOf(await update({ id, threadMode: null, payload: null, namespace: null, app: null, retry: null }))).toMatchObject({
      threadMode: 'NEW_EACH_RUN',
      thread: null,
      payload: null,
      namespace: null,
      app: null,
      retry: { maxRetries: 0, on: null },
      endpoint: { key: 'orders' },
    });
    expect(actionOf(await update({ id, transform: 1 }))).toMatchObject({ endpoint: null, transform: 1 });
  });

  it('of its schedule counts the next run anew; null takes the schedule away', async () => {
    const made = await create({ name: 'Scheduled', endpoint, namespace, schedule: { cron: '0 7 1 1 *', timeZone: 'Europe/Paris' } });
    const id = idOf(made);
    const first = actionOf(made)['nextRunAt'];
    expect(actionOf(made)).toMatchObject({ schedule: { cron: '0 7 1 1 *', timeZone: 'Europe/Paris', nextFireAt: first } });
    expect(first).toMatch(/-01-01T06:00:00/);
    const moved = actionOf(await update({ id, schedule: { cron: '0 8 1 1 *' } }));
    expect(moved['nextRunAt']).toMatch(/-01-01T07:00:00/);
    const toggle = async (field: string) => actionOf(await write(token, field, { id }, `action { ${content} }`));
    expect(await toggle('disableAction')).toMatchObject({ enabled: false, nextRunAt: null });
    expect(await toggle('disableAction')).toMatchObject({ enabled: false, nextRunAt: null });
    // By hand it runs all the same, and nothing is moved.
    expect(codeOf(await write(token, 'triggerAction', { id }))).toBe('TriggerActionSuccess');
    expect(await toggle('enableAction')).toMatchObject({ enabled: true, nextRunAt: moved['nextRunAt'] });
    expect(await toggle('enableAction')).toMatchObject({ enabled: true, nextRunAt: moved['nextRunAt'] });
    expect(codeOf(await write(token, 'triggerAction', { id }))).toBe('TriggerActionSuccess');
    expect(actionOf(await update({ id }))).toMatchObject({ nextRunAt: moved['nextRunAt'] });
    expect(actionOf(await update({ id, schedule: null }))).toMatchObject({ schedule: null, nextRunAt: null });
  });

  it('is not what an upsert makes: what is absent there gets its default', async () => {
    const upsert = (input: Readonly<Record<string, unknown>>) =>
      write(token, 'upsertAction', { key: 'whole', name: 'Whole', endpoint: 'orders', ...input }, `action { ${content} }`);
    const made = await upsert({
      namespace,
      app,
      threadMode: 'FIXED',
      thread: 'one',
      payload: 1,
      notifyOwner: false,
      schedule: { interval: 'PT1H', jitter: 'PT1M' },
    });
    expect(actionOf(made)).toMatchObject({ thread: 'one', payload: 1, app: { key: 'shop' }, notifyOwner: false });
    const again = await upsert({ schedule: { interval: 'PT1H' } });
    expect(actionOf(again)).toMatchObject({ threadMode: 'NEW_EACH_RUN', payload: null, namespace: null, app: null, notifyOwner: true });
    expect((actionOf(again)['schedule'] as { readonly id: string }).id).toBe((actionOf(made)['schedule'] as { readonly id: string }).id);
    expect(actionOf(await upsert({}))).toMatchObject({ schedule: null });
  });
});

describe('a trigger', () => {
  it('can give what is sent and the thread, and shows both', async () => {
    const id = idOf(await create({ name: 'Overridden', endpoint, namespace, payload: { made: '{{ payload.a }}' } }));
    const fields = 'run { id status input resolvedPayload resolvedThread waitingFor { kind } }';
    const trigger = (input: Readonly<Record<string, unknown>>) => write(token, 'triggerAction', { id, ...input }, fields);
    const plain = (await trigger({ payload: { a: 1 } }))['run'] as Readonly<Record<string, unknown>>;
    expect(plain).toMatchObject({
      status: 'QUEUED',
      input: { a: 1 },
      resolvedPayload: null,
      resolvedThread: plain['id'],
      waitingFor: null,
    });
    const given = await trigger({ payload: { a: 1 }, resolvedPayload: { sent: true }, thread: 'mine', idempotencyKey: 'k' });
    expect(given['run']).toMatchObject({
      status: 'WAITING',
      input: { a: 1 },
      resolvedPayload: { sent: true },
      resolvedThread: 'mine',
      waitingFor: { kind: 'THREAD' },
    });
    expect((await trigger({ payload: { a: 1 }, resolvedPayload: { sent: true }, thread: 'mine', idempotencyKey: 'k' }))['run']).toEqual(
      given['run'],
    );
    expect(codeOf(await trigger({ payload: { a: 1 }, resolvedPayload: { sent: true }, thread: 'other', idempotencyKey: 'k' }))).toBe(
      'IDEMPOTENCY_CONFLICT',
    );
    expect(codeOf(await trigger({ payload: { a: 1 }, idempotencyKey: 'k' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(faults(await trigger({ resolvedPayload: '\0', thread: '', priority: 9 }))).toEqual([
      'priority OUT_OF_RANGE',
      'thread FORMAT',
      'resolvedPayload BAD_TEXT',
    ]);
    const bare = await workspace.action();
    expect(faults(await write(token, 'triggerAction', { key: bare.key, thread: 'x' }))).toEqual(['thread NO_NAMESPACE']);
    const run = await write(token, 'triggerAction', { key: bare.key, payload: { b: 2 } }, fields);
    expect(run['run']).toMatchObject({ resolvedPayload: { b: 2 } });
  });
});

describe('a list of actions', () => {
  it('is filtered by app, endpoint, namespace and whether they are scheduled, and has at most 200 rows in a page', async () => {
    const own = await seed(millrace.app).workspace();
    const as = await own.token();
    const there = await connections(as);
    await create({ name: 'Calls the SHOP', description: 'Sends orders', endpoint: 'orders', namespace: 'memory', app: 'shop' }, as);
    await create({ name: 'Rests', transform: 1 }, as);
    await create({ name: 'Ticks', transform: 1, schedule: { interval: 'PT1H' } }, as);
    const names = async (filter: string) => {
      const { data, errors } = await millrace.ask(
        as,
        `{ actions(filter: ${filter}, orderBy: [{ field: NAME }]) { totalCount edges { node { name } } } }`,
      );
      expect(errors).toEqual([]);
      return (data?.['actions'] as { readonly edges: readonly { readonly node: { readonly name: string } }[] }).edges.map(
        ({ node }) => node.name,
      );
    };
    for (const filter of [
      'app: "shop"',
      `app: "${there.app}"`,
      'endpoint: "orders"',
      `endpoint: "${there.endpoint}"`,
      'namespace: "memory"',
      'kind: endpoint',
      'search: "shop"',
      'search: "ORDERS"',
    ])
      expect(await names(`{ ${filter} }`), filter).toEqual(['Calls the SHOP']);
    expect(await names('{ scheduled: true }')).toEqual(['Ticks']);
    expect(await names('{ scheduled: false }')).toEqual(['Calls the SHOP', 'Rests']);
    expect(await names(`{ app: "${app}" }`)).toEqual([]);
    const page = (first: number) => millrace.ask(as, `{ actions(first: ${first}) { totalCount edges { node { id } } } }`);
    expect((await page(200)).errors).toEqual([]);
    expect((await page(201)).errors[0]?.message).toContain('at most 200');
  });

  it('costs the same statements however many actions it shows', async () => {
    const own = await seed(millrace.app).workspace();
    const as = await own.token();
    await connections(as);
    const make = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        const made = await create(
          {
            name: `Action ${n}`,
            endpoint: 'orders',
            namespace: 'memory',
            app: 'shop',
            threadMode: 'FIXED',
            thread: 'one',
            schedule: { interval: 'PT1H' },
          },
          as,
        );
        await write(as, 'triggerAction', { id: idOf(made) });
      }
    };
    const list = () =>
      millrace.ask(
        as,
        '{ actions(first: 50) { edges { node { id name endpoint { key } namespace { key } app { key } owner { email } threadMode thread payload retry { on } nextRunAt schedule { cron } lastRun { id resolvedThread resolvedPayload thread { key } } lastRunStatus lastRunAt isRunning counters { total } } } } }',
      );
    await make(2);
    const few = await statementsOf(list);
    await make(6);
    const many = await statementsOf(list);
    expect((await list()).errors).toEqual([]);
    expect(many.length).toBe(few.length);
  });
});

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Points, pointsOf } from '#test/support/points';

let millrace: Millrace;
beforeAll(async () => {
  millrace = await startMillrace();
});

const soon = { timeout: 20_000, interval: 50 };

const begin = (): Promise<Points> => pointsOf(millrace);

describe('a firing that is waited for', () => {
  it('runs the bound actions in order and answers what they asked for', async () => {
    const { chain, fire } = await begin();
    await chain({
      first: `exports.onExecutePostLogin = async (event, api) => {
        api.user.setAppMetadata('seen', event.user.email);
        api.accessToken.setCustomClaim('https://example.com/first', true);
      };`,
      second: `export async function onExecutePostLogin(event, api) { api.idToken.setCustomClaim('seen', event.user.app_metadata.seen); }`,
    });
    const fired = await fire('post-login', { user: { email: 'a@example.com' } });
    expect(fired).toMatchObject({
      timedOut: false,
      decision: { kind: 'ALLOW', action: null, reason: null, url: null },
      commands: [
        { action: 'first', command: 'user.setAppMetadata', arguments: ['seen', 'a@example.com'] },
        { action: 'first', command: 'accessToken.setCustomClaim', arguments: ['https://example.com/first', true] },
        { action: 'second', command: 'idToken.setCustomClaim', arguments: ['seen', 'a@example.com'] },
      ],
      run: {
        status: 'SUCCEEDED',
        triggerPoint: 'post-login',
        priority: 1,
        error: null,
        steps: [
          { path: '1', name: 'first', status: 'SUCCEEDED', version: { number: 1 } },
          { path: '2', name: 'second', status: 'SUCCEEDED', version: { number: 1 } },
        ],
      },
    });
  });

  it('is allowed where nothing is bound', async () => {
    const { fire } = await begin();
    expect(await fire('credentials-exchange')).toMatchObject({
      decision: { kind: 'ALLOW' },
      commands: [],
      run: { status: 'SUCCEEDED', steps: [] },
    });
  });

  it('ends with the first refusal, as a decision', async () => {
    const { chain, fire } = await begin();
    await chain({
      first: `exports.onExecutePostLogin = async (event, api) => { api.user.setAppMetadata('n', 1); };`,
      second: `exports.onExecutePostLogin = async (event, api) => {
        api.user.setAppMetadata('n', 2);
        api.access.deny('not today');
        api.user.setAppMetadata('n', 3);
      };`,
      third: `exports.onExecutePostLogin = async () => { throw new Error('must not run'); };`,
    });
    const fired = await fire('post-login');
    expect(fired).toMatchObject({
      decision: { kind: 'DENY', action: 'second', reason: 'not today' },
      run: { status: 'SUCCEEDED', error: null, steps: [{ name: 'first' }, { name: 'second' }] },
    });
    expect(fired.commands.map(({ arguments: [, value] }) => value)).toEqual([1, 2]);
  });

  it('is stopped by an error, which names the action and the line', async () => {
    const { chain, fire } = await begin();
    await chain({
      first: `exports.onExecutePostLogin = async (event, api) => { api.user.setAppMetadata('n', 1); };`,
      second: `exports.onExecutePostLogin = async (event, api) => {\n  api.user.setAppMetadata('n', 2);\n  throw new Error('no such luck');\n};`,
      third: `exports.onExecutePostLogin = async () => {};`,
    });
    const fired = await fire('post-login');
    expect(fired).toMatchObject({
      decision: null,
      commands: [{ action: 'first', arguments: ['n', 1] }],
      run: {
        status: 'PARTIAL',
        decision: null,
        error: { code: 'UNCAUGHT', action: 'second', line: 3, message: expect.stringContaining('no such luck') },
        steps: [
          { name: 'first', status: 'SUCCEEDED' },
          { name: 'second', status: 'FAILED' },
        ],
      },
    });
  });

  it('tells the line of what was built in the text of its author', async () => {
    const { bind, fire, workspace } = await begin();
    const code = `interface Seen {\n  readonly n: number;\n}\nexport const onExecutePostLogin = async (event: Seen) => {\n  const seen: Seen | null = null;\n  seen!.n.toFixed();\n};`;
    await workspace.action({ key: 'typed', language: 'TYPESCRIPT', code, triggerPoint: 'post-login', deploy: true });
    await vi.waitFor(async () => expect(await bind('post-login', ['typed'])).toMatchObject({ triggerPoint: { key: 'post-login' } }), soon);
    expect((await fire('post-login')).run).toMatchObject({ status: 'PARTIAL', error: { code: 'UNCAUGHT', action: 'typed', line: 6 } });
  });

  it('is stopped by a command that is not what the trigger point asks for', async () => {
    const { chain, fire } = await begin();
    await chain({ odd: `exports.onExecutePostLogin = async (event, api) => { api.access.deny({ reason: 7 }); };` });
    expect((await fire('post-login')).run).toMatchObject({
      status: 'PARTIAL',
      error: { code: 'INVALID_COMMAND', action: 'odd', message: 'api.access.deny: argument 1 must be string' },
    });
  });

  it('ends when the time of the whole chain is over', async () => {
    const { chain, fire, workspace } = await begin();
    await chain({
      slow: `exports.onExecutePostLogin = async () => { await new Promise((resolve) => setTimeout(resolve, 10_000)); };`,
      next: `exports.onExecutePostLogin = async () => {};`,
    });
    const { prisma } = millrace.app.db;
    const { plan } = await prisma.pointChain.findFirstOrThrow({ where: { workspaceId: workspace.uuid }, include: { plan: true } });
    await prisma.plan.update({ where: { hash: plan.hash }, data: { document: { ...(plan.document as object), budgetMs: 300 } } });
    const fired = await fire('post-login');
    expect(fired).toMatchObject({ timedOut: false, decision: null, run: { status: 'TIMED_OUT', error: { code: 'TIMED_OUT' } } });
    expect(fired.run.steps.map(({ name }) => name)).toEqual(['slow']);
  });

  it('attaches to the execution of the same idempotency key', async () => {
    const { chain, fire } = await begin();
    await chain({ only: `exports.onExecutePostLogin = async (event, api) => { api.user.setAppMetadata('at', event.n); };` });
    const first = await fire('post-login', { n: 1 }, { idempotencyKey: 'once', wait: false });
    expect(first).toMatchObject({ timedOut: false, decision: null, run: { priority: 3 } });
    const again = await fire('post-login', { n: 1 }, { idempotencyKey: 'once' });
    expect(again).toMatchObject({ run: { id: first.run.id, status: 'SUCCEEDED' }, commands: [{ arguments: ['at', 1] }] });
    expect(await fire('post-login', { n: 2 }, { idempotencyKey: 'once' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });
});

describe('what is fired', () => {
  it('is checked against the schema of the trigger point', async () => {
    const { fire } = await begin();
    expect(await fire('post-login', { user: { email: 7 }, client: 'web' })).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [
        { path: ['event', 'user', 'email'], code: 'SCHEMA' },
        { path: ['event', 'client'], code: 'SCHEMA' },
      ],
    });
    expect(await fire('no-such-point')).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('comes with the secrets of the action, where those of the binding stand first, and without them in what is recorded', async () => {
    const { action, fire, mutate, owner } = await begin();
    await action(
      'keeper',
      `exports.onExecutePostLogin = async (event, api) => {
      const { OWN, BOTH, BOUND } = event.secrets;
      api.user.setAppMetadata('lengths', [OWN, BOTH, BOUND].map((value) => value.length));
      api.user.setAppMetadata('leak', BOUND);
      console.log(OWN);
    };`,
    );
    for (const [name, value] of [
      ['OWN', 'own-value-1'],
      ['BOTH', 'short'],
    ])
      await mutate(owner, 'setSecret', { action: 'keeper', name, value });
    await mutate(owner, 'deployAction', { key: 'keeper' });
    const secrets = [
      { name: 'BOTH', value: 'of-the-binding' },
      { name: 'BOUND', value: 'bound-value-22' },
    ];
    await mutate(owner, 'updateTriggerBindings', { triggerPoint: 'post-login', bindings: [{ ref: { actionName: 'keeper' }, secrets }] });
    const fired = await fire('post-login');
    expect(fired.run).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect(fired.commands.map(({ arguments: values }) => values)).toEqual([
      ['lengths', [11, 14, 14]],
      ['leak', '[redacted]'],
    ]);
    const events = await millrace.app.db.prisma.runEvent.findMany({ where: { type: 'LOG' } });
    expect(JSON.stringify(events)).not.toContain('own-value-1');
  });

  it('runs what was live when it was fired, and is found by its trigger point', async () => {
    const { chain, fire, mutate, owner } = await begin();
    await chain({ versioned: `exports.onExecutePostLogin = async (event, api) => { api.user.setAppMetadata('version', 1); };` });
    const before = await fire('post-login');
    await mutate(owner, 'updateAction', {
      key: 'versioned',
      code: `exports.onExecutePostLogin = async (event, api) => { api.user.setAppMetadata('version', 2); };`,
    });
    const draft = await fire('post-login');
    await mutate(owner, 'deployAction', { key: 'versioned' });
    const after = await fire('post-login');
    expect([before, draft, after].map(({ commands }) => commands[0]?.arguments[1])).toEqual([1, 1, 2]);
    const versions = [before, draft, after].map(({ run }) => run.steps[0]?.version.number);
    expect([versions[0] === versions[1], versions[1] === versions[2]]).toEqual([true, false]);
    const { data } = await millrace.ask(
      owner,
      '{ runs(filter: { triggerPoint: "post-login" }) { totalCount edges { node { id } } } other: runs(filter: { triggerPoint: "event-stream" }) { totalCount } }',
    );
    expect(data).toMatchObject({
      runs: { totalCount: 3, edges: [after, draft, before].map(({ run }) => ({ node: { id: run.id } })) },
      other: { totalCount: 0 },
    });
  });
});

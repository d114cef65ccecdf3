import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#platform/ids';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { receiver as startReceiver } from '#test/support/receiver';
import { seed } from '#test/support/seed';

let millrace: Millrace;
let token: string;
let write: Mutate;

beforeAll(async () => {
  millrace = await startMillrace({ settings: { OUTGOING_ALLOW: '127.0.0.1', SANDBOX_PROCESSES: '1' } });
  write = mutateOn(millrace);
  token = await (await seed(millrace.app).workspace()).token();
});

type Input = Readonly<Record<string, unknown>>;
const selection =
  'payload output duration error { code message line } commands { command arguments } logs { level message } calls { method statusCode }';
const test = (input: Input) => write(token, 'testAction', input, selection);
async function action(input: Input): Promise<string> {
  const made = await write(token, 'createAction', input, 'action { id }');
  if (made['action'] === undefined) throw new Error(JSON.stringify(made));
  return (made['action'] as { readonly id: string }).id;
}

describe('a test of a draft', () => {
  it('runs what was last saved, with its secrets, and answers its logs, its commands and its calls', async () => {
    const receiver = await startReceiver();
    const id = await action({
      name: 'Tested',
      triggerPoint: 'post-login',
      secrets: [{ name: 'KEY', value: 'canary-value' }],
      configuration: { greeting: 'hello' },
      code: `exports.onExecutePostLogin = async (event, api) => {
        console.log(event.configuration.greeting, event.user.name, event.secrets.KEY.length, event.secrets.KEY);
        await fetch(${JSON.stringify(receiver.url)}, { method: 'POST', body: 'x' });
        api.idToken.setCustomClaim('https://example.com/role', 'admin');
        if (event.user.name === 'Mallory') api.access.deny('no');
      };`,
    });
    const payload = { user: { name: 'Mallory' } };
    const answered = await test({ id, payload });
    expect(answered).toMatchObject({
      payload,
      error: null,
      commands: [
        { command: 'idToken.setCustomClaim', arguments: ['https://example.com/role', 'admin'] },
        { command: 'access.deny', arguments: ['no'] },
      ],
      logs: [{ level: 'INFO', message: 'hello Mallory 12 [redacted]' }],
      calls: [{ method: 'POST', statusCode: 200 }],
    });
    // Nothing is stored of it.
    const { data } = await millrace.ask(token, '{ runs { totalCount } }');
    expect(data).toEqual({ runs: { totalCount: 0 } });
    expect(await millrace.app.db.prisma.codeTest.count()).toBe(0);
    expect(await millrace.app.db.prisma.effect.count()).toBe(0);
  });

  it('tells an error with its line', async () => {
    const id = await action({
      name: 'Throws',
      triggerPoint: 'post-login',
      code: '\nexports.onExecutePostLogin = async () => { throw new Error("no"); };',
    });
    const { error, commands } = (await test({ id, payload: {} })) as Result & {
      readonly error: object;
      readonly commands: readonly object[];
    };
    expect(error).toEqual({ code: 'UNCAUGHT', message: 'Error: no', line: 2 });
    expect(commands).toEqual([]);
  });

  it('runs an action of no trigger point with its payload', async () => {
    const id = await action({ name: 'Plain', code: 'export default async (input) => input.n + 1' });
    expect(await test({ id, payload: { n: 1 } })).toMatchObject({ output: 2, error: null });
  });

  it('does not wait for those of another workspace, however many these are', async () => {
    const crowd = await (await seed(millrace.app).workspace()).token();
    const code = 'export default async () => { await new Promise((done) => setTimeout(done, 1_500)); };';
    const made = await write(crowd, 'createAction', { name: 'Slow', code }, 'action { id }');
    const { id: slow } = made['action'] as { readonly id: string };
    let answered = 0;
    const crowded = Array.from({ length: 6 }, () =>
      write(crowd, 'testAction', { id: slow, payload: 1 }, 'duration').then(() => (answered += 1)),
    );
    const id = await action({ name: 'Quick', code: 'export default async (input) => input.n + 1' });
    await vi.waitFor(async () => expect(await millrace.app.db.prisma.codeTest.count()).toBe(6));
    expect(await test({ id, payload: { n: 1 } })).toMatchObject({ output: 2 });
    expect(answered).toBe(0);
    await Promise.all(crowded);
  });

  it('is refused for what a worker could not build, and does not have it built again', async () => {
    const code = 'exports.onExecutePostLogin = async (: number) => {};';
    const id = await action({ name: 'Broken type', triggerPoint: 'post-login', language: 'TYPESCRIPT', code });
    const builds = () => millrace.app.db.prisma.build.findMany({ where: { request: { path: ['code'], equals: code } } });
    await expect.poll(async () => (await builds())[0]?.status, { timeout: 10_000 }).toBe('FAILED');
    const before = await builds();
    expect(await test({ id, payload: {} })).toMatchObject({ state: 'BUILD_FAILED' });
    expect(await builds()).toEqual(before);
  });

  it('is refused for what is not code, what cannot be built, and who may not write', async () => {
    expect(await test({ id: await action({ name: 'Mapping', transform: { a: 1 } }), payload: 1 })).toMatchObject({ state: 'NOT_CODE' });
    const broken = await action({ name: 'Broken', triggerPoint: 'post-login', code: 'exports.onExecutePostLogin = (' });
    const refused = await test({ id: broken, payload: 1 });
    expect(codeOf(refused)).toBe('CONFLICT');
    expect(refused.state).toBe('BUILD_FAILED');
    const id = await action({ name: 'Unbuilt', language: 'TYPESCRIPT', code: 'export default async (input: {) => 1' });
    const document = '($id: ID!) { action(id: $id) { status } }';
    await vi.waitFor(async () =>
      expect((await millrace.ask(token, `query ${document}`, { id })).data).toEqual({ action: { status: 'FAILED' } }),
    );
    expect(await test({ id, payload: 1 })).toMatchObject({ state: 'BUILD_FAILED' });
    const other = await (await seed(millrace.app).workspace()).token();
    expect(codeOf(await write(other, 'testAction', { id: broken, payload: 1 }))).toBe('NOT_FOUND');
  });

  it('is refused beyond the tests that a workspace may wait for', async () => {
    const { app } = millrace;
    const other = await seed(app).workspace();
    const waiting = Array.from({ length: 50 }, () => ({
      id: newId(),
      workspaceId: other.uuid,
      automationId: newId(),
      request: {},
      answer: {},
    }));
    await app.db.prisma.codeTest.createMany({ data: waiting });
    const own = await other.token();
    const made = await write(own, 'createAction', { name: 'Plain', code: 'export default () => 1' }, 'action { id }');
    const { id } = made['action'] as { readonly id: string };
    expect(codeOf(await write(own, 'testAction', { id, payload: 1 }))).toBe('LIMIT_EXCEEDED');
    await app.db.prisma.codeTest.deleteMany({ where: { workspaceId: other.uuid } });
    expect(codeOf(await write(own, 'testAction', { id, payload: 1 }))).toBe('TestActionSuccess');
  });
});

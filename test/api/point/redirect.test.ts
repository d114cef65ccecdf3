import { beforeAll, expect, it, vi } from 'vitest';
import { decodeId } from '#schema/node';
import { stuckRuns } from '#domain/run/run.invariant';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Points, pointsOf } from '#test/support/points';

let millrace: Millrace;
beforeAll(async () => {
  millrace = await startMillrace();
});

const begin = (): Promise<Points> => pointsOf(millrace);

const asks = (name: string) => `
  exports.onExecutePostLogin = async (event, api) => {
    api.user.setAppMetadata('${name}', 'asked');
    api.redirect.sendUserTo('https://example.com/${name}?a=1', { query: { user: event.user.user_id } });
  };
  exports.onContinuePostLogin = async (event, api) => {
    if (event.answer === 'no') api.access.deny('${name} said no');
    else api.user.setAppMetadata('${name}', event.user.app_metadata.${name} + ' and ' + event.answer);
  };`;
const last = `exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim('last', event.user.app_metadata); };`;
const event = { user: { user_id: 'u1' } };

it('is interrupted by a redirect and goes on where it was, with separate clocks', async () => {
  const { chain, fire, continue: goOn } = await begin();
  await chain({ terms: asks('terms'), last });
  const fired = await fire('post-login', event);
  expect(fired).toMatchObject({
    timedOut: false,
    decision: { kind: 'REDIRECT', action: 'terms', url: 'https://example.com/terms?a=1&user=u1' },
    commands: [{ action: 'terms', arguments: ['terms', 'asked'] }],
    run: { status: 'WAITING', waitingFor: { kind: 'REDIRECT', detail: 'https://example.com/terms?a=1&user=u1' }, steps: [{ path: '1' }] },
  });
  expect(new Date(fired.run.waitingFor?.until ?? 0).getTime()).toBeGreaterThan(Date.now() + 3_000_000);
  expect(await stuckRuns(millrace.app.db.sql, 0)).toEqual([]);
  // Longer ago than a whole chain may take.
  await millrace.app.db.prisma.run.updateMany({ where: { status: 'WAITING' }, data: { startedAt: new Date(Date.now() - 60_000) } });

  const back = await goOn(fired.run.id, { answer: 'agreed' });
  expect(back).toMatchObject({
    decision: { kind: 'ALLOW' },
    run: { id: fired.run.id, status: 'SUCCEEDED', steps: [{ path: '1' }, { path: '1/continue', name: 'terms' }, { path: '2' }] },
  });
  expect(back.commands.map(({ action, arguments: values }) => [action, ...values])).toEqual([
    ['terms', 'terms', 'asked'],
    ['terms', 'terms', 'asked and agreed'],
    ['last', 'last', { terms: 'asked and agreed' }],
  ]);
  expect(await goOn(fired.run.id)).toMatchObject({ code: 'CONFLICT', state: 'SUCCEEDED' });
});

it('may be interrupted by several actions, each of which gets its own answer', async () => {
  const { chain, fire, continue: goOn } = await begin();
  await chain({ terms: asks('terms'), age: asks('age'), last });
  const { run } = await fire('post-login', event);
  expect(await goOn(run.id, { answer: 'first' })).toMatchObject({
    decision: { kind: 'REDIRECT', action: 'age' },
    run: { status: 'WAITING' },
  });
  const back = await goOn(run.id, { answer: 'second' });
  expect(back.commands.at(-1)?.arguments).toEqual(['last', { terms: 'asked and first', age: 'asked and second' }]);
  expect(back.run.steps.map(({ path }) => path)).toEqual(['1', '1/continue', '2', '2/continue', '3']);
});

it('may end with a refusal after the return', async () => {
  const { chain, fire, continue: goOn } = await begin();
  await chain({ terms: asks('terms'), last });
  const { run } = await fire('post-login', event);
  expect(await goOn(run.id, { answer: 'no' })).toMatchObject({
    decision: { kind: 'DENY', action: 'terms', reason: 'terms said no' },
    run: { status: 'SUCCEEDED' },
  });
});

it('can be cancelled while nobody has come back', async () => {
  const { chain, fire, continue: goOn, mutate, owner } = await begin();
  await chain({ terms: asks('terms') });
  const { run } = await fire('post-login', event);
  expect(await mutate(owner, 'cancelRun', { id: run.id }, 'run { status decision { kind } }')).toMatchObject({
    run: { status: 'CANCELED', decision: null },
  });
  expect(await goOn(run.id)).toMatchObject({ code: 'CONFLICT', state: 'CANCELED' });
});

it('is over when nobody comes back in time', async () => {
  const { chain, fire, continue: goOn, owner, workspace } = await begin();
  await chain({ terms: asks('terms') });
  const { run } = await fire('post-login', event);
  await millrace.app.db.prisma.run.updateMany({ where: { workspaceId: workspace.uuid }, data: { waitUntil: new Date(Date.now() - 1) } });
  expect(await goOn(run.id)).toMatchObject({ code: 'CONFLICT' });
  const read = () => millrace.ask(owner, `{ run(id: "${run.id}") { status decision { kind } error { code } finishedAt } }`);
  await vi.waitFor(
    async () =>
      expect((await read()).data).toMatchObject({
        run: { status: 'TIMED_OUT', decision: null, error: { code: 'REDIRECT_EXPIRED' }, finishedAt: expect.any(String) },
      }),
    { timeout: 10_000, interval: 50 },
  );
});

it('answers what came of the return, not the redirect before it, however long the return takes to be recorded', async () => {
  const { chain, action, bind, fire, continue: goOn } = await begin();
  await chain({ terms: asks('terms') });
  await action('slow', 'export default async () => { await new Promise((done) => setTimeout(done, 2_000)); };', 'post-change-password');
  await bind('post-change-password', ['slow']);
  const { run } = await fire('post-login', event);
  const { db } = millrace.app;
  const query = vi.spyOn(db.sql, 'query');
  const looks = () => query.mock.calls.filter(([{ name }]) => name === 'run.settled').length;
  // While somebody waits for another execution, those that are waited for are looked at again and again.
  const other = fire('post-change-password');
  const going = await db.begin(async (sql) => {
    await sql.query({ name: 'test.hold', text: 'SELECT id FROM "Run" WHERE id = $1::uuid FOR UPDATE' }, [decodeId('Run', run.id)]);
    const begun = goOn(run.id, { answer: 'agreed' });
    const before = looks();
    await vi.waitFor(() => expect(looks()).toBeGreaterThan(before + 2), { timeout: 5_000, interval: 20 });
    return { begun };
  });
  expect(await going.begun).toMatchObject({ decision: { kind: 'ALLOW' }, run: { status: 'SUCCEEDED' } });
  await other;
  query.mockRestore();
});

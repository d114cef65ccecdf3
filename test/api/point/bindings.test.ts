import { beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeId } from '#schema/node';
import { newId } from '#platform/ids';
import { type Millrace, startMillrace } from '#test/support/api';
import type { Result } from '#test/support/mutate';
import { type Points, pointsOf } from '#test/support/points';

let millrace: Millrace;
beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
});

const begin = (): Promise<Points> => pointsOf(millrace);
const code = `exports.onExecutePostLogin = async () => {};`;

interface Bound {
  readonly id: string;
  readonly position: number;
  readonly displayName: string;
  readonly action: { readonly key: string };
  readonly secrets: readonly { readonly name: string; readonly updatedAt: string }[];
  readonly createdAt: string;
}
const selection = 'triggerPoint { key bindings { id position displayName action { key } secrets { name updatedAt } createdAt } }';
const boundIn = (result: Result) => (result['triggerPoint'] as { readonly bindings: readonly Bound[] }).bindings;

describe('the list of what is bound', () => {
  it('is replaced as a whole, in order; what stays keeps its id', async () => {
    const { action, bind, mutate, owner } = await begin();
    for (const key of ['a', 'b', 'c']) await action(key, code);
    const first = boundIn(await bind('post-login', ['a', 'b']));
    expect(first.map(({ position, displayName, action: { key } }) => [position, displayName, key])).toEqual([
      [0, 'a', 'a'],
      [1, 'b', 'b'],
    ]);
    const [, b] = first;
    const bindings = [{ ref: { actionName: 'c' }, displayName: 'The third' }, { ref: { bindingId: b?.id } }];
    const second = boundIn(await mutate(owner, 'updateTriggerBindings', { triggerPoint: 'post-login', bindings }, selection));
    expect(second).toMatchObject([
      { position: 0, displayName: 'The third', action: { key: 'c' } },
      { ...b, position: 1 },
    ]);
    const { data } = await millrace.ask(owner, '{ action(key: "c") { bindings { triggerPoint { key own } position } } }');
    expect(data).toEqual({ action: { bindings: [{ triggerPoint: { key: 'post-login', own: false }, position: 0 }] } });
    expect(boundIn(await bind('post-login', []))).toEqual([]);
  });

  it('is refused with one error that names every entry at fault', async () => {
    const { action, bind, mutate, owner, workspace } = await begin();
    await action('fine', code);
    await action('elsewhere', `exports.onExecuteCredentialsExchange = async () => {};`, 'credentials-exchange');
    await action('nowhere', 'export default async () => 1', null);
    await workspace.action({ key: 'draft', code, triggerPoint: 'post-login' });
    for (const key of ['twin-1', 'twin-2']) await workspace.action({ key, name: 'Twin', code, triggerPoint: 'post-login', deploy: true });
    const refs = [
      { actionName: 'fine' },
      { actionName: 'elsewhere' },
      { actionName: 'nowhere' },
      { actionName: 'draft' },
      { actionName: 'Twin' },
      { actionName: 'absent' },
      { actionId: encodeId('Action', newId()) },
      { bindingId: encodeId('Binding', newId()) },
      { actionName: 'fine' },
    ];
    const bindings = refs.map((ref) => ({ ref }));
    const refused = await mutate(owner, 'updateTriggerBindings', { triggerPoint: 'post-login', bindings }, selection);
    expect(refused.fields?.map(({ path, code: why }) => [path.join('.'), why])).toEqual([
      ['bindings.1.ref', 'WRONG_TRIGGER_POINT'],
      ['bindings.2.ref', 'WRONG_TRIGGER_POINT'],
      ['bindings.3.ref', 'NOT_DEPLOYED'],
      ['bindings.4.ref', 'AMBIGUOUS'],
      ['bindings.5.ref', 'NOT_FOUND'],
      ['bindings.6.ref', 'NOT_FOUND'],
      ['bindings.7.ref', 'NOT_FOUND'],
      ['bindings.8.ref', 'REPEATED'],
    ]);
    const many = await bind(
      'post-login',
      Array.from({ length: 21 }, (_, n) => `many-${String(n)}`),
    );
    expect(many.fields?.[0]).toEqual({ path: ['bindings'], code: 'TOO_MANY' });
    expect(await bind('event-stream', [])).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['triggerPoint'], code: 'ENTITY_BOUND' }],
    });
    expect(await bind('no-such-point', [])).toMatchObject({ code: 'NOT_FOUND' });
    expect(boundIn(await bind('post-login', ['fine']))).toHaveLength(1);
  });

  it('is not made at a point that is deleted at the same time', async () => {
    const { action, bind, mutate, owner, workspace } = await begin();
    await mutate(owner, 'createTriggerPoint', { key: 'going', name: 'Going' }, 'triggerPoint { key }');
    await action('late', 'export default async () => {};', 'going');
    const { db } = millrace.app;
    const waiting = {
      name: 'test.waiting',
      text: `SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database() WHERE NOT granted`,
    };
    const { deleted, bound } = await db.begin(async (sql) => {
      await sql.query(
        { name: 'test.hold', text: `SELECT pg_advisory_xact_lock(hashtextextended('trigger point ' || $1 || ' going', 0)) IS NULL` },
        [workspace.uuid],
      );
      const queue = (length: number) =>
        vi.waitFor(async () => expect(await db.sql.query(waiting, [])).toHaveLength(length), { timeout: 5_000, interval: 20 });
      const first = mutate(owner, 'deleteTriggerPoint', { key: 'going' }, 'deletedKey');
      await queue(1);
      const second = bind('going', ['late']);
      await queue(2);
      return { deleted: first, bound: second };
    });
    expect(await deleted).toMatchObject({ deletedKey: 'going' });
    expect(await bound).toMatchObject({ code: 'NOT_FOUND' });
    expect(await db.prisma.binding.count({ where: { workspaceId: workspace.uuid } })).toBe(0);
  });

  it('loses an action that is deleted, and the others move up', async () => {
    const { action, bind, mutate, owner } = await begin();
    for (const key of ['a', 'b']) await action(key, code);
    await bind('post-login', ['a', 'b']);
    expect(await mutate(owner, 'deleteAction', { key: 'a' })).toMatchObject({ code: 'CONFLICT' });
    expect(await mutate(owner, 'deleteAction', { key: 'a', force: true })).toMatchObject({ __typename: 'DeleteActionSuccess' });
    const { data } = await millrace.ask(owner, '{ triggerPoint(key: "post-login") { bindings { position action { key } } } }');
    expect(data).toEqual({ triggerPoint: { bindings: [{ position: 0, action: { key: 'b' } }] } });
  });
});

describe('the secrets of a binding', () => {
  it('are written and never read; a name without a value keeps the old one', async () => {
    const { action, mutate, owner, workspace } = await begin();
    await action('keeper', code);
    const put = (secrets?: readonly object[]) =>
      mutate(
        owner,
        'updateTriggerBindings',
        { triggerPoint: 'post-login', bindings: [{ ref: { actionName: 'keeper' }, ...(secrets === undefined ? {} : { secrets }) }] },
        selection,
      );
    const first = boundIn(
      await put([
        { name: 'A', value: 'one' },
        { name: 'B', value: 'two' },
      ]),
    )[0];
    expect(first?.secrets.map(({ name }) => name)).toEqual(['A', 'B']);
    const second = boundIn(await put([{ name: 'A' }, { name: 'C', value: 'three' }]))[0];
    expect(second?.secrets.map(({ name }) => name)).toEqual(['A', 'C']);
    expect(second?.secrets[0]).toEqual(first?.secrets[0]);
    expect(boundIn(await put())[0]?.secrets).toEqual(second?.secrets);
    expect(await put([{ name: 'NEW' }])).toMatchObject({
      fields: [{ path: ['bindings', '0', 'secrets', '0', 'value'], code: 'REQUIRED' }],
    });
    expect(await put([{ name: 'A' }, { name: 'A' }])).toMatchObject({
      fields: [{ path: ['bindings', '0', 'secrets', '1', 'name'], code: 'REPEATED' }],
    });
    const viewer = await workspace.token('VIEWER');
    const { data } = await millrace.ask(viewer, '{ triggerPoint(key: "post-login") { bindings { secrets { name } } } }');
    expect(data).toEqual({ triggerPoint: { bindings: [{ secrets: [] }] } });
    await mutate(owner, 'updateTriggerBindings', { triggerPoint: 'post-login', bindings: [] });
    expect(await millrace.app.db.prisma.secret.count({ where: { workspaceId: workspace.uuid } })).toBe(0);
  });
});

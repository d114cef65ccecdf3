import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Points, pointsOf } from '#test/support/points';

let millrace: Millrace;
beforeAll(async () => {
  millrace = await startMillrace();
});

const begin = (): Promise<Points> => pointsOf(millrace);

const known = [
  'post-login',
  'credentials-exchange',
  'pre-user-registration',
  'post-user-registration',
  'post-change-password',
  'send-phone-message',
  'custom-phone-provider',
  'custom-email-provider',
  'password-reset-post-challenge',
  'custom-token-exchange',
  'event-stream',
  'password-hash-migration',
  'login-post-identifier',
  'signup-post-identifier',
];

describe('the trigger points of a workspace', () => {
  it('are the fourteen well-known ones, then its own', async () => {
    const { mutate, owner } = await begin();
    await mutate(owner, 'createTriggerPoint', { name: 'Order placed' });
    const { data } = await millrace.ask(
      owner,
      '{ triggerPoints { key own version status mode policy runtimes defaultRuntime handler resume compatible commands { name effect target } } }',
    );
    const points = data?.['triggerPoints'] as readonly { readonly key: string }[];
    expect(points.map(({ key }) => key)).toEqual([...known, 'order-placed']);
    expect(points[0]).toMatchObject({
      own: false,
      version: 'v3',
      status: 'CURRENT',
      mode: 'SYNCHRONOUS',
      policy: 'TRIGGER_BOUND',
      runtimes: ['node18', 'node22'],
      defaultRuntime: 'node22',
      handler: 'onExecutePostLogin',
      resume: 'onContinuePostLogin',
      commands: expect.arrayContaining([
        { name: 'access.deny', effect: 'DENY', target: null },
        { name: 'user.setAppMetadata', effect: 'COMMAND', target: 'user.app_metadata' },
        { name: 'redirect.sendUserTo', effect: 'REDIRECT', target: null },
      ]),
    });
    expect(points.at(-1)).toMatchObject({ own: true, version: 'v1', handler: 'onExecuteOrderPlaced', resume: null, commands: [] });
  });

  it('are checked when they are made', async () => {
    const { mutate, owner } = await begin();
    expect(await mutate(owner, 'createTriggerPoint', { key: 'post-login', name: 'Mine' })).toMatchObject({ code: 'ALREADY_EXISTS' });
    const commands = [{ name: 'order.hold', effect: 'DENY', target: 'order' }, { name: 'order' }, { name: 'send', effect: 'REDIRECT' }];
    const refused = await mutate(owner, 'createTriggerPoint', { name: 'Odd', commands, compatible: ['absent', 'odd'] });
    expect(refused.fields?.map(({ path, code }) => [path.join('.'), code])).toEqual([
      ['commands.0.target', 'UNEXPECTED'],
      ['commands.1.name', 'REPEATED'],
      ['commands.2.effect', 'REQUIRED'],
      ['compatible.1', 'REPEATED'],
      ['compatible.0', 'NOT_FOUND'],
    ]);
    const fields = { name: 'Odd', handler: '1st', commands: [{ name: 'a.then' }], eventSchema: { type: 'nothing' } };
    const odd = await mutate(owner, 'createTriggerPoint', fields);
    expect(odd.fields?.map(({ path }) => path.join('.'))).toEqual(expect.arrayContaining(['handler', 'commands.0.name', 'eventSchema']));
    const large = { items: { enum: Array.from({ length: 4_000 }, (_, n) => `v${String(n)}`) } };
    const many = { name: 'Many', commands: ['a', 'b'].map((name) => ({ name, arguments: large })) };
    expect((await mutate(owner, 'createTriggerPoint', many)).fields).toMatchObject([{ path: ['commands'], code: 'TOO_LONG' }]);
    expect(await mutate(owner, 'updateTriggerPoint', { key: 'post-login', name: 'Mine' })).toMatchObject({
      code: 'CONFLICT',
      state: 'WELL_KNOWN',
    });
    expect(await mutate(owner, 'deleteTriggerPoint', { key: 'post-login' })).toMatchObject({ code: 'CONFLICT', state: 'WELL_KNOWN' });
  });

  it('fire, change and go', async () => {
    const { chain, action, bind, fire, mutate, owner } = await begin();
    const eventSchema = { type: 'object', required: ['total'], properties: { total: { type: 'number' } } };
    const hold = {
      name: 'order.hold',
      effect: 'DENY',
      arguments: { type: 'array', prefixItems: [{}, { type: 'string', title: 'reason' }], minItems: 2 },
    };
    await mutate(owner, 'createTriggerPoint', { key: 'order-placed', name: 'Order placed', eventSchema, commands: [hold] });
    await chain(
      { check: `exports.onExecuteOrderPlaced = async (event, api) => { if (event.total > 100) api.order.hold('A1', 'too much'); };` },
      'order-placed',
    );
    expect(await fire('order-placed')).toMatchObject({ fields: [{ path: ['event', 'total'], code: 'SCHEMA' }] });
    expect(await fire('order-placed', { total: 10 })).toMatchObject({ decision: { kind: 'ALLOW' } });
    expect(await fire('order-placed', { total: 1000 })).toMatchObject({ decision: { kind: 'DENY', reason: 'too much' } });

    await action('other', `export default async (event, api) => { api.user.setAppMetadata('a', 1); };`, 'post-login');
    expect(await bind('order-placed', ['check', 'other'])).toMatchObject({
      fields: [{ path: ['bindings', '1', 'ref'], code: 'WRONG_TRIGGER_POINT' }],
    });
    const set = { name: 'user.setAppMetadata' };
    const changed = await mutate(
      owner,
      'updateTriggerPoint',
      { key: 'order-placed', eventSchema: null, compatible: ['post-login'], commands: [hold, set] },
      'triggerPoint { name eventSchema compatible }',
    );
    expect(changed).toMatchObject({ triggerPoint: { name: 'Order placed', eventSchema: null, compatible: ['post-login'] } });
    await bind('order-placed', ['check', 'other']);
    expect(await fire('order-placed')).toMatchObject({ decision: { kind: 'ALLOW' }, commands: [{ action: 'other', arguments: ['a', 1] }] });

    expect(await mutate(owner, 'deleteTriggerPoint', { key: 'order-placed' })).toMatchObject({ code: 'CONFLICT', state: 'IN_USE' });
    await bind('order-placed', []);
    expect(await mutate(owner, 'deleteTriggerPoint', { key: 'order-placed' }, 'deletedKey')).toMatchObject({ deletedKey: 'order-placed' });
    expect(await fire('order-placed')).toMatchObject({ code: 'NOT_FOUND' });
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { pointsOf } from '#test/support/points';

let millrace: Millrace;
beforeAll(async () => {
  millrace = await startMillrace();
});

const begin = () => pointsOf(millrace);

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
});

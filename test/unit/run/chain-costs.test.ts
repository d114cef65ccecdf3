import { describe, expect, it } from 'vitest';
import type { ChainPlan, Json } from '#plan/plan';
import { applyCommands, checkCommands } from '#worker/chain.commands';

const url = { type: 'array', prefixItems: [{ type: 'string', title: 'url' }, { type: 'object' }] };
const chain: ChainPlan = {
  triggerPoint: 'post-login',
  handler: 'onExecutePostLogin',
  resume: 'onContinuePostLogin',
  commands: [
    { name: 'user.setAppMetadata', effect: 'COMMAND', target: 'user.app_metadata', arguments: { type: 'array' } },
    { name: 'redirect.sendUserTo', effect: 'REDIRECT', target: null, arguments: url },
  ],
};
const set = (name: string, value: Json) => ({ command: 'user.setAppMetadata', arguments: [name, value] });
const redirect = (query: Json) => ({ command: 'redirect.sendUserTo', arguments: ['https://example.com/?a=1&b=2', { query }] });

describe('many commands of an action', () => {
  it('do not copy a large event again and again', () => {
    const app_metadata = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${String(index)}`, index]));
    const begun = performance.now();
    applyCommands(
      chain,
      'x',
      { user: { app_metadata } },
      Array.from({ length: 1_000 }, (_, index) => set(`n${String(index)}`, index)),
    );
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('are refused for a URL that is too long', () => {
    const query = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${String(index)}`, 'v']));
    expect(() => checkCommands(chain, [redirect(query)])).toThrow('has at most 8000 characters');
    expect(() => checkCommands(chain, [redirect({ a: '1' })])).not.toThrow();
  });

  it('share what the checks of their arguments may cost', () => {
    const costly: ChainPlan = {
      ...chain,
      commands: [{ name: 'note', effect: 'COMMAND', target: null, arguments: { type: 'array', items: { items: { type: 'number' } } } }],
    };
    const note = { command: 'note', arguments: [Array.from({ length: 1_000 }, (_, index) => index)] };
    expect(() => checkCommands(costly, [note, note])).not.toThrow();
    expect(() => checkCommands(costly, Array<typeof note>(1_000).fill(note))).toThrow('costs too much');
  });
});

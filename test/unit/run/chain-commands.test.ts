import { describe, expect, test } from 'vitest';
import type { ChainCommand, ChainPlan, Json } from '#plan/plan';
import { applyCommands, checkCommands } from '#worker/chain.commands';

const text = (title: string): Json => ({ type: 'string', title });
const command = (name: string, more: Partial<ChainCommand> = {}): ChainCommand => ({
  name,
  effect: 'COMMAND',
  target: null,
  arguments: { type: 'array' },
  ...more,
});
const chain: ChainPlan = {
  triggerPoint: 'test',
  handler: 'onExecute',
  resume: 'onContinue',
  commands: [
    command('set', { target: 'user.app_metadata' }),
    command('deny', { effect: 'DENY', arguments: { type: 'array', prefixItems: [text('code'), text('reason')], minItems: 2 } }),
    command('go', { effect: 'REDIRECT', arguments: { type: 'array', prefixItems: [text('url'), { type: 'object' }], minItems: 1 } }),
  ],
};
const given = (name: string, ...args: Json[]) => ({ command: name, arguments: args });

describe('the commands of an action', () => {
  test('set places of the event for later actions, and nothing else', () => {
    const event = { user: { id: 1, app_metadata: 'in the way' } };
    const { event: after } = applyCommands(chain, 'a', event, [given('set', 'n', 2), given('set', 'n', 3), given('set', 7, 8)]);
    expect(after).toEqual({ user: { id: 1, app_metadata: { n: 3 } } });
    expect(event).toEqual({ user: { id: 1, app_metadata: 'in the way' } });
    const { event: odd } = applyCommands(chain, 'a', {}, [given('set', '__proto__', { polluted: true })]);
    expect(JSON.stringify(odd)).toBe('{"user":{"app_metadata":{"__proto__":{"polluted":true}}}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('count until the first refusal, which stands above a redirect', () => {
    const commands = [given('set', 'a', 1), given('go', 'https://example.com/'), given('deny', 'c', 'why'), given('set', 'b', 2)];
    expect(applyCommands(chain, 'x', {}, commands)).toMatchObject({
      asked: [{ action: 'x', command: 'set', arguments: ['a', 1] }],
      decision: { kind: 'DENY', action: 'x', reason: 'why' },
    });
  });

  test('lead where the last redirect says, with what is to be in the query', () => {
    const commands = [given('go', 'https://example.com/a'), given('go', 'https://example.com/b?x=1', { query: { x: '2', y: { z: 1 } } })];
    expect(applyCommands(chain, 'x', {}, commands).decision).toMatchObject({
      kind: 'REDIRECT',
      url: 'https://example.com/b?x=2&y=%7B%22z%22%3A1%7D',
    });
  });

  test('are refused where the trigger point asks for something else', () => {
    for (const [commands, message] of [
      [[given('none')], 'api.none: there is no such command'],
      [[given('deny', 'c')], 'api.deny: the arguments must NOT have fewer than 2 items'],
      [[given('deny', 'c', 7)], 'api.deny: argument 2 must be string'],
      [[given('go', 'nowhere')], 'api.go: there is no URL to redirect to'],
    ] as const)
      expect(() => checkCommands(chain, commands)).toThrow(expect.objectContaining({ code: 'INVALID_COMMAND', message }));
    expect(() => checkCommands(chain, [given('set'), given('deny', 'c', 'r')])).not.toThrow();
  });
});

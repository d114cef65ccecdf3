import { describe, expect, test } from 'vitest';
import { compileAction } from '#domain/action/action.compile';
import { type ActionSpec, noRetry } from '#domain/action/action.spec';
import { actionIdOf, runIdOf, templateContext } from '#domain/run/run.context';
import { namesUsed } from '#language/names';
import { compileTemplate } from '#language/template';
import { planHash } from '#plan/hash';
import { checkPlan } from '#plan/plan-check';
import { encodeId } from '#schema/node';

const id = '0190b5a4-0000-7000-8000-000000000000';
const spec = (change: Partial<ActionSpec>): ActionSpec => ({ retry: noRetry, timeoutMs: null, priority: 3, ...change });

describe('a compiled action', () => {
  test('that uses nothing new keeps the hash of its plan', () => {
    // Of plans as they were stored before there were endpoints, payloads and threads.
    expect(planHash(compileAction(spec({ transform: { a: '{{ payload }}' } })))).toBe(
      '662bd397ee1a80519844b899e26ff50b8a7bc89aadbd04fb0d6a60bc4b198b69',
    );
    expect(planHash(compileAction(spec({ code: 'export default () => 1' })))).toBe(
      '6e0a2576e92bda92ba1879bad611e8b0807bdf8337167c29ffd467c3daac2791',
    );
  });

  test('has what its spec has, and nothing else', () => {
    expect(compileAction(spec({ endpointId: id, payload: null, retry: { ...noRetry, on: [503] } })).steps[0]).toMatchObject({
      kind: 'endpoint',
      args: { endpointId: id },
      retry: { on: [503] },
    });
    const plan = compileAction(spec({ transform: 1, payload: { a: 1 }, namespaceId: id, thread: { mode: 'FIXED', key: 'one' } }));
    expect(plan).toMatchObject({ payload: { a: 1 }, thread: { mode: 'FIXED', namespaceId: id, key: 'one' } });
    // A namespace alone is for triggers that name a thread.
    expect(compileAction(spec({ transform: 1, namespaceId: id }))).not.toHaveProperty('thread');
  });

  test('names each fault of its templates', () => {
    const thread = { mode: 'TEMPLATE', template: '{{ x | nothing }}' } as const;
    expect(checkPlan(compileAction(spec({ transform: 1, payload: ['a\n {{ secrets.x }}'], namespaceId: id, thread })))).toMatchObject([
      { path: ['payload', '0'], code: 'SECRETS', line: 2, column: 5 },
      { path: ['thread', 'template'], code: 'UNKNOWN_FILTER' },
    ]);
  });
});

describe('the names that a template uses', () => {
  const names = (template: Parameters<typeof compileTemplate>[0]) => namesUsed(compileTemplate(template)).map(({ name }) => name);

  test('are found wherever they stand, and nothing that only looks like one', () => {
    expect(names({ a: ['{{ payload.last_run }}', 'x {{ now }} {{ date }}'], last_run: 'last_run' })).toEqual(['payload', 'now', 'date']);
    expect(
      names("{{ [last_run.id, {'run': run}] | map(attribute='action') | default(action) if input is defined else 'now' }}").sort(),
    ).toEqual(['action', 'input', 'last_run', 'run']);
  });
});

test('templates see the ids that the graph has', () => {
  expect([runIdOf(id), actionIdOf(id)]).toEqual([encodeId('Run', id), encodeId('Action', id)]);
  const now = new Date('2026-03-01T23:59:59.999Z');
  const facts = {
    id,
    input: undefined,
    trigger: 'API',
    queuedAt: now,
    automationId: null,
    automationKey: null,
    automationName: null,
    lastId: null,
    lastStatus: null,
    lastOutput: null,
    lastFinishedAt: null,
  } as const;
  expect(templateContext(facts, now)).toMatchObject({
    payload: null,
    date: '2026-03-01',
    action: null,
    last_run: null,
    run: { id: encodeId('Run', id) },
  });
});

import { expect, test, vi } from 'vitest';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

vi.setConfig({ testTimeout: 120_000 });

async function working(settings: Readonly<Record<string, string>> = {}) {
  const engine = await testEngine(settings);
  engine.work();
  return { engine, ...(await seedFlows(engine)) };
}

const map = (id: string, mapping: unknown, more: object = {}) => ({ kind: 'transform', id, args: { mapping: mapping as never }, ...more });

test('steps see what those before them put out, and a step whose conditions are not met leaves nothing', async () => {
  const { flow, outcome, steps } = await working();
  await flow('greet', {
    arguments: { word: 'Hello' },
    steps: [
      map('text', '{{ arguments.word }} {{ inputs.name }}'),
      map('never', 1, { conditions: [{ field: 'inputs.name', operator: 'eq', value: 'nobody' }] }),
      map(
        'told',
        { was: '{{ actions.text.output }}', count: '{{ 1 + 1 }}' },
        { conditions: [{ field: 'actions', operator: 'contains', value: 'text' }] },
      ),
      map('not', 1, { conditions: [{ field: 'actions', operator: 'contains', value: 'never' }] }),
    ],
    outputs: { text: '{{ actions.told.output.was }}', count: '{{ actions.told.output.count }}', skipped: '{{ actions.never is defined }}' },
  });
  const run = await outcome('greet', { name: 'Ada' });
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { text: 'Hello Ada', count: 2, skipped: false } });
  expect(await steps(run.id)).toEqual(['text SUCCEEDED', 'never SKIPPED', 'told SUCCEEDED', 'not SKIPPED']);
});

test('arguments that do not fit are told with their place, and fail the step', async () => {
  const { flow, outcome } = await working();
  await flow('wrong', { steps: [{ kind: 'fetchResource', id: 'find', args: { conditions: '{{ inputs.list }}' } }] });
  const run = await outcome('wrong', { list: 7 });
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'ARGUMENT', errorDetail: { step: 'find' } });
  expect(run.errorMessage).toContain('conditions');
});

test('a step that fails may be tried again, or not be minded', async () => {
  const { flow, outcome, steps } = await working();
  const code =
    "export default async (input, context) => { if (context.attempt < input.until) throw new Error('not yet'); return context.attempt; }";
  await flow('again', {
    steps: [
      { kind: 'code', id: 'third', args: { code, input: { until: 3 } }, retry: { maxRetries: 3, delay: 'PT0.2S' } },
      { kind: 'code', id: 'never', args: { code, input: { until: 9 } }, onError: 'CONTINUE' },
      map('after', '{{ actions.never.status }} {{ actions.third.output }}'),
    ],
    outputs: '{{ actions.after.output }}',
  });
  const run = await outcome('again');
  expect(await steps(run.id)).toEqual(['third SUCCEEDED', 'never FAILED', 'after SUCCEEDED']);
  expect(run).toMatchObject({ status: 'PARTIAL', output: 'FAILED 3' });
  expect(run.steps[0]?.attempts).toHaveLength(3);
});

test('records are made, merged, found and deleted, and what changes nothing is told nobody', async () => {
  const { flow, outcome, make, read, engine } = await working();
  await make('team', 'core', { properties: { lead: 'ada' } });
  await flow('register', {
    steps: [
      {
        kind: 'fetchResource',
        id: 'team',
        args: {
          conditions: [
            { field: 'blueprintId', operator: 'eq', value: 'team' },
            { field: 'properties/lead', operator: 'eq', value: '{{ inputs.lead }}' },
          ],
          stopFlowIfNotFound: true,
        },
      },
      {
        kind: 'upsertResource',
        id: 'save',
        args: {
          data: {
            id: '{{ inputs.id }}',
            title: 'A service',
            blueprintId: 'service',
            properties: { stage: '{{ inputs.stage }}', level: '{{ inputs.level }}' },
            relations: { owner: { value: '{{ actions.team.output.id }}' } },
          },
        },
      },
      {
        kind: 'fetchFieldsFromResources',
        id: 'all',
        args: {
          fields: ['id', 'properties/stage'],
          conditions: [
            { field: 'blueprintId', operator: 'eq', value: 'service' },
            { field: 'properties.level', operator: 'gte', value: 2 },
          ],
        },
      },
    ],
    outputs: '{{ actions.all.output }}',
  });
  const first = await outcome('register', { lead: 'ada', id: 'pay', stage: 'beta', level: 3 });
  expect(first).toMatchObject({ errorMessage: null, status: 'SUCCEEDED', output: { id: ['pay'], 'properties/stage': ['beta'] } });
  expect(await read('service', 'pay')).toMatchObject({
    title: 'A service',
    properties: { stage: 'beta', level: 3 },
    relations: { owner: { value: 'core' } },
  });
  await outcome('register', { lead: 'ada', id: 'pay', stage: 'live', level: 3 });
  const again = await outcome('register', { lead: 'ada', id: 'pay', stage: 'live', level: 3 });
  expect(again).toMatchObject({ errorMessage: null, status: 'SUCCEEDED' });
  expect(await read('service', 'pay')).toMatchObject({ properties: { stage: 'live', level: 3 } });
  const events = await engine.app.db.prisma.event.findMany({
    where: { type: { in: ['entity.created', 'entity.updated'] }, blueprint: 'service' },
    orderBy: { id: 'asc' },
  });
  expect(events.map(({ type }) => type)).toEqual(['entity.created', 'entity.updated']);
  expect(events[0]?.causeRunId).toBe(first.id);

  const stopped = await outcome('register', { lead: 'nobody', id: 'other', stage: 'x', level: 1 });
  expect(stopped).toMatchObject({ status: 'SUCCEEDED', stoppedBy: 'team', output: null });
  expect(stopped.steps).toHaveLength(1);

  await flow('clear', {
    steps: [{ kind: 'deleteResource', id: 'gone', args: { blueprintId: 'service', id: 'pay' } }],
    outputs: '{{ actions.gone.output.deleted }}',
  });
  expect(await outcome('clear')).toMatchObject({ status: 'SUCCEEDED', output: 1 });
  expect(await read('service', 'pay')).toBeNull();
});

test('ways, lists and failures that are caught may stand in each other', async () => {
  const { flow, outcome, steps } = await working();
  await flow('nested', {
    steps: [
      {
        kind: 'forEach',
        id: 'each',
        args: { items: '{{ inputs.list }}', parallel: 2 },
        steps: [
          {
            kind: 'branch',
            id: 'size',
            ways: [
              { id: 'big', conditions: [{ field: 'item', operator: 'gt', value: 10 }], steps: [map('word', 'big {{ item }}')] },
              {
                id: 'small',
                steps: [
                  {
                    kind: 'tryCatch',
                    id: 'safe',
                    steps: [
                      {
                        kind: 'code',
                        id: 'odd',
                        args: { code: "export default (n) => { if (n % 2) throw new Error('odd'); return n; }", input: '{{ item }}' },
                      },
                    ],
                    catch: [map('tell', '{{ error.code }} {{ index }}')],
                  },
                ],
              },
            ],
          },
          map('sum', '{{ actions.word.output or actions.tell.output or actions.odd.output }}'),
        ],
      },
    ],
    outputs: '{{ actions.each.output }}',
  });
  const run = await outcome('nested', { list: [12, 3, 4] });
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: ['big 12', 'UNCAUGHT 1', 4] });
  const told = await steps(run.id);
  expect(told).toContain('each[1]/size.small/safe.try/odd FAILED');
  expect(told).toContain('each[1]/size.small/safe.catch/tell SUCCEEDED');
  expect(told).toContain('each[0]/size.big/word SUCCEEDED');
});

test('what a run may use is bounded, and it says by how much', async () => {
  const { flow, outcome } = await working();
  await flow('long', {
    steps: [{ kind: 'forEach', id: 'each', args: { items: '{{ inputs.list }}' }, steps: [map('a', '{{ item }}'), map('b', 1)] }],
  });
  const run = await outcome('long', { list: Array.from({ length: 600 }, (_, n) => n) });
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'TOO_MANY_STEPS' });
  expect(run.errorMessage).toContain('1000');
});

test('steps that are skipped are bounded, too', async () => {
  const { flow, outcome } = await working({ RUN_STEPS: '20' });
  const never = [{ field: 'item', operator: 'lt', value: 0 }];
  const each = (id: string, steps: readonly object[]) => ({
    kind: 'forEach',
    id,
    args: { items: '{{ inputs.list }}' },
    steps: steps as never,
  });
  await flow('wide', { steps: [each('out', [each('in', [map('a', 1, { conditions: never }), map('b', 1, { conditions: never })])])] });
  const run = await outcome('wide', { list: Array.from({ length: 15 }, (_, n) => n) });
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'TOO_MANY_STEPS' });
  expect(run.errorMessage).toContain('200');
  expect(run.steps.length).toBeLessThan(220);
});

test('what a template finds nothing for is not taken for what is absent', async () => {
  const { flow, outcome } = await working();
  await flow('nobody', { steps: [{ kind: 'waitForEvent', id: 'any', args: { type: 'entity.updated', entity: '{{ inputs.who }}' } }] });
  const run = await outcome('nobody');
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'ARGUMENT' });
  expect(run.errorMessage).toContain('entity');
  const each = { kind: 'forEach', id: 'each', args: { items: '{{ inputs.list }}' }, steps: [map('a', 1)] };
  await flow('nothing', { steps: [each], outputs: '{{ actions.each.output }}' });
  expect(await outcome('nothing')).toMatchObject({ status: 'SUCCEEDED', output: [] });
});

test('a flow that a step starts gets inputs that its schema lets through, with their defaults', async () => {
  const { flow, outcome } = await working();
  const inputSchema = {
    type: 'object',
    properties: { n: { type: 'integer' }, unit: { type: 'string', default: 'ms' } },
    required: ['n', 'unit'],
  };
  await flow('child', {
    triggers: [{ manual: { inputSchema } }],
    steps: [map('say', '{{ inputs.n }} {{ inputs.unit }}')],
    outputs: '{{ actions.say.output }}',
  });
  const call = { kind: 'runFlow', id: 'child', args: { flow: 'child', inputs: { n: '{{ inputs.n }}' } } };
  await flow('parent', { steps: [call], outputs: '{{ actions.child.output }}' });
  expect(await outcome('parent', { n: 3 })).toMatchObject({ status: 'SUCCEEDED', output: '3 ms' });
  const run = await outcome('parent', { n: 'three' });
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'ARGUMENT' });
  expect(run.errorMessage).toContain('inputs.n');
});

test('conditions that mean nothing are told as such, before anything is waited for', async () => {
  const { flow, outcome, make } = await working();
  await make('service', 'a');
  const conditions = [
    { field: 'blueprintId', operator: 'eq', value: 'service' },
    { field: 'title', operator: '{{ inputs.how }}', value: 1 },
  ];
  await flow('find', { steps: [{ kind: 'fetchResource', id: 'one', args: { conditions } }] });
  await flow('hear', { steps: [{ kind: 'waitForEvent', id: 'one', args: { type: 'entity.updated', conditions } }] });
  for (const key of ['find', 'hear'])
    expect(await outcome(key, { how: 'resembles' }), key).toMatchObject({ status: 'FAILED', errorCode: 'ARGUMENT' });
  const wrong = [{ field: 'title', operator: 'resembles', value: 1 }];
  await expect(flow('late', { steps: [{ kind: 'fetchResource', id: 'one', args: { conditions: wrong } }] })).rejects.toMatchObject({
    fields: [{ path: ['steps', '0', 'args', 'conditions', '0', 'operator'] }],
  });
});

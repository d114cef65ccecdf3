import { testAction } from '#domain/action/test.service';
import { type TestAnswer, takeAnswer } from '#domain/code/test.service';
import { ConflictError } from '#domain/errors';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { actionPlaceFields, place } from './action.inputs.js';
import { placeOf } from './action.mutations.js';

const TestActionInput = builder.inputType('TestActionInput', {
  description: `Which action to test. ${place}`,
  fields: (t) => ({
    ...actionPlaceFields(t),
    payload: t.field({ type: 'JSON', required: true, description: 'What its code gets: the event, for an action of a trigger point.' }),
  }),
});

const TestLog = builder.objectRef<TestAnswer['logs'][number]>('TestLog').implement({
  description: 'A line that the code logged.',
  fields: (t) => ({
    level: t.exposeString('level', { description: 'DEBUG, INFO, WARN or ERROR.' }),
    message: t.exposeString('message', { description: 'The line.' }),
    after: t.field({ type: 'Duration', description: 'How long after the start.', resolve: ({ afterMs }) => afterMs }),
  }),
});

const TestCommand = builder.objectRef<TestAnswer['commands'][number]>('TestCommand').implement({
  description: 'What the code asked for through `api`.',
  fields: (t) => ({
    command: t.exposeString('command', { description: 'Its name, such as `access.deny`.' }),
    arguments: t.field({
      type: ['JSON'],
      description: 'Its arguments.',
      nullable: { list: false, items: true },
      resolve: (row) => [...row.arguments],
    }),
  }),
});

const TestCall = builder.objectRef<TestAnswer['calls'][number]>('TestCall').implement({
  description: 'A call of another server that the code made. It was really made.',
  fields: (t) => ({
    method: t.exposeString('method', { description: 'Its method.' }),
    url: t.exposeString('url', { description: 'Its URL, without secrets.' }),
    statusCode: t.exposeInt('statusCode', { nullable: true, description: 'The status of the answer; null when there was none.' }),
    error: t.exposeString('error', { nullable: true, description: 'Why there was no answer.' }),
  }),
});

const TestError = builder.objectRef<NonNullable<TestAnswer['error']>>('TestError').implement({
  description: 'Why the code failed.',
  fields: (t) => ({
    code: t.exposeString('code', { description: '`UNCAUGHT`, `TIMEOUT`, `MEMORY` …' }),
    message: t.exposeString('message', { description: 'What happened.' }),
    line: t.exposeInt('line', { nullable: true, description: 'In the code, from 1.' }),
    column: t.exposeInt('column', { nullable: true, description: 'In the line, from 1.' }),
  }),
});

interface Tested extends TestAnswer {
  readonly payload: unknown;
}

/** As long as any synchronous answer takes at most (docs/guarantees.md). */
const waitMs = 25_000;

mutation<typeof TestActionInput.$inferInput, Tested>('testAction', {
  description:
    'Runs what was last saved of an action once, with a payload, and answers what came of it. Nothing is stored and no run is made. Its secrets and its calls of other servers are real.',
  input: TestActionInput,
  success: 'The code was run; `error` says whether it failed.',
  fields: (t) => ({
    payload: t.field({ type: 'JSON', nullable: true, description: 'What it got.', resolve: ({ payload }) => payload }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it returned; null when nothing, or when it failed.',
      resolve: ({ output }) => output,
    }),
    commands: t.field({
      type: [TestCommand],
      description: 'What it asked for through `api`, in order.',
      resolve: (row) => [...row.commands],
    }),
    logs: t.field({ type: [TestLog], description: 'What it logged.', resolve: (row) => [...row.logs] }),
    calls: t.field({ type: [TestCall], description: 'The calls that it made.', resolve: (row) => [...row.calls] }),
    duration: t.field({ type: 'Duration', description: 'How long it ran.', resolve: ({ durationMs }) => durationMs }),
    error: t.expose('error', { type: TestError, nullable: true, description: 'Why it failed; null when it did not.' }),
  }),
  run: async ({ payload, ...input }, context) => {
    const { app, viewer } = context;
    const id = await transact(app, viewer, (work) => testAction(work, placeOf(context, input), payload));
    const answer = await takeAnswer(app, id, waitMs);
    if (answer === null) throw new ConflictError('No worker ran the test in time.', 'NO_WORKER');
    return { ...answer, payload };
  },
});

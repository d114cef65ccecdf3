import { type Backfill, backfillSchedule } from '#domain/schedule/schedule.backfill.service';
import { backfillCount } from '#domain/schedule/schedule.input';
import { createSchedule, deleteSchedule, disableSchedule, enableSchedule, updateSchedule } from '#domain/schedule/schedule.service';
import type { Work } from '#domain/work';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { MisfirePolicy, OverlapPolicy } from '#schema/enums';
import { type Fields, mutation } from '#schema/mutation';
import { automationNames, decodeId, encodeId } from '#schema/node';
import { timing } from './schedule.timing.js';
import { Schedule, loadSchedule } from './schedule.js';

const CreateScheduleInput = builder.inputType('CreateScheduleInput', {
  description: 'A new schedule.',
  fields: (t) => ({
    automation: t.id({ required: true, description: 'The id of what it runs.' }),
    environment: t.string({ description: 'The key of the environment whose version it runs; `production` when absent.' }),
    ...timing(t),
    jitter: t.field({
      type: 'Duration',
      description: 'Delays each fire by up to this, P1D or less; shorter than the interval. None when absent.',
    }),
    payload: t.field({ type: 'JSON', description: 'The input of its runs.' }),
    misfire: t.field({ type: MisfirePolicy, description: 'What happens to fires that were missed; RUN_ONCE when absent.' }),
    overlap: t.field({
      type: OverlapPolicy,
      description: 'What happens when a fire is due while an earlier run goes on; SKIP when absent.',
    }),
    enabled: t.boolean({ description: 'Whether it fires; true when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same schedule.' }),
  }),
});

const UpdateScheduleInput = builder.inputType('UpdateScheduleInput', {
  description:
    'Changes of a schedule. What is absent stays as it is; another one of `cron`, `interval` and `at` makes it a schedule of that kind.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id.' }),
    ...timing(t),
    jitter: t.field({
      type: 'Duration',
      description: 'Delays each fire by up to this, P1D or less; shorter than the interval. null: none.',
    }),
    payload: t.field({ type: 'JSON', description: 'The input of its runs.' }),
    misfire: t.field({ type: MisfirePolicy, description: 'What happens to fires that were missed.' }),
    overlap: t.field({ type: OverlapPolicy, description: 'What happens when a fire is due while an earlier run goes on.' }),
  }),
});

interface Written {
  /** The schedule's UUID. */
  readonly id: string;
}

function scheduleField(description: string): Fields<Written> {
  return (t) => ({
    schedule: t.field({
      type: Schedule,
      description,
      resolve: ({ id }, _args, context) => written(context, id),
    }),
  });
}

async function written(context: SignedIn, id: string) {
  const row = await loadSchedule(context, id);
  if (row === null) throw new Error('A schedule that was just written is not there.');
  return row;
}

async function write(context: SignedIn, service: (work: Work) => Promise<string>): Promise<Written> {
  return { id: await transact(context.app, context.viewer, service) };
}

function placeInput(name: string, description: string) {
  return builder.inputType(name, { description, fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }) });
}

export const CreateScheduleResult = mutation('createSchedule', {
  description: 'Makes an automation run by itself: by a cron expression, at an interval, or once.',
  input: CreateScheduleInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The schedule is there.',
  fields: scheduleField('The new schedule.'),
  run: ({ automation, environment, ...input }, context) =>
    write(context, (work) =>
      createSchedule(work, { ...input, automationId: decodeId(automationNames, automation, ['automation']), environmentKey: environment }),
    ),
});

export const UpdateScheduleResult = mutation('updateSchedule', {
  description:
    'Changes a schedule. When its timing changes, its next fire is counted anew from now, and one that had fired once fires again.',
  input: UpdateScheduleInput,
  success: 'The schedule is changed.',
  fields: scheduleField('The schedule as it is now.'),
  run: ({ id, ...changes }, context) => write(context, (work) => updateSchedule(work, decodeId('Schedule', id), changes)),
});

export const DeleteScheduleResult = mutation<Written, Written>('deleteSchedule', {
  description: 'Deletes a schedule with its ledger. Its runs stay.',
  input: placeInput('DeleteScheduleInput', 'Which schedule to delete.'),
  success: 'The schedule is deleted.',
  fields: (t) => ({ deletedId: t.id({ description: 'The id of the deleted schedule.', resolve: ({ id }) => encodeId('Schedule', id) }) }),
  run: ({ id }, context) => write(context, (work) => deleteSchedule(work, decodeId('Schedule', id))),
});

export const EnableScheduleResult = mutation('enableSchedule', {
  description: 'Lets a schedule fire again, from now on.',
  input: placeInput('EnableScheduleInput', 'Which schedule to enable.'),
  success: 'The schedule fires.',
  fields: scheduleField('The schedule.'),
  run: ({ id }, context) => write(context, (work) => enableSchedule(work, decodeId('Schedule', id))),
});

export const DisableScheduleResult = mutation('disableSchedule', {
  description: 'Stops a schedule. A run of it that is under way goes on.',
  input: placeInput('DisableScheduleInput', 'Which schedule to disable.'),
  success: 'The schedule rests.',
  fields: scheduleField('The schedule.'),
  run: ({ id }, context) => write(context, (work) => disableSchedule(work, decodeId('Schedule', id))),
});

const BackfillScheduleInput = builder.inputType('BackfillScheduleInput', {
  description: 'For which past times of a schedule to make the runs that are missing.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the schedule.' }),
    from: t.field({ type: 'DateTime', required: true, description: 'The first nominal time.' }),
    until: t.field({ type: 'DateTime', required: true, description: 'Nominal times before this.' }),
    dryRun: t.boolean({ description: 'Only counts; false when absent.' }),
    limit: t.int({
      description: `With more gaps than this nothing is made, 1 to ${backfillCount}; ${backfillCount} when absent. A dry run counts them all.`,
    }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same.' }),
  }),
});

export const BackfillScheduleResult = mutation<typeof BackfillScheduleInput.$inferInput, Backfill & { readonly dryRun: boolean }>(
  'backfillSchedule',
  {
    description:
      'Makes the runs of past nominal times that have none, because they were skipped or nobody was there, in their order and at once. By the timing that the schedule has now; also when it is disabled.',
    input: BackfillScheduleInput,
    errors: ['IDEMPOTENCY_CONFLICT'],
    success: 'The gaps are counted and, but for a dry run, filled.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'How many gaps there were.' }),
      first: t.field({ type: ['DateTime'], description: 'The first ten of them.', resolve: ({ first }) => [...first] }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was made.' }),
      schedule: t.field({
        type: Schedule,
        description: 'The schedule.',
        resolve: ({ scheduleId }, _args, context) => written(context, scheduleId),
      }),
    }),
    run: async ({ id, ...input }, context) => {
      const scheduleId = decodeId('Schedule', id);
      const backfill = await transact(context.app, context.viewer, (work) => backfillSchedule(work, scheduleId, input));
      return { ...backfill, dryRun: input.dryRun ?? false };
    },
  },
);

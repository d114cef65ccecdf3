import { previewCount } from '#domain/schedule/schedule.input';
import { type PreviewedFire, previewSchedule } from '#domain/schedule/schedule.preview';
import { builder } from '#schema/builder';

const PreviewedFireType = builder.objectRef<PreviewedFire>('PreviewedFire').implement({
  description: 'A time at which a schedule would fire.',
  fields: (t) => ({
    nominalAt: t.expose('nominalAt', { type: 'DateTime', description: 'When; a jitter would delay it.' }),
    local: t.exposeString('local', {
      description: 'The same by the clocks of the time zone (RFC 9557): `2026-03-29T03:00:00+02:00[Europe/Paris]`.',
    }),
    note: t.exposeString('note', {
      nullable: true,
      description: 'What daylight saving did to it: a time that does not exist was moved, or one that is shown twice fires once.',
    }),
  }),
});

const SchedulePreview = builder.objectRef<{ readonly fires: PreviewedFire[] }>('SchedulePreview').implement({
  description: 'What a schedule would do.',
  fields: (t) => ({
    fires: t.field({ type: [PreviewedFireType], description: 'Its next fires, the first one first.', resolve: ({ fires }) => fires }),
  }),
});

builder.queryField('previewSchedule', (t) =>
  t.field({
    type: SchedulePreview,
    description:
      'When a schedule with this timing would fire, without making it. Ends the request with INVALID_INPUT for one that cannot be made.',
    args: {
      cron: t.arg({ type: 'Cron', description: 'Exactly one of `cron`, `interval` and `at` is given.' }),
      interval: t.arg({ type: 'Duration', description: 'Between two fires.' }),
      at: t.arg({ type: 'DateTime', description: 'One moment.' }),
      timeZone: t.arg({ type: 'TimeZone', description: 'In which cron is read and the times are written; UTC when absent.' }),
      startAt: t.arg({ type: 'DateTime', description: 'As in `createSchedule`.' }),
      endAt: t.arg({ type: 'DateTime', description: 'As in `createSchedule`.' }),
      count: t.arg.int({ description: `How many fires, 1 to ${previewCount}; 10 when absent.` }),
    },
    complexity: ({ count }) => ({ field: 5, multiplier: Math.min(Math.max(count ?? 10, 1), previewCount) }),
    resolve: (_root, args, { app }) => ({ fires: previewSchedule(args, app.clock.now()) }),
  }),
);

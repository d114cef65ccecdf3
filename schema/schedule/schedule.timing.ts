import type { GraphTypes } from '#schema/builder';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

/** The fields that say when a schedule fires, of every input that has them. */
export function timing(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) {
  return {
    cron: t.field({
      type: 'Cron',
      description: 'When it fires, by the clocks of the time zone. Exactly one of `cron`, `interval` and `at` is given.',
    }),
    interval: t.field({ type: 'Duration', description: 'Between two fires, PT1S or more.' }),
    at: t.field({ type: 'DateTime', description: 'The one moment at which it fires; not in the past.' }),
    timeZone: t.field({ type: 'TimeZone', description: 'In which cron is read; UTC when it was never given.' }),
    startAt: t.field({
      type: 'DateTime',
      description: 'Of an interval: its first nominal fire; one interval from now when absent. Of cron: no fire before it.',
    }),
    endAt: t.field({ type: 'DateTime', description: 'After this it no longer fires; null: it has no end.' }),
  };
}

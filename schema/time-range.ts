import { builder } from './builder.js';

export const TimeRange = builder.inputType('TimeRange', {
  description: 'A stretch of time. An end that is not given is open.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'At this moment or later.' }),
    until: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
});

type Given = typeof TimeRange.$inferInput | null | undefined;

/** The range in the words of the domain. */
export function range(given: Given): { readonly from: Date | undefined; readonly until: Date | undefined } | undefined {
  return given == null ? undefined : { from: given.from ?? undefined, until: given.until ?? undefined };
}

/** A condition of Prisma: the moment is in the range. */
export function within(given: Exclude<Given, null | undefined>): { gte?: Date; lt?: Date } {
  return { ...(given.from == null ? {} : { gte: given.from }), ...(given.until == null ? {} : { lt: given.until }) };
}

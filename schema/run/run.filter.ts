import type { Prisma } from '#platform/db/generated/prisma/client';
import { readRunKey, readTags } from '#domain/run/run.input';
import { type RunFilter as WantedRuns, filterWhere, resolveFilter } from '#domain/run/run.filter';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { RunStatus, RunTrigger } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { TagInput } from '#schema/flow/tag';
import { automationNames, decodeId } from '#schema/node';
import { TimeRange, range } from '#schema/time-range';

export const RunFilter = builder.inputType('RunFilter', {
  description: 'Which runs are wanted. All given conditions hold.',
  fields: (t) => ({
    status: t.field({ type: [RunStatus], description: 'Where they stand: any of these.' }),
    automation: t.id({ description: 'Runs of the automation with this id.' }),
    automationKey: t.string({ description: 'Runs of the automations with this key, deleted ones included.' }),
    app: t.id({ description: 'Runs of the automations of the app with this id.' }),
    schedule: t.id({ description: 'Runs that the schedule with this id made.' }),
    thread: t.id({ description: 'Runs on the thread with this id.' }),
    trigger: t.field({ type: [RunTrigger], description: 'What started them: any of these.' }),
    triggerPoint: t.string({ description: 'Executions of the trigger point with this key.' }),
    errorCode: t.stringList({ description: 'Why they failed: any of these codes.' }),
    key: t.string({ description: 'The run with this key, which a client gave it.' }),
    tags: t.field({ type: [TagInput], description: 'Runs with all of these tags, up to 50.' }),
    queuedAt: t.field({ type: TimeRange, description: 'When they were queued.' }),
    finishedAt: t.field({ type: TimeRange, description: 'When they became final.' }),
  }),
});

export type GivenFilter = typeof RunFilter.$inferInput;

/** The filter in the words of the domain. Throws request errors for ids that are none and for lists that are too long. */
export function wantedRuns(filter: GivenFilter | null | undefined, path: readonly string[] = ['filter']): WantedRuns {
  const { status, automation, automationKey, app, schedule, thread, trigger, triggerPoint, errorCode, key, tags, queuedAt, finishedAt } =
    filter ?? {};
  return {
    statuses: status == null ? undefined : anyOf('status', status),
    automationId: automation == null ? undefined : decodeId(automationNames, automation, [...path, 'automation']),
    automationKey: automationKey ?? undefined,
    appId: app == null ? undefined : decodeId('App', app, [...path, 'app']),
    scheduleId: schedule == null ? undefined : decodeId('Schedule', schedule, [...path, 'schedule']),
    threadId: thread == null ? undefined : decodeId('Thread', thread, [...path, 'thread']),
    triggers: trigger == null ? undefined : anyOf('trigger', trigger),
    triggerPoint: triggerPoint ?? undefined,
    errorCodes: errorCode == null ? undefined : anyOf('errorCode', errorCode),
    key: key == null ? undefined : readRunKey(key, [...path, 'key']),
    tags: tags == null || tags.length === 0 ? undefined : readTags(tags, [...path, 'tags']),
    queuedAt: range(queuedAt),
    finishedAt: range(finishedAt),
  };
}

/** The filter of a list, as Prisma reads it. */
export async function runsWhere(
  { app, viewer }: SignedIn,
  filter: GivenFilter | null | undefined,
  workspaceIds: readonly string[],
): Promise<Prisma.RunWhereInput[]> {
  return filterWhere(await resolveFilter(app.db.prisma, viewer, wantedRuns(filter), workspaceIds));
}

import type { Database } from '#platform/db/database';
import type { Prisma } from '#platform/db/generated/prisma/client';
import type { RunStatus, RunTrigger } from '#platform/db/generated/prisma/enums';
import { readableAutomations } from '#domain/automation/automation.policy';
import type { Viewer } from '#domain/tenant/viewer';

/** At `from` or later, before `until`. */
export interface MomentRange {
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

/** Which runs; ids are UUIDs. All given conditions hold. */
export interface RunFilter {
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly automationId?: string | undefined;
  /** The automations with this key, deleted ones included. */
  readonly automationKey?: string | undefined;
  readonly appId?: string | undefined;
  readonly scheduleId?: string | undefined;
  readonly threadId?: string | undefined;
  readonly triggers?: readonly RunTrigger[] | undefined;
  /** The key of a trigger point. */
  readonly triggerPoint?: string | undefined;
  readonly errorCodes?: readonly string[] | undefined;
  /** The name that a client gave it. */
  readonly key?: string | undefined;
  /** All of these. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | undefined;
  readonly queuedAt?: MomentRange | undefined;
  readonly finishedAt?: MomentRange | undefined;
}

/** A filter in which names are resolved: it needs no more than the table of runs. */
export interface ResolvedFilter extends Omit<RunFilter, 'automationKey'> {
  /** Null: of any automation. */
  readonly automationIds: readonly string[] | null;
}

/** Looks the automations of a key up first, so that the runs are read by their index and not joined. */
export async function resolveFilter(
  prisma: Pick<Database['prisma'], 'automation'>,
  viewer: Viewer,
  { automationKey, ...filter }: RunFilter,
  workspaceIds: readonly string[],
): Promise<ResolvedFilter> {
  if (automationKey === undefined) return { ...filter, automationIds: null };
  const named = await prisma.automation.findMany({
    where: { ...readableAutomations(viewer), workspaceId: { in: [...workspaceIds] }, key: automationKey },
    select: { id: true },
  });
  return { ...filter, automationIds: named.map(({ id }) => id) };
}

/** The filter as Prisma reads it, for lists. {@link filterSql} says the same. */
export function filterWhere(filter: ResolvedFilter): Prisma.RunWhereInput[] {
  const where: Prisma.RunWhereInput[] = [];
  if (filter.statuses !== undefined) where.push({ status: { in: [...filter.statuses] } });
  if (filter.triggers !== undefined) where.push({ trigger: { in: [...filter.triggers] } });
  if (filter.triggerPoint !== undefined) where.push({ triggerPoint: filter.triggerPoint });
  if (filter.errorCodes !== undefined) where.push({ errorCode: { in: [...filter.errorCodes] } });
  if (filter.key !== undefined) where.push({ key: filter.key });
  if (filter.tags !== undefined) where.push({ tags: { array_contains: [...filter.tags] } });
  if (filter.automationId !== undefined) where.push({ automationId: filter.automationId });
  if (filter.automationIds !== null) where.push({ automationId: { in: [...filter.automationIds] } });
  if (filter.appId !== undefined) where.push({ automation: { appId: filter.appId } });
  if (filter.scheduleId !== undefined) where.push({ scheduleId: filter.scheduleId });
  if (filter.threadId !== undefined) where.push({ threadId: filter.threadId });
  for (const column of ['queuedAt', 'finishedAt'] as const) {
    const { from, until } = filter[column] ?? {};
    if (from !== undefined) where.push({ [column]: { gte: from } });
    if (until !== undefined) where.push({ [column]: { lt: until } });
  }
  return where;
}

/** Part of a statement: conditions on the run `r`, joined by AND, and the values that they number from `first` on. */
export interface FilterSql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The filter in SQL, within workspaces, for statements that Prisma cannot say. Only what is given is asked, so that indexes apply. */
export function filterSql(workspaceIds: readonly string[], filter: ResolvedFilter, first: number): FilterSql {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const add = (condition: (place: string) => string, value: unknown): void => {
    conditions.push(condition(`$${first + values.length}`));
    values.push(value);
  };
  add((place) => `r."workspaceId" = ANY(${place}::uuid[])`, [...workspaceIds]);
  if (filter.statuses !== undefined) add((place) => `r.status = ANY(${place}::text[]::"RunStatus"[])`, [...filter.statuses]);
  if (filter.triggers !== undefined) add((place) => `r.trigger = ANY(${place}::text[]::"RunTrigger"[])`, [...filter.triggers]);
  if (filter.triggerPoint !== undefined) add((place) => `r."triggerPoint" = ${place}`, filter.triggerPoint);
  if (filter.errorCodes !== undefined) add((place) => `r."errorCode" = ANY(${place}::text[])`, [...filter.errorCodes]);
  if (filter.key !== undefined) add((place) => `r.key = ${place}`, filter.key);
  if (filter.tags !== undefined) add((place) => `r.tags @> ${place}::jsonb`, JSON.stringify(filter.tags));
  if (filter.automationId !== undefined) add((place) => `r."automationId" = ${place}::uuid`, filter.automationId);
  if (filter.automationIds !== null) add((place) => `r."automationId" = ANY(${place}::uuid[])`, [...filter.automationIds]);
  if (filter.appId !== undefined)
    add((place) => `r."automationId" IN (SELECT a.id FROM "Automation" a WHERE a."appId" = ${place}::uuid)`, filter.appId);
  if (filter.scheduleId !== undefined) add((place) => `r."scheduleId" = ${place}::uuid`, filter.scheduleId);
  if (filter.threadId !== undefined) add((place) => `r."threadId" = ${place}::uuid`, filter.threadId);
  for (const column of ['queuedAt', 'finishedAt'] as const) {
    const { from, until } = filter[column] ?? {};
    if (from !== undefined) add((place) => `r."${column}" >= ${place}::timestamptz`, from);
    if (until !== undefined) add((place) => `r."${column}" < ${place}::timestamptz`, until);
  }
  return { text: conditions.join(' AND '), values };
}

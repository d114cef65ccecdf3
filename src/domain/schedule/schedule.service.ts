import { Prisma, type Schedule } from '#platform/db/generated/prisma/client';
import { assertAction } from '#domain/automation/automation.policy';
import { newId } from '#platform/ids';
import { InvalidInputError, LimitExceededError, NotFoundError } from '#domain/errors';
import { invalid, parseInput, retold } from '#domain/input';
import { once } from '#domain/tenant/idempotency';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Work } from '#domain/work';
import {
  type CreateScheduleInput,
  type OwnScheduleInput,
  type UpdateScheduleInput,
  createInput,
  ownInput,
  updateInput,
} from './schedule.input.js';
import { movedColumns, skip, skipPending, wasDecided, wentBy } from './pending.service.js';
import { nextColumns, noColumns } from './schedule.time.js';
import { type Timing, type TimingWish, differs, isSpent, pastProblems, timingOf } from './schedule.timing.js';

export type { CreateScheduleInput, OwnScheduleInput, UpdateScheduleInput } from './schedule.input.js';

export const needs = { see: 'schedule.read', change: 'schedule.write', noun: 'schedule' } as const;

/** Schedules of one automation: all of them follow it when it is enabled or disabled. */
export const mostSchedules = 100;

interface ScheduledAutomation {
  readonly id: string;
  readonly workspaceId: string;
  readonly enabled: boolean;
}

/** What a client may say about a schedule, as the schemas of `schedule.input.ts` give it. */
interface Wish extends TimingWish {
  readonly payload?: unknown;
  readonly misfire?: Schedule['misfire'] | null | undefined;
  readonly overlap?: Schedule['overlap'] | null | undefined;
  readonly enabled?: boolean | null | undefined;
}

function payloadColumns(payload: unknown) {
  if (payload === null || payload === undefined) return { payload: Prisma.DbNull, payloadBytes: 0 };
  return { payload: payload as Prisma.InputJsonValue, payloadBytes: Buffer.byteLength(JSON.stringify(payload)) };
}

/** A timing for a person to read, in the audit log. */
function timingText({ kind, cron, intervalMs, timeZone, startAt, endAt, jitterMs }: Timing) {
  return {
    kind,
    cron,
    intervalMs: intervalMs === null ? null : Number(intervalMs),
    timeZone,
    startAt: startAt.toISOString(),
    endAt: endAt?.toISOString() ?? null,
    jitterMs,
  };
}

/** Makes a schedule of an automation and answers its id. An interval without a start first fires one interval from now. */
export async function createSchedule(work: Work, raw: CreateScheduleInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const automation = await holdAutomation(work, input.automationId);
  const { workspaceId } = automation;
  const find = (id: string) => work.tx.schedule.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createSchedule', key: idempotencyKey, body: input, find }, () =>
    insert(work, automation, input, { environmentKey: input.environmentKey ?? productionKey, own: false }),
  );
}

/** The automation is new or locked, so that two schedules that are made at once count each other. */
async function insert(
  work: Work,
  automation: ScheduledAutomation,
  wish: Wish,
  { environmentKey, own }: { readonly environmentKey: string; readonly own: boolean },
): Promise<string> {
  const { workspaceId } = automation;
  const environment = await work.tx.environment.findUnique({ where: { workspaceId_key: { workspaceId, key: environmentKey } } });
  if (environment === null) throw invalid(['environment'], 'There is no such environment in the workspace.', 'UNKNOWN_ENVIRONMENT');
  const timing = timingOf(wish, null, work.now);
  if ((await work.tx.schedule.count({ where: { automationId: automation.id } })) >= mostSchedules)
    throw new LimitExceededError(`An action has at most ${mostSchedules} schedules.`, mostSchedules);
  const id = newId();
  const enabled = wish.enabled ?? true;
  await work.tx.schedule.create({
    data: {
      id,
      workspaceId,
      automationId: automation.id,
      environmentId: environment.id,
      own,
      ...timing,
      ...payloadColumns(wish.payload),
      misfire: wish.misfire ?? 'RUN_ONCE',
      overlap: wish.overlap ?? 'SKIP',
      enabled,
      ...(enabled && automation.enabled ? nextColumns({ id, ...timing }, work.now) : noColumns),
      createdAt: work.now,
      updatedAt: work.now,
    },
  });
  await audit(work, {
    workspaceId,
    operation: 'createSchedule',
    subjectType: 'Schedule',
    subjectId: id,
    change: { automationId: automation.id, ...timingText(timing) },
  });
  work.wake('schedules', []);
  return id;
}

/** The automation that is to have another schedule, locked until the end of the work. */
async function holdAutomation(work: Work, automationId: string): Promise<ScheduledAutomation> {
  const found = () => work.tx.automation.findFirst({ where: { id: automationId, deletedAt: null } });
  const requirement = { ...needs, see: 'automation.read', noun: 'automation' } as const;
  assertAction(permitted(work.viewer, await found(), requirement), 'A schedule runs an action.');
  const hold = { name: 'schedule.automation.hold', text: 'SELECT id FROM "Automation" WHERE id = $1::uuid FOR NO KEY UPDATE' };
  await work.sql.query(hold, [automationId]);
  return permitted(work.viewer, await found(), requirement);
}

/** Keeps an automation from being enabled or disabled until the end of the work: its schedules follow it, and must see each other. */
async function shareAutomation(work: Work, automationId: string): Promise<void> {
  await work.sql.query({ name: 'schedule.automation', text: 'SELECT id FROM "Automation" WHERE id = $1::uuid FOR SHARE' }, [automationId]);
}

/** The schedule, locked until the end of the work, so that no tick is decided meanwhile. */
export async function lockSchedule(work: Work, scheduleId: string): Promise<Schedule & { readonly live: boolean }> {
  const { automationId } = permitted(work.viewer, await work.tx.schedule.findUnique({ where: { id: scheduleId } }), needs);
  await shareAutomation(work, automationId);
  await work.sql.query({ name: 'schedule.lock', text: 'SELECT id FROM "Schedule" WHERE id = $1::uuid FOR UPDATE' }, [scheduleId]);
  const schedule = await work.tx.schedule.findUnique({
    where: { id: scheduleId },
    include: { automation: { select: { enabled: true, deletedAt: true } } },
  });
  if (schedule === null) throw new NotFoundError('No such schedule.');
  const { automation, ...row } = schedule;
  return { ...row, live: automation.enabled && automation.deletedAt === null };
}

/** Changes what is given; the next fire is counted anew from now when the timing changes. Answers the id. */
export async function updateSchedule(work: Work, scheduleId: string, raw: UpdateScheduleInput): Promise<string> {
  const input = parseInput(updateInput(work.platform.config), raw);
  await change(work, await lockSchedule(work, scheduleId), input);
  return scheduleId;
}

async function change(work: Work, before: Schedule & { readonly live: boolean }, wish: Wish): Promise<void> {
  const timing = timingOf(wish, before, work.now);
  const timed = differs(timing, before);
  // Another moment arms it again: nobody had disabled it.
  const enabled = wish.enabled ?? (before.enabled || (timed && isSpent(before, work.now) && (await wasDecided(work, before))));
  if (enabled && !before.enabled) refusePast(timing, work.now);
  const moved = timed || enabled !== before.enabled;
  const fires = enabled && before.live;
  if (moved && !fires) await skipPending(work, [before], 'disabled');
  await work.tx.schedule.update({
    where: { id: before.id },
    data: {
      ...timing,
      ...(wish.payload === undefined ? {} : payloadColumns(wish.payload)),
      ...(wish.misfire == null ? {} : { misfire: wish.misfire }),
      ...(wish.overlap == null ? {} : { overlap: wish.overlap }),
      enabled,
      ...(!moved ? {} : fires ? await movedColumns(work, before, { id: before.id, ...timing }) : noColumns),
      updatedAt: work.now,
    },
  });
  await audit(work, {
    workspaceId: before.workspaceId,
    operation: 'updateSchedule',
    subjectType: 'Schedule',
    subjectId: before.id,
    change: differences(
      { ...timingText(before), misfire: before.misfire, overlap: before.overlap, enabled: before.enabled },
      { ...timingText(timing), misfire: wish.misfire ?? undefined, overlap: wish.overlap ?? undefined, enabled },
    ),
  });
  work.wake('schedules', []);
}

function refusePast(timing: Pick<Timing, 'kind' | 'startAt'>, now: Date): void {
  const problems = pastProblems(timing, now);
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** Deletes a schedule with its ledger; its runs stay. Answers the id. */
export async function deleteSchedule(work: Work, scheduleId: string): Promise<string> {
  await remove(work, await lockSchedule(work, scheduleId));
  return scheduleId;
}

async function remove(work: Work, { id, workspaceId, automationId }: Schedule): Promise<void> {
  await work.tx.schedule.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteSchedule', subjectType: 'Schedule', subjectId: id, change: { automationId } });
}

/** Lets a schedule fire again, from now on. Answers the id. Throws InvalidInputError (`at`) for one whose only moment is over. */
export function enableSchedule(work: Work, scheduleId: string): Promise<string> {
  return setEnabled(work, scheduleId, true);
}

/** Stops a schedule; a run of it that is under way goes on. Answers the id. */
export function disableSchedule(work: Work, scheduleId: string): Promise<string> {
  return setEnabled(work, scheduleId, false);
}

async function setEnabled(work: Work, scheduleId: string, enabled: boolean): Promise<string> {
  const before = await lockSchedule(work, scheduleId);
  if (before.enabled === enabled) return scheduleId;
  if (enabled) refusePast(before, work.now);
  else await skipPending(work, [before], 'disabled');
  await work.tx.schedule.update({
    where: { id: scheduleId },
    data: { enabled, ...(enabled && before.live ? nextColumns(before, work.now) : noColumns), updatedAt: work.now },
  });
  const operation = enabled ? 'enableSchedule' : 'disableSchedule';
  await audit(work, {
    workspaceId: before.workspaceId,
    operation,
    subjectType: 'Schedule',
    subjectId: scheduleId,
    change: { enabled: { from: !enabled, to: enabled } },
  });
  work.wake('schedules', []);
  return scheduleId;
}

/**
 * The schedule that is written with its action: makes it, changes what is given of it, or (null) deletes it. The automation is new or locked.
 * Throws InvalidInputError with paths under `schedule`, and ForbiddenError.
 */
export async function putOwnSchedule(work: Work, automation: ScheduledAutomation, raw: OwnScheduleInput | null): Promise<void> {
  assertCan(work.viewer, automation.workspaceId, needs.change);
  const found = await work.tx.schedule.findFirst({ where: { automationId: automation.id, own: true }, select: { id: true } });
  const before = found === null ? null : await lockSchedule(work, found.id);
  if (raw === null) {
    if (before !== null) await remove(work, before);
    return;
  }
  const write = async (): Promise<void> => {
    const input = parseInput(ownInput(work.platform.config), raw);
    if (before === null) await insert(work, automation, input, { environmentKey: productionKey, own: true });
    else await change(work, { ...before, live: automation.enabled }, input);
  };
  await retold(write, (field) => ({ ...field, path: ['schedule', ...field.path] }));
}

/** The schedules of an automation that was just enabled or disabled: they fire from now on, or not at all. */
export async function followAutomation(work: Work, automationId: string, enabled: boolean): Promise<void> {
  await work.sql.query(lockAll, [automationId]);
  const schedules = await work.tx.schedule.findMany({ where: { automationId, ...(enabled ? { enabled } : {}) } });
  if (!enabled) {
    await skipPending(work, schedules, 'automationDisabled');
    await work.tx.schedule.updateMany({ where: { automationId }, data: noColumns });
    return;
  }
  // A moment that went by meanwhile is not caught up, and there is no other.
  const over = schedules.filter((schedule) => pastProblems(schedule, work.now).length > 0);
  await skip(
    work,
    over.map(({ id, startAt }) => ({ scheduleId: id, nominalAt: startAt })),
    wentBy,
  );
  const next = schedules.map((schedule) => (over.includes(schedule) ? noColumns : nextColumns(schedule, work.now)));
  await work.sql.query(moveAll, [
    schedules.map((schedule) => schedule.id),
    schedules.map((schedule) => !over.includes(schedule)),
    next.map((columns) => columns.nextNominalAt),
    next.map((columns) => columns.nextFireAt),
  ]);
  work.wake('schedules', []);
}

const lockAll = {
  name: 'schedule.lock.all',
  text: 'SELECT id FROM "Schedule" WHERE "automationId" = $1::uuid ORDER BY id FOR UPDATE',
};

const moveAll = {
  name: 'schedule.move.all',
  text: `
UPDATE "Schedule" s SET enabled = t.enabled, "nextNominalAt" = t."nextNominalAt", "nextFireAt" = t."nextFireAt"
FROM unnest($1::uuid[], $2::boolean[], $3::timestamptz[], $4::timestamptz[]) AS t(id, enabled, "nextNominalAt", "nextFireAt") WHERE s.id = t.id`,
};

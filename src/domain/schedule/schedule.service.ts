import { Prisma, type Schedule } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { NotFoundError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { once } from '#domain/tenant/idempotency';
import { permitted } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { type CreateScheduleInput, createInput, type UpdateScheduleInput, updateInput } from './schedule.input.js';
import { type Cadence, nextNominal } from './schedule.time.js';

export type { CreateScheduleInput, UpdateScheduleInput } from './schedule.input.js';

const needs = { see: 'schedule.read', change: 'schedule.write', noun: 'schedule' } as const;

interface Timing {
  readonly startAt: Date;
  readonly intervalMs: bigint | null;
  readonly endAt: Date | null;
}

/** When it fires next, seen from now: past times are not caught up. */
function nextFireAt(timing: Timing, now: Date): Date | null {
  const cadence: Cadence = {
    startAt: timing.startAt.getTime(),
    intervalMs: Number(timing.intervalMs),
    endAt: timing.endAt?.getTime() ?? null,
  };
  const next = nextNominal(cadence, now.getTime());
  return next === null ? null : new Date(next);
}

function checkEnd({ startAt, endAt }: Timing): void {
  if (endAt !== null && endAt.getTime() < startAt.getTime()) throw invalid(['endAt'], 'The end is before the start.', 'OUT_OF_RANGE');
}

const json = (payload: unknown) => (payload === null || payload === undefined ? Prisma.DbNull : (payload as Prisma.InputJsonValue));

/** Makes a schedule of an automation and answers its id. Without a start it first fires one interval from now. */
export async function createSchedule(work: Work, raw: CreateScheduleInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  await shareAutomation(work, input.automationId);
  const automation = await work.tx.automation.findFirst({ where: { id: input.automationId, deletedAt: null } });
  const { workspaceId, enabled: live } = permitted(work.viewer, automation, { ...needs, see: 'automation.read', noun: 'automation' });
  const find = (id: string) => work.tx.schedule.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createSchedule', key: idempotencyKey, body: input, find }, async () => {
    const environment = await work.tx.environment.findUnique({
      where: { workspaceId_key: { workspaceId, key: input.environmentKey ?? 'production' } },
    });
    if (environment === null) throw invalid(['environment'], 'There is no such environment in the workspace.', 'UNKNOWN_ENVIRONMENT');
    const timing = {
      startAt: input.startAt ?? new Date(work.now.getTime() + input.interval),
      intervalMs: BigInt(input.interval),
      endAt: input.endAt ?? null,
    };
    checkEnd(timing);
    const id = newId();
    const enabled = input.enabled ?? true;
    await work.tx.schedule.create({
      data: {
        id,
        workspaceId,
        automationId: input.automationId,
        environmentId: environment.id,
        ...timing,
        timeZone: input.timeZone ?? 'UTC',
        payload: json(input.payload),
        misfire: input.misfire ?? 'RUN_ONCE',
        overlap: input.overlap ?? 'SKIP',
        enabled,
        nextFireAt: enabled && live ? nextFireAt(timing, work.now) : null,
        createdAt: work.now,
        updatedAt: work.now,
      },
    });
    await audit(work, {
      workspaceId,
      operation: 'createSchedule',
      subjectType: 'Schedule',
      subjectId: id,
      change: { automationId: input.automationId, intervalMs: input.interval },
    });
    return id;
  });
}

/** Keeps an automation from being enabled or disabled until the end of the work: its schedules follow it, and must see each other. */
async function shareAutomation(work: Work, automationId: string): Promise<void> {
  await work.sql.query({ name: 'schedule.automation', text: 'SELECT id FROM "Automation" WHERE id = $1::uuid FOR SHARE' }, [automationId]);
}

/** The schedule, locked until the end of the work, so that no tick is decided meanwhile. */
async function lockSchedule(work: Work, scheduleId: string): Promise<Schedule & { readonly live: boolean }> {
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
  const before = await lockSchedule(work, scheduleId);
  const timing: Timing = {
    startAt: input.startAt ?? before.startAt,
    intervalMs: input.interval == null ? before.intervalMs : BigInt(input.interval),
    endAt: input.endAt === undefined ? before.endAt : input.endAt,
  };
  checkEnd(timing);
  const timed =
    timing.intervalMs !== before.intervalMs ||
    timing.startAt.getTime() !== before.startAt.getTime() ||
    timing.endAt?.getTime() !== before.endAt?.getTime();
  await work.tx.schedule.update({
    where: { id: scheduleId },
    data: {
      ...timing,
      ...(input.timeZone == null ? {} : { timeZone: input.timeZone }),
      ...(input.payload === undefined ? {} : { payload: json(input.payload) }),
      ...(input.misfire == null ? {} : { misfire: input.misfire }),
      ...(input.overlap == null ? {} : { overlap: input.overlap }),
      ...(timed && before.enabled && before.live ? { nextFireAt: nextFireAt(timing, work.now) } : {}),
      updatedAt: work.now,
    },
  });
  const change = differences(
    { intervalMs: Number(before.intervalMs), timeZone: before.timeZone, misfire: before.misfire, overlap: before.overlap },
    {
      intervalMs: Number(timing.intervalMs),
      timeZone: input.timeZone ?? undefined,
      misfire: input.misfire ?? undefined,
      overlap: input.overlap ?? undefined,
    },
  );
  await audit(work, {
    workspaceId: before.workspaceId,
    operation: 'updateSchedule',
    subjectType: 'Schedule',
    subjectId: scheduleId,
    change,
  });
  return scheduleId;
}

/** Deletes a schedule with its ledger; its runs stay. Answers the id. */
export async function deleteSchedule(work: Work, scheduleId: string): Promise<string> {
  const { workspaceId, automationId } = await lockSchedule(work, scheduleId);
  await work.tx.schedule.delete({ where: { id: scheduleId } });
  await audit(work, { workspaceId, operation: 'deleteSchedule', subjectType: 'Schedule', subjectId: scheduleId, change: { automationId } });
  return scheduleId;
}

/** Lets a schedule fire again, from now on. Answers the id. */
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
  await work.tx.schedule.update({
    where: { id: scheduleId },
    data: { enabled, nextFireAt: enabled && before.live ? nextFireAt(before, work.now) : null, updatedAt: work.now },
  });
  const operation = enabled ? 'enableSchedule' : 'disableSchedule';
  await audit(work, {
    workspaceId: before.workspaceId,
    operation,
    subjectType: 'Schedule',
    subjectId: scheduleId,
    change: { enabled: { from: !enabled, to: enabled } },
  });
  return scheduleId;
}

/** The schedules of an automation that was just enabled or disabled: they fire from now on, or not at all. */
export async function followAutomation(work: Work, automationId: string, enabled: boolean): Promise<void> {
  for (const schedule of await work.tx.schedule.findMany({ where: { automationId, enabled: true } }))
    await work.tx.schedule.update({ where: { id: schedule.id }, data: { nextFireAt: enabled ? nextFireAt(schedule, work.now) : null } });
}

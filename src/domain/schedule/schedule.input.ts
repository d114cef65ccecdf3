import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { MisfirePolicy, OverlapPolicy } from '#platform/db/generated/prisma/enums';
import { jsonProblem } from '#platform/json';
import { parseDuration } from '#domain/duration';
import { cronLength, cronProblem, everFires } from './schedule.cron.js';
import { isTimeZone } from './schedule.zone.js';

/** Shortest interval (engine.md, time) and the longest that still is one: ten years. */
const shortestMs = 1_000;
const longestMs = 315_360_000_000;
/** Longest jitter: a day, which every kind of schedule can use. */
const jitterMs = 86_400_000;

function duration(least: number, most: number, message: string) {
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= least && ms <= most) return ms;
    context.addIssue({ code: 'custom', message, params: { code: ms === null ? 'FORMAT' : 'OUT_OF_RANGE' } });
    return z.NEVER;
  });
}

const interval = duration(shortestMs, longestMs, 'An interval is an ISO 8601 duration from PT1S to P3650D, such as PT10S.');
const jitter = duration(0, jitterMs, 'A jitter is an ISO 8601 duration of up to P1D, such as PT30S.');

const cron = z
  .string()
  .max(cronLength)
  .transform((text) => text.trim().replace(/\s+/g, ' '))
  .superRefine((expression, context) => {
    if (expression.length > cronLength) return;
    const problem = cronProblem(expression);
    if (problem !== null)
      context.addIssue({ code: 'custom', message: `This is no cron expression: ${problem}`, params: { code: 'SYNTAX' } });
    else if (!everFires(expression))
      context.addIssue({ code: 'custom', message: 'No day that exists fits this expression.', params: { code: 'NEVER_FIRES' } });
  });

const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { message: 'This is no IANA time zone, such as Europe/Paris.', params: { code: 'UNKNOWN_TIME_ZONE' } });

const timing = {
  cron: cron.nullish(),
  interval: interval.nullish(),
  at: z.date().nullish(),
  timeZone: timeZone.nullish(),
  startAt: z.date().nullish(),
  endAt: z.date().nullish(),
};

function payload(config: Pick<Config, 'run'>) {
  return z
    .unknown()
    .superRefine((value, context) => {
      if (value === undefined || value === null) return;
      const problem = jsonProblem(value, config.run.jsonDepth);
      const tooLarge = problem === null && Buffer.byteLength(JSON.stringify(value)) > config.run.inputBytes;
      if (problem !== null) context.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
      else if (tooLarge)
        context.addIssue({
          code: 'custom',
          message: `A payload has at most ${config.run.inputBytes} bytes.`,
          params: { code: 'TOO_LARGE' },
        });
    })
    .optional();
}

/** What a schedule is made of; of a change, what is absent stays. */
function fields(config: Pick<Config, 'run'>) {
  return {
    ...timing,
    jitter: jitter.nullish(),
    payload: payload(config),
    misfire: z.enum(MisfirePolicy).nullish(),
    overlap: z.enum(OverlapPolicy).nullish(),
  };
}

/** `createSchedule`; the automation is found before. */
export function createInput(config: Pick<Config, 'run'>) {
  return z.strictObject({
    automationId: z.uuid(),
    environmentKey: z.string().nullish(),
    ...fields(config),
    enabled: z.boolean().nullish(),
    idempotencyKey: z.string().nullish(),
  });
}

/** `updateSchedule`. */
export function updateInput(config: Pick<Config, 'run'>) {
  return z.strictObject(fields(config));
}

/** The schedule that is written with its action. */
export function ownInput(config: Pick<Config, 'run'>) {
  return z.strictObject({ ...fields(config), enabled: z.boolean().nullish() });
}

/** Most fires in a preview. */
export const previewCount = 100;

/** `previewSchedule`. */
export const previewInput = z.strictObject({ ...timing, count: z.int().min(1).max(previewCount).nullish() });

export type CreateScheduleInput = z.input<ReturnType<typeof createInput>>;
export type UpdateScheduleInput = z.input<ReturnType<typeof updateInput>>;
export type OwnScheduleInput = z.input<ReturnType<typeof ownInput>>;
export type PreviewScheduleInput = z.input<typeof previewInput>;

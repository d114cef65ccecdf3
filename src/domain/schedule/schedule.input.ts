import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { MisfirePolicy, OverlapPolicy } from '#platform/db/generated/prisma/enums';
import { jsonProblem } from '#platform/json';
import { parseDuration } from '#domain/duration';

/** Shortest interval (engine.md, time) and the longest that still is one: ten years. */
const shortestMs = 1_000;
const longestMs = 315_360_000_000;

const interval = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms >= shortestMs && ms <= longestMs) return ms;
  context.addIssue({
    code: 'custom',
    message: 'An interval is an ISO 8601 duration from PT1S to P3650D, such as PT10S.',
    params: { code: ms === null ? 'FORMAT' : 'OUT_OF_RANGE' },
  });
  return z.NEVER;
});

/** Probed by use: the list of names that Node gives leaves valid ones out (stack.md). */
function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { message: 'This is no IANA time zone, such as Europe/Paris.', params: { code: 'UNKNOWN_TIME_ZONE' } });

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

function fields(config: Pick<Config, 'run'>) {
  return {
    interval,
    timeZone: timeZone.nullish(),
    startAt: z.date().nullish(),
    endAt: z.date().nullish(),
    payload: payload(config),
    misfire: z.enum(MisfirePolicy).nullish(),
    overlap: z.enum(OverlapPolicy).nullish(),
    enabled: z.boolean().nullish(),
  };
}

/** `createSchedule`; the automation is found before. */
export function createInput(config: Pick<Config, 'run'>) {
  return z.strictObject({
    automationId: z.uuid(),
    environmentKey: z.string().nullish(),
    ...fields(config),
    idempotencyKey: z.string().nullish(),
  });
}

/** `updateSchedule`: what is absent stays. */
export function updateInput(config: Pick<Config, 'run'>) {
  const { interval: every, enabled: _enabled, ...rest } = fields(config);
  return z.strictObject({ interval: every.nullish(), ...rest });
}

export type CreateScheduleInput = z.input<ReturnType<typeof createInput>>;
export type UpdateScheduleInput = z.input<ReturnType<typeof updateInput>>;

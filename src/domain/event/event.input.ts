import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { jsonProblem } from '#platform/json';

/** The types that Millrace emits itself begin with these. */
const reserved = /^(entity|note|link|rule|suggestion)\./;

/** Words with dots between them, two at least. */
export const eventTypePattern = /^[a-z0-9_]+(\.[a-z0-9_]+)+$/;

/** The type of an event that a client emits, or has a webhook emit. */
export const eventType = z
  .string()
  .max(128)
  .regex(eventTypePattern, 'A type is words of a-z, 0-9 and _ with dots between them, two at least: `order.paid`.')
  .refine((type) => !reserved.test(type), {
    message: 'Types that begin with entity., note., link., rule. and suggestion. are emitted by Millrace alone.',
    params: { code: 'RESERVED' },
  });

/** `emitEvent`. */
export function emitInput({ run }: Pick<Config, 'run'>) {
  return z.strictObject({
    workspaceId: z.guid(),
    type: eventType,
    entityId: z.guid().nullish(),
    data: z
      .unknown()
      .optional()
      .superRefine((value, context) => {
        if (value === undefined || value === null) return;
        const problem = jsonProblem(value, run.jsonDepth);
        const bytes = problem === null ? Buffer.byteLength(JSON.stringify(value)) : 0;
        const said =
          problem ??
          (bytes > run.inputBytes
            ? { message: `The data of an event has at most ${run.inputBytes} bytes; this has ${bytes}.`, code: 'TOO_LARGE' }
            : null);
        if (said !== null) context.addIssue({ code: 'custom', message: said.message, params: { code: said.code } });
      }),
    idempotencyKey: z.string().nullish(),
  });
}

export type EmitInput = z.input<ReturnType<typeof emitInput>>;

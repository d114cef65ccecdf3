import { z } from 'zod';
import { keyInput, labelsInput, nameInput, referenceInput, wellFormed } from '#domain/input';
import type { Shape } from './rule.spec.js';

/** Longest text of a rule, in bytes of UTF-8; the language has the same limit. */
const mostText = 65_536;
const mostLines = 1_000;
const mostPosition = 2_147_483_647;

const text = wellFormed(z.string());

/** Expressions or actions: as one text, or as a list of lines. */
const shape = z
  .strictObject({
    text: text.nullish(),
    list: z
      .array(z.strictObject({ name: text, value: text }))
      .max(mostLines)
      .nullish(),
  })
  .transform((given, check): Shape => {
    if (given.text != null && given.list == null) return { form: 'TEXT', text: given.text };
    if (given.list != null && given.text == null) return { form: 'LIST', list: given.list };
    check.addIssue({ code: 'custom', message: 'Give exactly one of text and list.', params: { code: 'ONE_OF' } });
    return z.NEVER;
  });

const description = text.refine((given) => Buffer.byteLength(given) <= mostText, {
  message: `A description has at most ${mostText} bytes.`,
  params: { code: 'TOO_LONG' },
});

/** What the texts of a trigger, of expressions, of a condition and of actions may be, the language says. */
const fields = {
  position: z.int().min(0).max(mostPosition).nullish(),
  expressions: shape.nullish(),
  condition: text.nullish(),
  actions: shape.nullish(),
  description: description.nullish(),
  labels: labelsInput.nullish(),
  notifyOwner: z.boolean().nullish(),
};

const recordType = wellFormed(z.string().min(1).max(128));

const whole = {
  ...fields,
  workspaceId: z.uuid(),
  name: nameInput,
  recordType,
  trigger: text,
  enabled: z.boolean().nullish(),
  app: referenceInput.nullish(),
};

/** `createRule`. */
export const createInput = z.strictObject({ ...whole, key: keyInput.nullish(), idempotencyKey: z.string().nullish() });
/** `updateRule`: what is absent stays; null is the default. */
export const updateInput = z.strictObject({
  ...fields,
  name: nameInput.nullish(),
  recordType: recordType.nullish(),
  trigger: text.nullish(),
  owner: z.guid().nullish(),
});
/** `upsertRule`: the whole rule as it should be; what is absent is the default, but for its position and its app, which stay. */
export const upsertInput = z.strictObject({ ...whole, key: keyInput });

export type CreateRuleInput = z.input<typeof createInput>;
export type UpdateRuleInput = z.input<typeof updateInput>;
export type UpsertRuleInput = z.input<typeof upsertInput>;
/** A whole rule, checked but for its language. */
export type WholeRule = Omit<z.output<typeof createInput>, 'idempotencyKey'>;

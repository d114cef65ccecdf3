import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { keyInput, nameInput, wellFormed } from '#domain/input';

/** Most actions at one trigger point. */
export const mostBindings = 20;

/** `updateTriggerBindings`: the whole list. How long it may be is checked with the rest, so that all is told at once. */
export function bindingsInput({ secrets }: Pick<Config, 'secrets'>) {
  const name = z
    .string()
    .max(128)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'A name is made of letters, digits and _, and does not begin with a digit.');
  const value = wellFormed(z.string().min(1)).refine((text) => Buffer.byteLength(text) <= secrets.bytes, {
    message: `A secret has at most ${secrets.bytes} bytes.`,
    params: { code: 'TOO_LONG' },
  });
  const secret = z.strictObject({ name, value: value.nullish() });
  return z.strictObject({
    workspaceId: z.uuid(),
    triggerPoint: keyInput,
    bindings: z
      .array(
        z.strictObject({
          ref: z.union([
            z.strictObject({ bindingId: z.guid() }),
            z.strictObject({ actionId: z.guid() }),
            z.strictObject({ actionName: wellFormed(z.string().min(1).max(128)) }),
          ]),
          displayName: nameInput.nullish(),
          secrets: z.array(secret).max(secrets.most).nullish(),
        }),
      )
      .max(1_000),
  });
}

export type UpdateBindingsInput = z.input<ReturnType<typeof bindingsInput>>;
export type WantedBindings = z.output<ReturnType<typeof bindingsInput>>;
export type WantedBinding = WantedBindings['bindings'][number];

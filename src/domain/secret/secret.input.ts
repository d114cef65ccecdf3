import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { referenceInput, wellFormed } from '#domain/input';

const name = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'A name is made of letters, digits and _, and does not begin with a digit.');

/** Whose secret it is: an action's own, or the workspace's. */
const place = { workspaceId: z.uuid(), action: referenceInput.nullish() };

/** `setSecret`. Messages never repeat the value. */
export function setInput({ secrets }: Pick<Config, 'secrets'>) {
  return z.strictObject({
    ...place,
    name,
    value: wellFormed(z.string().min(1)).refine((value) => Buffer.byteLength(value) <= secrets.bytes, {
      message: `A secret has at most ${secrets.bytes} bytes.`,
      params: { code: 'TOO_LONG' },
    }),
  });
}

export type SetSecretInput = z.input<ReturnType<typeof setInput>>;

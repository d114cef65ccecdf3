import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { referenceInput, unique, wellFormed } from '#domain/input';

const name = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'A name is made of letters, digits and _, and does not begin with a digit.');

/** Whose secret it is: an action's own, or the workspace's. */
const place = { workspaceId: z.uuid(), action: referenceInput.nullish() };

/** Messages never repeat the value. */
function value({ secrets }: Limits) {
  return wellFormed(z.string().min(1)).refine((given) => Buffer.byteLength(given) <= secrets.bytes, {
    message: `A secret has at most ${secrets.bytes} bytes.`,
    params: { code: 'TOO_LONG' },
  });
}

type Limits = Pick<Config, 'secrets'>;

/** `setSecret`. */
export function setInput(limits: Limits) {
  return z.strictObject({ ...place, name, value: value(limits) });
}

/** Secrets that are written with what they belong to: the whole list, where a name without a value keeps the one it has. */
export function secretsInput(limits: Limits) {
  return z
    .array(z.strictObject({ name, value: value(limits).nullish() }))
    .max(limits.secrets.most)
    .refine(...unique((secret: { readonly name: string }) => secret.name, 'name'));
}

export type SecretsInput = z.output<ReturnType<typeof secretsInput>>;
export type SetSecretInput = z.input<ReturnType<typeof setInput>>;

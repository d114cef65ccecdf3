import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { keyInput, nameInput, wellFormed } from '#domain/input';
import { specFields } from './action.spec.js';

const description = wellFormed(z.string().max(10_000));
const labels = z
  .array(wellFormed(z.string().trim().min(1).max(64)))
  .max(50)
  .transform((given) => [...new Set(given)]);

/** `createAction`. The workspace is decided before. */
export function createInput(config: Pick<Config, 'run' | 'sandbox'>) {
  return z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput.nullish(),
    name: nameInput,
    description: description.nullish(),
    labels: labels.nullish(),
    enabled: z.boolean().nullish(),
    ...specFields(config),
    idempotencyKey: z.string().nullish(),
  });
}

/** `updateAction`: what is absent stays; null is the default. */
export function updateInput(config: Pick<Config, 'run' | 'sandbox'>) {
  return z.strictObject({ name: nameInput.nullish(), description: description.nullish(), labels: labels.nullish(), ...specFields(config) });
}

/** `upsertAction`: the whole action as it should be; what is absent is the default. */
export function upsertInput(config: Pick<Config, 'run' | 'sandbox'>) {
  return z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput,
    name: nameInput,
    description: description.nullish(),
    labels: labels.nullish(),
    enabled: z.boolean().nullish(),
    ...specFields(config),
  });
}

export type CreateActionInput = z.input<ReturnType<typeof createInput>>;
export type UpdateActionInput = z.input<ReturnType<typeof updateInput>>;
export type UpsertActionInput = z.input<ReturnType<typeof upsertInput>>;

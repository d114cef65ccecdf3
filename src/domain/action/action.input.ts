import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { PublishPolicy } from '#platform/db/generated/prisma/enums';
import { descriptionInput as description, keyInput, labelsInput as labels, nameInput, referenceInput } from '#domain/input';
import { ownInput } from '#domain/schedule/schedule.input';
import { secretsInput } from '#domain/secret/secret.input';
import { specFields } from './action.spec.js';

type Limits = Pick<Config, 'run' | 'sandbox' | 'outgoing' | 'secrets'>;

/** Beside the spec: what it belongs to, who hears of its failures, when it runs by itself, and its secrets. */
function around(config: Limits) {
  return {
    app: referenceInput.nullish(),
    notifyOwner: z.boolean().nullish(),
    schedule: ownInput(config).nullish(),
    secrets: secretsInput(config).nullish(),
  };
}

/** How it goes live, and for what it is made: decided once. */
const making = { publishPolicy: z.enum(PublishPolicy).nullish(), triggerPoint: z.string().nullish(), deploy: z.boolean().nullish() };

/** What a release of an integration has of an action. */
export function releasedFields(config: Limits) {
  const { code, language, dependencies } = specFields(config);
  return { code: code.unwrap().unwrap(), language, dependencies };
}

/** `createAction`. The workspace is decided before. */
export function createInput(config: Limits) {
  return z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput.nullish(),
    name: nameInput,
    description: description.nullish(),
    labels: labels.nullish(),
    enabled: z.boolean().nullish(),
    ...around(config),
    ...making,
    ...specFields(config),
    idempotencyKey: z.string().nullish(),
  });
}

/** `updateAction`: what is absent stays; null is the default. */
export function updateInput(config: Limits) {
  return z.strictObject({
    name: nameInput.nullish(),
    description: description.nullish(),
    labels: labels.nullish(),
    owner: z.guid().nullish(),
    ...around(config),
    ...specFields(config),
  });
}

/** `upsertAction`: the whole action as it should be; what is absent is the default. */
export function upsertInput(config: Limits) {
  return z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput,
    name: nameInput,
    description: description.nullish(),
    labels: labels.nullish(),
    enabled: z.boolean().nullish(),
    ...around(config),
    ...making,
    ...specFields(config),
  });
}

export type CreateActionInput = z.input<ReturnType<typeof createInput>>;
export type UpdateActionInput = z.input<ReturnType<typeof updateInput>>;
export type UpsertActionInput = z.input<ReturnType<typeof upsertInput>>;

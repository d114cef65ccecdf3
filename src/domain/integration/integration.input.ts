import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { IntegrationFeature } from '#platform/db/generated/prisma/enums';
import { releasedFields } from '#domain/action/action.input';
import { descriptionInput, keyInput, nameInput, unique, wellFormed } from '#domain/input';
import { isVersion } from './integration.version.js';

const logo = z.url({ protocol: /^https$/, error: 'This is no address that begins with https://.' }).max(2_048);

/** What a catalogue shows of it. */
const shown = {
  description: descriptionInput.nullish(),
  partner: wellFormed(z.string().trim().max(128)).nullish(),
  logoUrl: logo.nullish(),
  feature: z.enum(IntegrationFeature).nullish(),
};

export const createInput = z.strictObject({
  workspaceId: z.uuid(),
  key: keyInput.nullish(),
  name: nameInput,
  ...shown,
  idempotencyKey: z.string().nullish(),
});
export type CreateIntegrationInput = z.input<typeof createInput>;

export const updateInput = z.strictObject({ name: nameInput.nullish(), ...shown });
export type UpdateIntegrationInput = z.input<typeof updateInput>;

const mostRequired = 50;
const requirement = {
  name: z
    .string()
    .max(128)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'A name is made of letters, digits and _, and does not begin with a digit.'),
  label: nameInput.nullish(),
  description: descriptionInput.nullish(),
};

type Named = { readonly name: string };
const nameOf = ({ name }: Named) => name;

/** `releaseIntegration`. */
export function releaseInput(config: Pick<Config, 'run' | 'sandbox' | 'outgoing' | 'secrets'>) {
  return z.strictObject({
    version: z
      .string()
      .max(100)
      .refine(isVersion, { message: 'A version is written as 1.2.3 or 1.2.3-beta.1.', params: { code: 'FORMAT' } }),
    triggerPoint: z.string(),
    ...releasedFields(config),
    requiredSecrets: z
      .array(z.strictObject(requirement))
      .max(Math.min(mostRequired, config.secrets.most))
      .refine(...unique(nameOf, 'name'))
      .nullish(),
    requiredConfiguration: z
      .array(z.strictObject({ ...requirement, default: wellFormed(z.string().max(4_096)).nullish() }))
      .max(mostRequired)
      .refine(...unique(nameOf, 'name'))
      .nullish(),
  });
}
export type ReleaseIntegrationInput = z.input<ReturnType<typeof releaseInput>>;

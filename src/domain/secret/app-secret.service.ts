import { z } from 'zod';
import { mintWebhookSecret } from '#platform/secrets/webhook-signature';
import { parseInput } from '#domain/input';
import { type Place, lockKeyed } from '#domain/keyed';
import { webhookSecretInput } from '#domain/webhook-url';
import { type CreateAppInput, type UpdateAppInput, createApp, keyedApp, updateApp } from '#domain/tenant/app.service';
import { assertCan } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { former, type SecretNames } from './overlap.policy.js';
import { dropSecrets, openSecrets, putSecrets } from './secret.service.js';

/** The name under which the secret is found that signs the webhook calls of rules: of their app, or of a rule without one. */
export const webhookSecretName = 'WEBHOOK_SECRET';
/** Of an app also the one before it, for a while. */
export const webhookSecretNames: SecretNames = { current: webhookSecretName, previous: 'WEBHOOK_SECRET_PREVIOUS' };

/** An app that was written, and its new secret where it got one: shown this once. */
export interface SignedApp {
  readonly id: string;
  readonly secret: string | null;
}

/** Makes an app. One with a webhook gets a secret that its calls are signed with. */
export async function createSignedApp(work: Work, raw: CreateAppInput): Promise<SignedApp> {
  return signed(work, await createApp(work, raw));
}

/** Changes an app. With its first webhook it gets the secret that its calls are signed with. */
export async function updateSignedApp(work: Work, place: Place, raw: UpdateAppInput): Promise<SignedApp> {
  return signed(work, await updateApp(work, place, raw));
}

async function signed(work: Work, id: string): Promise<SignedApp> {
  const { workspaceId, webhookUrl } = await work.tx.app.findUniqueOrThrow({ where: { id } });
  if (webhookUrl === null) return { id, secret: null };
  const where = { ownerId_name: { ownerId: id, name: webhookSecretName } };
  if ((await work.tx.secret.findUnique({ where, select: { id: true } })) !== null) return { id, secret: null };
  const secret = mintWebhookSecret();
  await putSecrets(work, { workspaceId, owner: 'APP', ownerId: id }, { [webhookSecretName]: secret });
  return { id, secret };
}

/** Seconds for which both secrets sign, when nobody says otherwise and at most. */
const graceSeconds = { usual: 86_400, most: 7 * 86_400 };

const rotateInput = z.strictObject({
  secret: webhookSecretInput.nullish(),
  graceSeconds: z.int().min(0).max(graceSeconds.most).nullish(),
});

/**
 * Gives an app another secret: calls that are made from now on are signed with it, those that wait, too. For the time of grace they are
 * also signed with the one before; what was before that ends.
 */
export async function rotateAppSecret(work: Work, place: Place, raw: z.input<typeof rotateInput>): Promise<SignedApp> {
  const input = parseInput(rotateInput, raw);
  const { id, workspaceId } = await lockKeyed(work, keyedApp, place);
  assertCan(work.viewer, workspaceId, 'secret.write');
  const secret = input.secret ?? mintWebhookSecret();
  const old = (await openSecrets(work.platform, [id], work.tx)).get(id)?.get(webhookSecretNames.current);
  const grace = input.graceSeconds ?? graceSeconds.usual;
  const until = old === undefined || grace === 0 ? null : new Date(work.now.getTime() + grace * 1_000);
  await dropSecrets(work, id, [webhookSecretNames.previous]);
  await putSecrets(
    work,
    { workspaceId, owner: 'APP', ownerId: id },
    {
      [webhookSecretNames.current]: secret,
      ...(old === undefined || until === null ? {} : { [webhookSecretNames.previous]: former(old, until) }),
    },
  );
  const change = { previousUntil: until?.toISOString() ?? null };
  await audit(work, { workspaceId, operation: 'rotateAppSecret', subjectType: 'App', subjectId: id, change });
  return { id, secret };
}

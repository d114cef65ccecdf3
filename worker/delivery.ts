import { OutgoingError } from '#platform/http/outgoing';
import { MailError } from '#platform/mail/mail';
import type { Platform } from '#platform/platform';
import { signStandardWebhook } from '#platform/secrets/webhook-signature';
import type { ClaimedDelivery } from '#domain/notification/delivery.claim';
import { type Outcome, outcomeOfStatus, rotationMs } from '#domain/notification/delivery.retry';
import { chatBody } from '#domain/notification/notification.chat';
import { mailText } from '#domain/notification/notification.mail';
import { globalId } from '#domain/notification/notification.payload';
import { secretNames } from '#domain/notification/recipient.service';
import { webhookSecretNames } from '#domain/secret/app-secret.service';
import { validSecrets } from '#domain/secret/overlap.policy';
import { openSecrets } from '#domain/secret/secret.service';

/** Longest error that is kept of an attempt: mail servers like to talk. */
const longestError = 500;

/** Makes one attempt. Never rejects: what goes wrong is an outcome. `signal`: this worker is stopping, and the attempt does not count. */
export async function sendDelivery(platform: Platform, delivery: ClaimedDelivery, signal: AbortSignal): Promise<Outcome> {
  try {
    return await (delivery.kind === 'WEBHOOK' ? sendWebhook(platform, delivery, signal) : sendMail(platform, delivery, signal));
  } catch (error) {
    if (signal.aborted) return { kind: 'POSTPONED', ms: 0 };
    if (error instanceof OutgoingError && error.code === 'BREAKER_OPEN') return { kind: 'POSTPONED', ms: error.retryAfterMs ?? 0 };
    if (error instanceof OutgoingError) return refused(`${error.code}: ${error.message}`, null, !error.retryable);
    if (error instanceof MailError) {
      platform.log.warn({ err: error, delivery: delivery.id }, 'a mail was not taken');
      return refused(error.message, error.replyCode, error.permanent);
    }
    // Such as a secret whose key is not in SECRETS_KEYS: it may be mended.
    platform.log.error({ err: error, delivery: delivery.id }, 'a delivery could not be made');
    return refused('Millrace could not make the message; its log tells why.', null, false);
  }
}

function refused(error: string, statusCode: number | null, permanent: boolean): Outcome {
  return { kind: 'REFUSED', statusCode, error: error.slice(0, longestError).toWellFormed(), permanent, gone: false, retryAfterMs: null };
}

async function sendWebhook(platform: Platform, delivery: ClaimedDelivery, signal: AbortSignal): Promise<Outcome> {
  const { recipientId, workspaceId, payload, format, now } = delivery;
  const made =
    format === 'STANDARD' || typeof payload === 'string'
      ? await standardRequest(platform, delivery)
      : { headers: {}, body: chatBody(format, payload) };
  if (made === null) return refused('The recipient has no signing secret.', null, true);
  const { status, headers } = await platform.outgoing.send({
    method: 'POST',
    url: delivery.address,
    headers: { 'content-type': 'application/json', ...made.headers },
    body: made.body,
    timeoutMs: null,
    signal,
    // A redirect may lose the body, and tells that the address is no longer right: Standard Webhooks counts it as a failure.
    redirects: false,
    // Receivers that are down must not stop the calls that the workspace's actions make of the same host.
    scope: `${recipientId === null ? 'rules' : 'notifications'} ${workspaceId}`,
  });
  return outcomeOfStatus(status, headers['retry-after'], now);
}

/** Null: there is nothing to sign it with, and it has to be signed. */
async function standardRequest(platform: Platform, delivery: ClaimedDelivery) {
  const { recipientId, payload, now } = delivery;
  const secrets = await signingSecrets(platform, delivery);
  if (recipientId !== null && secrets.length === 0) return null;
  const id = globalId.delivery(delivery.id);
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signature = secrets.map((secret) => signStandardWebhook(secret, id, now, body)).join(' ');
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    ...(signature === '' ? {} : { 'webhook-signature': signature }),
  };
  return { headers, body };
}

async function signingSecrets(platform: Platform, { recipientId, signerId, rotatedAt, now }: ClaimedDelivery): Promise<string[]> {
  if (recipientId === null) {
    const own = signerId === null ? undefined : (await openSecrets(platform, [signerId])).get(signerId);
    return validSecrets(own, webhookSecretNames, now);
  }
  const own = (await openSecrets(platform, [recipientId])).get(recipientId);
  const overlaps = rotatedAt !== null && now.getTime() - rotatedAt.getTime() < rotationMs;
  return [own?.get(secretNames.present), overlaps ? own?.get(secretNames.previous) : undefined].filter((secret) => secret !== undefined);
}

async function sendMail({ mail }: Platform, { id, address, payload, recipientId }: ClaimedDelivery, signal: AbortSignal): Promise<Outcome> {
  if (typeof payload === 'string') throw new Error('A mail has a payload with a type.');
  if (mail === null) return refused('No mail server is configured (SMTP_URL).', null, true);
  await mail.send({ id: globalId.delivery(id), to: address, ...mailText(payload, recipientId === null) }, signal);
  return { kind: 'DELIVERED', statusCode: 250 };
}

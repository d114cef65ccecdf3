import type { Prisma, Recipient } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { mintWebhookSecret } from '#platform/secrets/webhook-signature';
import { ConflictError, LimitExceededError, NotFoundError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { dropSecrets, openSecrets, putSecrets } from '#domain/secret/secret.service';
import { once } from '#domain/tenant/idempotency';
import { permitted } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import {
  type AddRecipientInput,
  type UpdateRecipientInput,
  addRecipientInput,
  rotateInput,
  updateRecipientInput,
} from './notification.input.js';
import { disabledFailure } from './delivery.retry.js';
import { type DisabledPayload, type Payload, type TestPayload, globalId } from './notification.payload.js';
import { tellableAddress } from './notification.policy.js';
import { lockGroup } from './notification.service.js';

const needs = { see: 'notification.read', change: 'notification.write', noun: 'recipient' } as const;

/** Recipients of one group. */
export const mostRecipients = 20;

/** Deliveries that are given up at once with their recipient; workers give up what is beyond them. */
const mostGivenUp = 10_000;

/** Mails about one recipient that was switched off. */
const mostAdmins = 50;

/** The names of a recipient's secrets: the one that signs, and the one that signed until the last rotation. */
export const secretNames = { present: 'signing', previous: 'previous' } as const;

/** Something with a secret that is shown once. */
export interface Signing {
  readonly id: string;
  /** Null for a mail address or a chat, and when an idempotency key answered an earlier call. */
  readonly secret: string | null;
}

/** Adds an e-mail address, a webhook or a chat to a group. */
export async function addRecipient(work: Work, raw: AddRecipientInput): Promise<Signing> {
  const { idempotencyKey, ...input } = parseInput(addRecipientInput, raw);
  const { groupId, email, webhook } = input;
  const format = input.format ?? 'STANDARD';
  if ((email == null) === (webhook == null)) throw invalid(['email'], 'Give exactly one of email and webhook.', 'ONE_OF');
  if (webhook == null && input.secret != null)
    throw invalid(['secret'], 'Mails are not signed: only webhooks have a secret.', 'NOT_ALLOWED');
  if (webhook == null && format !== 'STANDARD') throw invalid(['format'], 'Mails have no format: it is what webhooks get.', 'NOT_ALLOWED');
  if (format !== 'STANDARD' && input.secret != null)
    throw invalid(['secret'], 'Messages to a chat are not signed: its URL is the secret.', 'NOT_ALLOWED');
  const { workspaceId } = await lockGroup(work, groupId);
  let secret: string | null = null;
  const find = (id: string) => work.tx.recipient.findUnique({ where: { id }, select: { id: true } });
  const made = await once(work, { workspaceId, operation: 'addRecipient', key: idempotencyKey, body: input, find }, async () => {
    if (webhook == null) assertMail(work);
    if ((await work.tx.recipient.count({ where: { groupId } })) >= mostRecipients)
      throw new LimitExceededError(`A group has at most ${mostRecipients} recipients.`, mostRecipients);
    const id = newId();
    const kind = webhook == null ? ('EMAIL' as const) : ('WEBHOOK' as const);
    const address = webhook ?? email ?? '';
    await work.tx.recipient.create({
      data: { id, workspaceId, groupId, kind, address, format, createdAt: work.now, updatedAt: work.now },
    });
    if (kind === 'WEBHOOK' && format === 'STANDARD') {
      secret = input.secret ?? mintWebhookSecret();
      await putSecrets(work, { workspaceId, owner: 'RECIPIENT', ownerId: id }, { [secretNames.present]: secret });
    }
    await auditRecipient(work, 'addRecipient', { id, workspaceId }, { groupId, kind, address, ...(kind === 'WEBHOOK' ? { format } : {}) });
    return id;
  });
  return { id: made, secret };
}

/** Nobody expects a mail to be promised that cannot be sent. */
function assertMail(work: Work): void {
  if (work.platform.config.mail === null)
    throw new ConflictError('This Millrace sends no e-mails: its operator has not set SMTP_URL.', 'NO_MAIL_SERVER');
}

/** Changes the address, enables or disables, and answers the id. Enabling forgets earlier failures; disabling gives up what waits. */
export async function updateRecipient(work: Work, recipientId: string, raw: UpdateRecipientInput): Promise<string> {
  const input = parseInput(updateRecipientInput, raw);
  const before = await lockRecipient(work, recipientId);
  const wrong = before.kind === 'EMAIL' ? 'webhook' : 'email';
  if (input[wrong] != null)
    throw invalid([wrong], `This recipient is reached by ${before.kind === 'EMAIL' ? 'e-mail' : 'a webhook'}.`, 'KIND');
  const address = input.email ?? input.webhook ?? before.address;
  const enabled = input.enabled ?? before.enabled;
  if (enabled && !before.enabled && before.kind === 'EMAIL') assertMail(work);
  const revived = enabled && !before.enabled;
  if (!enabled && before.enabled) await giveUp(work, recipientId, disabledFailure);
  await work.tx.recipient.update({
    where: { id: recipientId },
    data: { address, enabled, updatedAt: work.now, ...(revived ? { disabledReason: null, failingSince: null } : {}) },
  });
  await auditRecipient(
    work,
    'updateRecipient',
    before,
    differences({ address: before.address, enabled: before.enabled }, { address, enabled }),
  );
  return recipientId;
}

/** Removes a recipient with its deliveries and answers the id. */
export async function removeRecipient(work: Work, recipientId: string): Promise<string> {
  const before = await lockRecipient(work, recipientId);
  await dropSecrets(work, recipientId);
  await work.tx.delivery.deleteMany({ where: { recipientId } });
  await work.tx.recipient.delete({ where: { id: recipientId } });
  await auditRecipient(work, 'removeRecipient', before, { kind: before.kind, address: before.address });
  return recipientId;
}

/** Gives a webhook another secret. The one before signs, too, for a day, so that receivers can follow. */
export async function rotateRecipientSecret(
  work: Work,
  recipientId: string,
  raw: { readonly secret?: string | null | undefined },
): Promise<Signing> {
  const input = parseInput(rotateInput, raw);
  const recipient = await lockRecipient(work, recipientId);
  if (recipient.kind !== 'WEBHOOK') throw new ConflictError('Mails are not signed: only webhooks have a secret.', 'EMAIL');
  if (recipient.format !== 'STANDARD') throw new ConflictError('Messages to a chat are not signed: its URL is the secret.', 'CHAT');
  const { workspaceId } = recipient;
  const secret = input.secret ?? mintWebhookSecret();
  const previous = (await openSecrets(work.platform, [recipientId], work.tx)).get(recipientId)?.get(secretNames.present);
  await putSecrets(
    work,
    { workspaceId, owner: 'RECIPIENT', ownerId: recipientId },
    { ...(previous === undefined ? {} : { [secretNames.previous]: previous }), [secretNames.present]: secret },
  );
  await work.tx.recipient.update({ where: { id: recipientId }, data: { rotatedAt: work.now, updatedAt: work.now } });
  await auditRecipient(work, 'rotateRecipientSecret', recipient, {});
  return { id: recipientId, secret };
}

/** Sends a sample to a recipient and answers the delivery's id. */
export async function sendTestNotification(work: Work, recipientId: string): Promise<string> {
  const recipient = await lockRecipient(work, recipientId);
  assertEnabled(recipient);
  const { workspaceId } = recipient;
  const { key, name } = await work.tx.workspace.findUniqueOrThrow({ where: { id: workspaceId }, select: { key: true, name: true } });
  const payload: TestPayload = {
    type: 'notification.test',
    timestamp: work.now.toISOString(),
    data: {
      message: 'This is a test: notifications of this workspace arrive here.',
      recipient: { id: globalId.recipient(recipientId) },
      workspace: { id: globalId.workspace(workspaceId), key, name },
    },
  };
  const id = newId();
  await work.tx.delivery.create({ data: { ...newDelivery(work, id, recipient, payload), recipientId } });
  await auditRecipient(work, 'sendTestNotification', recipient, {});
  return id;
}

/** Throws ConflictError for a recipient to which nothing is sent. */
export function assertEnabled({ enabled }: Pick<Recipient, 'enabled'>): void {
  if (!enabled) throw new ConflictError('Nothing is sent to a disabled recipient: enable it first.', 'DISABLED');
}

/**
 * Switches off a recipient that cannot be reached or wants no more: what waits for it is given up, and the administrators of the workspace
 * hear of it once. Of one that is off already, or gone, nothing is changed.
 */
export async function disableRecipient(work: Work, recipientId: string, reason: string): Promise<void> {
  const recipient = await work.tx.recipient.findUnique({
    where: { id: recipientId, enabled: true },
    include: { group: true, workspace: true },
  });
  if (recipient === null) return;
  await giveUp(work, recipientId, reason);
  const { count } = await work.tx.recipient.updateMany({
    where: { id: recipientId, enabled: true },
    data: { enabled: false, disabledReason: reason, updatedAt: work.now },
  });
  // Another process was faster, and tells of it.
  if (count === 0) return;
  await auditRecipient(work, 'disableRecipient', recipient, { reason });
  const { workspaceId, group, workspace } = recipient;
  const payload: DisabledPayload = {
    type: 'recipient.disabled',
    timestamp: work.now.toISOString(),
    data: {
      recipient: { id: globalId.recipient(recipientId), address: tellableAddress(recipient) },
      group: { id: globalId.group(group.id), key: group.key, name: group.name },
      workspace: { id: globalId.workspace(workspaceId), key: workspace.key, name: workspace.name },
      reason,
    },
  };
  await mailAdmins(work, workspaceId, payload);
}

/** Tells the administrators of a workspace, where there is a mail server. */
export async function mailAdmins(work: Work, workspaceId: string, payload: Payload): Promise<void> {
  if (work.platform.config.mail === null) return;
  const admins = await work.tx.membership.findMany({
    where: { workspaceId, role: { in: ['ADMIN', 'OWNER'] } },
    orderBy: { id: 'asc' },
    take: mostAdmins,
    select: { user: { select: { email: true } } },
  });
  await work.tx.delivery.createMany({
    data: admins.map(({ user }) => newDelivery(work, newId(), { workspaceId, kind: 'EMAIL', address: user.email }, payload)),
  });
}

function newDelivery(work: Work, id: string, to: Pick<Recipient, 'workspaceId' | 'kind' | 'address'>, payload: Payload) {
  const { workspaceId, kind, address } = to;
  return {
    id,
    workspaceId,
    kind,
    address,
    payload: payload as unknown as Prisma.InputJsonObject,
    nextAttemptAt: work.now,
    createdAt: work.now,
  };
}

/**
 * Ends what waits for a recipient; an attempt that is under way is not repeated. Called before the recipient's own row is changed: outcomes of
 * attempts lock the two in this order.
 */
async function giveUp(work: Work, recipientId: string, reason: string): Promise<void> {
  await work.tx.delivery.updateMany({
    where: { recipientId, status: 'PENDING' },
    data: { status: 'FAILED', failure: reason, nextAttemptAt: null, finishedAt: work.now },
    limit: mostGivenUp,
  });
}

async function lockRecipient(work: Work, recipientId: string): Promise<Recipient> {
  const { groupId } = permitted(work.viewer, await work.tx.recipient.findUnique({ where: { id: recipientId } }), needs);
  await lockGroup(work, groupId);
  const recipient = await work.tx.recipient.findUnique({ where: { id: recipientId } });
  if (recipient === null) throw new NotFoundError('No such recipient.');
  return recipient;
}

function auditRecipient(
  work: Work,
  operation: string,
  { id, workspaceId }: Pick<Recipient, 'id' | 'workspaceId'>,
  change: Prisma.InputJsonObject,
): Promise<void> {
  return audit(work, { workspaceId, operation, subjectType: 'Recipient', subjectId: id, change });
}

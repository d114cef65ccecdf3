import { z } from 'zod';
import type { Prisma } from '#platform/db/generated/prisma/client';
import { ConflictError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { permitted } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { assertEnabled } from './recipient.service.js';

const needs = { see: 'notification.read', change: 'notification.redrive', noun: 'delivery' } as const;

/** Deliveries that one call sends again; a second call takes the next ones. */
export const mostRedriven = 1_000;

/** Anew: with the whole schedule of retries, and with the attempts before it in its log. */
function again(work: Work) {
  return { status: 'PENDING', failure: null, tries: 0, nextAttemptAt: work.now, finishedAt: null } as const;
}

/** Sends a delivery that has ended again, at once and with the same id, and answers the id. */
export async function redriveDelivery(work: Work, deliveryId: string): Promise<string> {
  const found = await work.tx.delivery.findUnique({ where: { id: deliveryId }, include: { recipient: true } });
  const { workspaceId, recipient, status: from } = permitted(work.viewer, found, needs);
  if (recipient !== null) assertEnabled(recipient);
  const { count } = await work.tx.delivery.updateMany({ where: { id: deliveryId, status: { not: 'PENDING' } }, data: again(work) });
  if (count === 0) throw new ConflictError('The delivery has not ended: it is sent again by itself.', 'PENDING');
  await audit(work, { workspaceId, operation: 'redriveDelivery', subjectType: 'Delivery', subjectId: deliveryId, change: { from } });
  return deliveryId;
}

const manyInput = z.strictObject({
  groupId: z.uuid().nullish(),
  recipientId: z.uuid().nullish(),
  since: z.date(),
});
export type RedriveDeliveriesInput = z.input<typeof manyInput>;

export interface Redriven {
  readonly count: number;
  /** Whether another call would find more. */
  readonly more: boolean;
}

/** Sends again what was made since a moment and given up, of a group or of a recipient, the oldest first. */
export async function redriveDeliveries(work: Work, raw: RedriveDeliveriesInput): Promise<Redriven> {
  const { groupId, recipientId, since } = parseInput(manyInput, raw);
  if ((groupId == null) === (recipientId == null)) throw invalid(['group'], 'Give exactly one of group and recipient.', 'ONE_OF');
  const { workspaceId } = await (groupId == null ? findRecipient(work, recipientId ?? '') : findGroup(work, groupId));
  const where: Prisma.DeliveryWhereInput = {
    workspaceId,
    status: 'FAILED',
    createdAt: { gte: since },
    recipient: { enabled: true, ...(groupId == null ? {} : { groupId }) },
    ...(recipientId == null ? {} : { recipientId }),
  };
  const found = await work.tx.delivery.findMany({ where, orderBy: { id: 'asc' }, take: mostRedriven + 1, select: { id: true } });
  const ids = found.slice(0, mostRedriven).map(({ id }) => id);
  const { count } = await work.tx.delivery.updateMany({ where: { id: { in: ids }, status: 'FAILED' }, data: again(work) });
  await audit(work, {
    workspaceId,
    operation: 'redriveDeliveries',
    subjectType: groupId == null ? 'Recipient' : 'NotificationGroup',
    subjectId: groupId ?? recipientId ?? '',
    change: { count, since: since.toISOString() },
  });
  return { count, more: found.length > mostRedriven };
}

async function findGroup(work: Work, id: string): Promise<{ readonly workspaceId: string }> {
  return permitted(work.viewer, await work.tx.notificationGroup.findUnique({ where: { id } }), { ...needs, noun: 'notification group' });
}

async function findRecipient(work: Work, id: string): Promise<{ readonly workspaceId: string }> {
  const recipient = permitted(work.viewer, await work.tx.recipient.findUnique({ where: { id } }), { ...needs, noun: 'recipient' });
  assertEnabled(recipient);
  return recipient;
}

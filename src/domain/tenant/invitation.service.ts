import { z } from 'zod';
import { AlreadyExistsError, ConflictError, ForbiddenError, NotFoundError } from '#domain/errors';
import { emailInput, parseInput } from '#domain/input';
import type { Work } from '#domain/work';
import { hashToken, isToken, mintToken } from '#platform/auth/token';
import { Role } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import { expiryInput } from './expiry.js';
import { once } from './idempotency.js';
import { assertCan, assertMayGrant, lowerRole, permitted } from './permission.js';
import { audit } from './tenant.audit.js';
import { assertTokenReaches } from './token.reach.js';
import type { Shown } from './token.service.js';
import type { Joined } from './viewer.js';
import { lockWorkspace } from './workspace.lock.js';

const dayMs = 86_400_000;
const usualDays = 7;
const mostDays = 30;

const inviteInput = z.strictObject({
  workspaceId: z.uuid(),
  email: emailInput,
  role: z.enum(Role),
  expiresAt: z.date().nullish(),
  idempotencyKey: z.string().nullish(),
});
export type InviteMemberInput = z.input<typeof inviteInput>;

/** Invites the person who owns an e-mail address. Nothing is sent: the token, shown here once, is handed on by whoever invites. */
export async function inviteMember(work: Work, raw: InviteMemberInput): Promise<Shown> {
  const { idempotencyKey, ...input } = parseInput(inviteInput, raw);
  const { workspaceId, email, role } = input;
  assertCan(work.viewer, workspaceId, 'member.write');
  assertMayGrant(work.viewer, workspaceId, role);
  let token: string | null = null;
  const find = (invited: string) => work.tx.invitation.findUnique({ where: { id: invited }, select: { id: true } });
  const id = await once(work, { workspaceId, operation: 'inviteMember', key: idempotencyKey, body: input, find }, async () => {
    const expiresAt = expiryInput(work.now, input.expiresAt, mostDays * dayMs) ?? new Date(work.now.getTime() + usualDays * dayMs);
    await lockWorkspace(work, workspaceId);
    if ((await work.tx.membership.count({ where: { workspaceId, user: { email } } })) > 0)
      throw new AlreadyExistsError('email', `${email} is a member already.`);
    const open = await work.tx.invitation.count({
      where: { workspaceId, email, acceptedAt: null, revokedAt: null, expiresAt: { gt: work.now } },
    });
    if (open > 0) throw new AlreadyExistsError('email', `${email} has an open invitation: revoke it to make another one.`);
    const minted = mintToken('mri');
    const invitationId = newId();
    await work.tx.invitation.create({
      data: {
        id: invitationId,
        workspaceId,
        email,
        role,
        tokenHash: Uint8Array.from(minted.hash),
        invitedById: work.viewer.actor.id,
        createdAt: work.now,
        expiresAt,
      },
    });
    await audit(work, {
      workspaceId,
      operation: 'inviteMember',
      subjectType: 'Invitation',
      subjectId: invitationId,
      change: { email, role },
    });
    token = minted.token;
    return invitationId;
  });
  return { id, token };
}

/** Makes an open invitation worthless and answers its id. Revoking it again changes nothing. */
export async function revokeInvitation(work: Work, raw: { readonly id: string }): Promise<string> {
  const { id } = parseInput(z.strictObject({ id: z.uuid() }), raw);
  const found = await work.tx.invitation.findUnique({ where: { id }, select: { workspaceId: true, email: true, role: true } });
  const invitation = permitted(work.viewer, found, { see: 'member.write', change: 'member.write', noun: 'invitation' });
  assertMayGrant(work.viewer, invitation.workspaceId, invitation.role);
  const revoked = await work.tx.invitation.updateMany({ where: { id, acceptedAt: null, revokedAt: null }, data: { revokedAt: work.now } });
  if (revoked.count === 0) {
    const now = await work.tx.invitation.findUniqueOrThrow({ where: { id }, select: { acceptedAt: true } });
    if (now.acceptedAt !== null) throw new ConflictError('This invitation has been accepted: remove the member instead.', 'ACCEPTED');
    return id;
  }
  await audit(work, {
    workspaceId: invitation.workspaceId,
    operation: 'revokeInvitation',
    subjectType: 'Invitation',
    subjectId: id,
    change: { email: invitation.email },
  });
  return id;
}

export interface Accepted extends Joined {
  /** The membership's. */
  readonly id: string;
}

/** Makes the person who asks a member. Only the person who owns the invited address can. */
export async function acceptInvitation(work: Work, raw: { readonly token: string }): Promise<Accepted> {
  const { token } = parseInput(z.strictObject({ token: z.string().max(200) }), raw);
  const { actor } = work.viewer;
  if (actor.kind !== 'USER' || actor.id === null) throw new ForbiddenError('Only a person can accept an invitation.');
  // Another person's invitation looks like none, so that a found token tells nothing.
  const unknown = new NotFoundError('There is no such invitation for you.');
  if (!isToken('mri', token)) throw unknown;
  const tokenHash = Uint8Array.from(hashToken(token));
  const found = await work.tx.invitation.findUnique({ where: { tokenHash }, select: { workspaceId: true, email: true, role: true } });
  const user = await work.tx.user.findUnique({ where: { id: actor.id }, select: { id: true, email: true } });
  if (found === null || user?.email !== found.email) throw unknown;
  const { workspaceId, role } = found;
  await assertTokenReaches(work, role);
  await lockWorkspace(work, workspaceId);
  // Only now does nobody else accept or revoke it.
  const invitation = await work.tx.invitation.findUnique({ where: { tokenHash } });
  if (invitation === null) throw unknown;
  const existing = await work.tx.membership.findUnique({
    where: { workspaceId_userId: { workspaceId, userId: user.id } },
    select: { id: true, role: true },
  });
  // The token in use reaches the invited role: a membership that was raised since is answered no higher.
  if (existing !== null && invitation.acceptedAt !== null) return { id: existing.id, workspaceId, role: lowerRole(existing.role, role) };
  if (existing !== null) throw new AlreadyExistsError('token', 'You are a member of this workspace already.');
  const accepted = await work.tx.invitation.updateMany({
    where: { id: invitation.id, acceptedAt: null, revokedAt: null, expiresAt: { gt: work.now } },
    data: { acceptedAt: work.now },
  });
  if (accepted.count === 0) throw closed(invitation);
  const id = newId();
  await work.tx.membership.create({ data: { id, workspaceId, userId: user.id, role, createdAt: work.now, updatedAt: work.now } });
  await audit(work, {
    workspaceId,
    operation: 'acceptInvitation',
    subjectType: 'Membership',
    subjectId: id,
    change: { email: user.email, role, invitationId: invitation.id },
  });
  work.wake('access', [user.id]);
  return { id, workspaceId, role };
}

function closed(invitation: { readonly revokedAt: Date | null; readonly acceptedAt: Date | null }): ConflictError {
  if (invitation.revokedAt !== null) return new ConflictError('This invitation has been revoked.', 'REVOKED');
  if (invitation.acceptedAt !== null) return new ConflictError('This invitation has been used.', 'ACCEPTED');
  return new ConflictError('This invitation has expired.', 'EXPIRED');
}

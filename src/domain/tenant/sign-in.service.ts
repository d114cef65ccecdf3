import type { Identity } from '#platform/auth/jwt';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import type { Work } from '#domain/work';
import { audit } from './tenant.audit.js';
import { type Viewer, systemActor } from './viewer.js';

const system: Viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };

/**
 * Ties a person who signs in for the first time to the account of their verified address, or makes one when an invitation is
 * waiting for that address. Happens once: an account that is tied to an identity is never tied to another. Answers whether it did.
 */
export async function signIn(platform: Platform, identity: Identity): Promise<boolean> {
  const { verifiedEmail: email } = identity;
  if (email === null) return false;
  return transact(platform, system, async (work) => {
    const linked = await work.tx.user.updateMany({
      where: { email, issuer: null, subject: null },
      data: { issuer: identity.issuer, subject: identity.subject },
    });
    if (linked.count > 0) {
      await auditLink(work, email, identity);
      return true;
    }
    const invited = await work.tx.invitation.findFirst({
      where: { email, acceptedAt: null, revokedAt: null, expiresAt: { gt: work.now } },
      select: { id: true },
    });
    if (invited === null) return false;
    // The first sign-in may come twice at once.
    const made = await work.tx.user.createMany({
      data: { id: newId(), email, name: identity.name ?? email, issuer: identity.issuer, subject: identity.subject, createdAt: work.now },
      skipDuplicates: true,
    });
    return made.count > 0 || (await work.tx.user.count({ where: { issuer: identity.issuer, subject: identity.subject } })) > 0;
  });
}

async function auditLink(work: Work, email: string, identity: Identity): Promise<void> {
  const user = await work.tx.user.findUniqueOrThrow({
    where: { email },
    select: { id: true, memberships: { select: { workspaceId: true } } },
  });
  for (const { workspaceId } of user.memberships)
    await audit(work, {
      workspaceId,
      operation: 'signIn',
      subjectType: 'User',
      subjectId: user.id,
      change: { issuer: identity.issuer, subject: identity.subject },
    });
}

import { z } from 'zod';
import { ForbiddenError, NotFoundError } from '#domain/errors';
import { invalid, nameInput, parseInput } from '#domain/input';
import type { Work } from '#domain/work';
import { mintToken } from '#platform/auth/token';
import { Role } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import { expiryInput, noLaterThan } from './expiry.js';
import { once } from './idempotency.js';
import { assertCan, assertMayGrant, permitted } from './permission.js';
import { type AuditedChange, audit } from './tenant.audit.js';
import { assertTokenReaches } from './token.reach.js';

/** Something with a secret that is shown once. */
export interface Shown {
  readonly id: string;
  /** Null when an idempotency key answered an earlier call: secrets are not shown again. */
  readonly token: string | null;
}

const mostMs = 10 * 365 * 86_400_000;

const createInput = z.strictObject({
  /** The workspace of a service's token; absent for a personal one. */
  workspaceId: z.uuid().nullish(),
  name: nameInput,
  role: z.enum(Role),
  expiresAt: z.date().nullish(),
  idempotencyKey: z.string().nullish(),
});
export type CreateApiTokenInput = z.input<typeof createInput>;

/**
 * Makes a token: a service's, limited to a workspace, or without a workspace a personal one, which acts as the person who asks.
 * Its role is at most that of whoever makes it, and with a token in use it ends with that token at the latest.
 */
export async function createApiToken(work: Work, raw: CreateApiTokenInput): Promise<Shown> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const workspaceId = input.workspaceId ?? null;
  const userId = workspaceId === null ? await ownerOf(work, input.role) : null;
  if (workspaceId !== null) {
    assertCan(work.viewer, workspaceId, 'token.write');
    assertMayGrant(work.viewer, workspaceId, input.role);
  }
  const scope = workspaceId ?? userId;
  if (scope === null) throw invalid(['workspace'], 'A token belongs to a workspace or to a person.', 'REQUIRED');
  let token: string | null = null;
  const find = (made: string) => work.tx.apiToken.findUnique({ where: { id: made }, select: { id: true } });
  const id = await once(work, { workspaceId: scope, operation: 'createApiToken', key: idempotencyKey, body: input, find }, async () => {
    const ofTokenInUse = work.viewer.tokenId === null ? null : work.viewer.expiresAt;
    const expiresAt = noLaterThan(expiryInput(work.now, input.expiresAt, mostMs), ofTokenInUse);
    const minted = mintToken('mr');
    const tokenId = newId();
    await work.tx.apiToken.create({
      data: {
        id: tokenId,
        workspaceId,
        userId,
        name: input.name,
        role: input.role,
        prefix: minted.prefix,
        tokenHash: Uint8Array.from(minted.hash),
        createdAt: work.now,
        createdById: work.viewer.actor.kind === 'USER' ? work.viewer.actor.id : null,
        expiresAt,
      },
    });
    const change = {
      name: input.name,
      role: input.role,
      prefix: minted.prefix,
      personal: userId !== null,
      expiresAt: expiresAt?.toISOString() ?? null,
    };
    await auditToken(work, { workspaceId, userId }, { operation: 'createApiToken', subjectType: 'ApiToken', subjectId: tokenId, change });
    token = minted.token;
    return tokenId;
  });
  return { id, token };
}

/**
 * Refuses a token from now on, ends its subscriptions, and answers its id. Revoking it again changes nothing. A token may always be
 * revoked with itself; otherwise nobody revokes what may do more than they may.
 */
export async function revokeApiToken(work: Work, raw: { readonly id: string }): Promise<string> {
  const { id } = parseInput(z.strictObject({ id: z.uuid() }), raw);
  const found = await work.tx.apiToken.findUnique({
    where: { id },
    select: { workspaceId: true, userId: true, role: true, name: true, prefix: true },
  });
  if (found === null) throw new NotFoundError('No such token.');
  if (id !== work.viewer.tokenId) await assertMayRevoke(work, found);
  const { workspaceId, userId, name, prefix } = found;
  const revoked = await work.tx.apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: work.now } });
  if (revoked.count === 0) return id;
  await auditToken(
    work,
    { workspaceId, userId },
    { operation: 'revokeApiToken', subjectType: 'ApiToken', subjectId: id, change: { name, prefix } },
  );
  work.wake('access', [id]);
  return id;
}

async function assertMayRevoke(
  work: Work,
  { workspaceId, userId, role }: { readonly workspaceId: string | null; readonly userId: string | null; readonly role: Role },
): Promise<void> {
  if (workspaceId !== null) {
    permitted(work.viewer, { workspaceId }, { see: 'token.read', change: 'token.write', noun: 'token' });
    assertMayGrant(work.viewer, workspaceId, role);
    return;
  }
  if (userId !== work.viewer.actor.id) throw new NotFoundError('No such token.');
  await assertTokenReaches(work, role);
}

async function ownerOf(work: Work, role: Role): Promise<string> {
  const { actor } = work.viewer;
  if (actor.kind !== 'USER' || actor.id === null)
    throw new ForbiddenError('Only a person can have a personal token; name a workspace to make a service token.');
  await assertTokenReaches(work, role);
  return actor.id;
}

/** A personal token opens every workspace of its person, so each of them gets to know. */
async function auditToken(
  work: Work,
  owner: { readonly workspaceId: string | null; readonly userId: string | null },
  entry: Omit<AuditedChange, 'workspaceId'>,
): Promise<void> {
  if (owner.workspaceId !== null) return audit(work, { ...entry, workspaceId: owner.workspaceId });
  if (owner.userId === null) return;
  const memberships = await work.tx.membership.findMany({ where: { userId: owner.userId }, select: { workspaceId: true } });
  for (const { workspaceId } of memberships) await audit(work, { ...entry, workspaceId });
}

import { z } from 'zod';
import { ConflictError, ForbiddenError, NotFoundError } from '#domain/errors';
import { parseInput } from '#domain/input';
import type { Work } from '#domain/work';
import { Role } from '#platform/db/generated/prisma/enums';
import { assertCan, assertMayGrant, permitted } from './permission.js';
import { audit } from './tenant.audit.js';
import { assertTokenReaches } from './token.reach.js';
import { lockWorkspace } from './workspace.lock.js';

const select = { id: true, workspaceId: true, userId: true, role: true, user: { select: { email: true } } } as const;
interface Member {
  readonly id: string;
  readonly workspaceId: string;
  readonly userId: string;
  readonly role: Role;
  readonly user: { readonly email: string };
}

const updateInput = z.strictObject({ id: z.uuid(), role: z.enum(Role) });
export type UpdateMemberInput = z.input<typeof updateInput>;

/** Gives a member another role and answers the membership's id. The last owner stays one. */
export async function updateMember(work: Work, raw: UpdateMemberInput): Promise<string> {
  const { id, role } = parseInput(updateInput, raw);
  const member = await lockedMember(work, id);
  assertMayGrant(work.viewer, member.workspaceId, member.role);
  assertMayGrant(work.viewer, member.workspaceId, role);
  if (role === member.role) return id;
  if (member.role === 'OWNER') await assertNotLastOwner(work, member.workspaceId);
  await work.tx.membership.update({ where: { id }, data: { role, updatedAt: work.now } });
  await audit(work, {
    workspaceId: member.workspaceId,
    operation: 'updateMember',
    subjectType: 'Membership',
    subjectId: id,
    change: { email: member.user.email, role: { from: member.role, to: role } },
  });
  work.wake('access', [member.userId]);
  return id;
}

/** Ends a membership and with it what its person's tokens may do here. Answers the membership's id. */
export async function removeMember(work: Work, raw: { readonly id: string }): Promise<string> {
  const { id } = parseInput(z.strictObject({ id: z.uuid() }), raw);
  const member = await lockedMember(work, id);
  assertMayGrant(work.viewer, member.workspaceId, member.role);
  await end(work, member, 'removeMember');
  return id;
}

/** Ends one's own membership and answers its id. */
export async function leaveWorkspace(work: Work, raw: { readonly workspaceId: string }): Promise<string> {
  const { workspaceId } = parseInput(z.strictObject({ workspaceId: z.uuid() }), raw);
  assertCan(work.viewer, workspaceId, 'workspace.read');
  const { actor } = work.viewer;
  if (actor.kind !== 'USER' || actor.id === null)
    throw new ForbiddenError('Only a person can leave a workspace: revoke a service token instead.');
  await lockWorkspace(work, workspaceId);
  const member = await work.tx.membership.findUnique({ where: { workspaceId_userId: { workspaceId, userId: actor.id } }, select });
  if (member === null) throw new NotFoundError('No such workspace.');
  await assertTokenReaches(work, member.role);
  await end(work, member, 'leaveWorkspace');
  return member.id;
}

async function end(work: Work, member: Member, operation: 'removeMember' | 'leaveWorkspace'): Promise<void> {
  if (member.role === 'OWNER') await assertNotLastOwner(work, member.workspaceId);
  await work.tx.membership.delete({ where: { id: member.id } });
  await audit(work, {
    workspaceId: member.workspaceId,
    operation,
    subjectType: 'Membership',
    subjectId: member.id,
    change: { email: member.user.email, role: member.role },
  });
  work.wake('access', [member.userId]);
}

/** The member as it is once no other change of this workspace's members is under way. */
async function lockedMember(work: Work, id: string): Promise<Member> {
  const needs = { see: 'member.read', change: 'member.write', noun: 'member' } as const;
  const { workspaceId } = permitted(work.viewer, await work.tx.membership.findUnique({ where: { id }, select }), needs);
  await lockWorkspace(work, workspaceId);
  return permitted(work.viewer, await work.tx.membership.findUnique({ where: { id }, select }), needs);
}

async function assertNotLastOwner(work: Work, workspaceId: string): Promise<void> {
  const owners = await work.tx.membership.count({ where: { workspaceId, role: 'OWNER' } });
  if (owners <= 1) throw new ConflictError('A workspace keeps at least one owner: name another one first.', 'LAST_OWNER');
}

import { ForbiddenError } from '#domain/errors';
import type { Work } from '#domain/work';
import { atLeast } from './permission.js';
import type { Role } from '#platform/db/generated/prisma/enums';

/**
 * What touches the person behind a token (their memberships, workspaces and other tokens) asks for a token that is not limited below it:
 * a token made to read must not be able to make its person an owner.
 */
export async function assertTokenReaches(work: Work, role: Role): Promise<void> {
  const { tokenId } = work.viewer;
  if (tokenId === null) return;
  const token = await work.tx.apiToken.findUnique({ where: { id: tokenId }, select: { role: true } });
  if (token === null || !atLeast(token.role, role)) throw new ForbiddenError(`The token in use is limited to a role below ${role}.`);
}

import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The secrets that the viewer may know of. Those of credentials, webhooks and recipients are told by their owners only. */
export function readableSecrets(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'secret.read')): Prisma.SecretWhereInput {
  return { workspaceId: { in: [...workspaceIds] }, owner: { in: ['WORKSPACE', 'AUTOMATION'] } };
}

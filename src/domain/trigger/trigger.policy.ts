import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The webhooks that the viewer may read: their addresses are credentials. */
export function readableWebhooks(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'webhook.read')): Prisma.WebhookWhereInput {
  return { workspaceId: { in: workspaceIds } };
}

/** The logged requests that the viewer may read. */
export function readableRequests(viewer: Viewer): Prisma.WebhookRequestWhereInput {
  return { workspaceId: { in: workspacesWhere(viewer, 'webhook.read') } };
}

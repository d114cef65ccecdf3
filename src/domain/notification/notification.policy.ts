import type { Prisma } from '#platform/db/generated/prisma/client';
import type { RecipientKind } from '#platform/db/generated/prisma/enums';
import { can, workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The workspaces of groups, recipients and deliveries that the viewer may read: the one `where` of all three. */
export function readableNotifications(
  viewer: Viewer,
  workspaceIds = workspacesWhere(viewer, 'notification.read'),
): { readonly workspaceId: Prisma.UuidFilter } {
  return { workspaceId: { in: workspaceIds } };
}

interface Addressed {
  readonly workspaceId: string;
  readonly kind: RecipientKind;
  readonly address: string;
}

/** An address as the viewer may see it. The URL of a webhook often lets whoever knows it send: those who may not change it see its origin only. */
export function shownAddress(viewer: Viewer, { workspaceId, kind, address }: Addressed): string {
  return can(viewer, workspaceId, 'notification.write') ? address : tellableAddress({ kind, address });
}

/** What may be told of an address to anyone who may read notifications, and in mails: of a URL the origin only. */
export function tellableAddress({ kind, address }: Pick<Addressed, 'kind' | 'address'>): string {
  if (kind === 'EMAIL') return address;
  return URL.canParse(address) ? new URL(address).origin : '';
}

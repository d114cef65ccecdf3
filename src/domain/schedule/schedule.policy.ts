import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The schedules that the viewer may read. */
export function readableSchedules(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'schedule.read')): Prisma.ScheduleWhereInput {
  return { workspaceId: { in: workspaceIds } };
}

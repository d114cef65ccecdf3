import type { Prisma, TriggerPoint } from '#platform/db/generated/prisma/client';
import type { Json } from '#plan/plan';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { knownPoint } from './point.catalogue.js';
import { type Point, type PointCommand, pointDefaultRuntime, pointRuntimes } from './point.js';

export { chainMs, chainOf } from './chain.compile.js';
export type { Point, PointCommand } from './point.js';

/** The trigger points that workspaces made and the viewer may read. */
export function readablePoints(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'point.read')): Prisma.TriggerPointWhereInput {
  return { workspaceId: { in: [...workspaceIds] } };
}

/** The bindings that the viewer may read. */
export function readableBindings(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'point.read')): Prisma.BindingWhereInput {
  return { workspaceId: { in: [...workspaceIds] } };
}

/** A trigger point of a workspace as the well-known ones are. */
export function ownPoint(row: TriggerPoint): Point {
  const { key, name, description, version, status, mode, policy, handler, resume, eventSchema, commands, compatible } = row;
  return {
    key,
    name,
    description,
    version,
    status,
    mode,
    policy,
    handler,
    resume,
    eventSchema: eventSchema as Json | null,
    // Written by its service, in this form.
    commands: commands as unknown as PointCommand[],
    compatible,
    runtimes: pointRuntimes,
    defaultRuntime: pointDefaultRuntime,
  };
}

/** The trigger point of this key in a workspace; null: there is none. */
export async function findPoint(
  prisma: Pick<Prisma.TransactionClient, 'triggerPoint'>,
  workspaceId: string,
  key: string,
): Promise<Point | null> {
  const known = knownPoint(key);
  if (known !== null) return known;
  const row = await prisma.triggerPoint.findUnique({ where: { workspaceId_key: { workspaceId, key } } });
  return row === null ? null : ownPoint(row);
}

import type { Automation, Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import { ConflictError } from '#domain/errors';
import type { Viewer } from '#domain/tenant/viewer';

/** The automations that the viewer may read. Deleted ones stay readable, as the history of their runs. */
export function readableAutomations(viewer: Viewer): Prisma.AutomationWhereInput {
  return { workspaceId: { in: workspacesWhere(viewer, 'automation.read') } };
}

/** The automations that lists show and that an id or a key finds. */
export function listedAutomations(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'automation.read')): Prisma.AutomationWhereInput {
  return { workspaceId: { in: workspaceIds }, deletedAt: null };
}

/** Throws ConflictError (RULE) for an automation that acts by itself, on what happens to records: nothing else starts it, or holds it. */
export function assertAction({ kind }: Pick<Automation, 'kind'>, instead: string): void {
  if (kind === 'RULE') throw new ConflictError(`This is a rule: it acts on what happens to records. ${instead}`, 'RULE');
}

import type { Work } from '#domain/work';

/** Makes changes to the members, invitations and settings of a workspace wait for each other: "at least one owner" is no property of a row. */
export async function lockWorkspace(work: Work, workspaceId: string): Promise<void> {
  await work.sql.query({ name: 'workspace.lock', text: 'SELECT id FROM "Workspace" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [workspaceId]);
}

/** Also keeps new runs and members out, for a workspace that is about to go. */
export async function lockWorkspaceWhole(work: Work, workspaceId: string): Promise<void> {
  await work.sql.query({ name: 'workspace.lockWhole', text: 'SELECT id FROM "Workspace" WHERE id = $1::uuid FOR UPDATE' }, [workspaceId]);
}

import type { Sql, Statement } from '#platform/db/database';

/** A pause that holds back calls of a host. */
export interface HostPause {
  readonly id: string;
  readonly reason: string;
}

const ofHost: Statement = {
  name: 'run.pause.host',
  text: `SELECT id, reason FROM "Pause" WHERE "workspaceId" = $1::uuid AND host = $2`,
};

/**
 * The pause of a host in a workspace, or null. `host` is as `pause.host.ts` spells it. A run that waits for it is written as WAITING with
 * the wait kind PAUSED, this id as its `pauseId` and no `waitUntil`; it is queued again when the pause is gone.
 */
export async function pausedHost(sql: Sql, workspaceId: string, host: string): Promise<HostPause | null> {
  const [pause] = await sql.query<HostPause>(ofHost, [workspaceId, host]);
  return pause ?? null;
}

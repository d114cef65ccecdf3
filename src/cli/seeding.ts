import { createAction } from '#domain/action/action.service';
import { createSchedule } from '#domain/schedule/schedule.service';
import { resolveViewer } from '#domain/tenant/tenant.auth';
import { createApiToken } from '#domain/tenant/token.service';
import { ensureUser } from '#domain/tenant/user.service';
import { type Viewer, systemActor } from '#domain/tenant/viewer';
import { createWorkspace } from '#domain/tenant/workspace.service';
import type { Role } from '#platform/db/generated/prisma/enums';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';

export interface Seeded {
  /** A row's id, not one of the graph. */
  readonly workspaceId: string;
  readonly token: string;
}

export interface SeedOptions {
  /** Of an earlier seed: kept while it is valid. */
  readonly token?: string | null;
  /** The address of the person who owns the workspace. */
  readonly email?: string;
}

const ownerName = 'Owner';

const hello = {
  key: 'hello',
  name: 'Hello',
  description: 'Greets whoever the payload names.',
  code: `export default async (input) => {
  const greeting = 'Hello ' + (input?.name ?? 'world');
  console.log(greeting);
  return { greeting };
};
`,
};

const heartbeat = {
  key: 'heartbeat',
  name: 'Heartbeat',
  description: 'Fires every 10 seconds, so that there is something to watch. Disable it when it has done its duty.',
  code: `export default async () => ({ alive: true });
`,
};

/**
 * A first workspace with a person who owns it, a token of that person, and two actions. Safe to repeat: what is there stays
 * as it is, and what was deleted stays deleted.
 */
export async function seed(platform: Platform, { token = null, email = 'owner@millrace.localhost' }: SeedOptions): Promise<Seeded> {
  const userId = await transact(platform, viewerOf(null, new Map()), (work) => ensureUser(work, { email, name: ownerName }));
  const workspaceId = await ensureWorkspace(platform, userId);
  const viewer = viewerOf(userId, new Map([[workspaceId, 'OWNER']]));
  await ensureActions(platform, viewer, workspaceId);
  return { workspaceId, token: await ensureToken(platform, viewer, workspaceId, token) };
}

function viewerOf(userId: string | null, roles: ReadonlyMap<string, Role>): Viewer {
  return { actor: userId === null ? systemActor : { kind: 'USER', id: userId, name: ownerName }, tokenId: null, roles, expiresAt: null };
}

async function ensureWorkspace(platform: Platform, userId: string): Promise<string> {
  const membership = await platform.db.prisma.membership.findFirst({
    where: { userId, role: 'OWNER' },
    orderBy: { id: 'asc' },
    select: { workspaceId: true },
  });
  if (membership !== null) return membership.workspaceId;
  const viewer = viewerOf(userId, new Map());
  return (await transact(platform, viewer, (work) => createWorkspace(work, { key: 'main', name: 'Main' }))).workspaceId;
}

async function ensureActions(platform: Platform, viewer: Viewer, workspaceId: string): Promise<void> {
  // Deleted automations keep their rows.
  if ((await platform.db.prisma.automation.count({ where: { workspaceId } })) > 0) return;
  await transact(platform, viewer, async (work) => {
    await createAction(work, { workspaceId, ...hello, transform: null });
    const automationId = await createAction(work, { workspaceId, ...heartbeat, transform: null });
    await createSchedule(work, { automationId, interval: 'PT10S', payload: null });
  });
}

async function ensureToken(platform: Platform, viewer: Viewer, workspaceId: string, known: string | null): Promise<string> {
  if (known !== null) {
    const holder = await resolveViewer(platform, `Bearer ${known}`).catch(() => null);
    if (holder?.roles.get(workspaceId) === 'OWNER') return known;
  }
  const { token } = await transact(platform, viewer, (work) => createApiToken(work, { name: 'First token', role: 'OWNER' }));
  if (token === null) throw new Error('A new token was not shown.');
  return token;
}

import { createApp } from '#app';
import { createApiToken } from '#domain/tenant/token.service';
import { ensureUser } from '#domain/tenant/user.service';
import { type Viewer, systemActor } from '#domain/tenant/viewer';
import { createWorkspace } from '#domain/tenant/workspace.service';
import type { Role } from '#platform/db/generated/prisma/enums';
import { type Environment, readConfig } from '#platform/config/config';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';

/** Someone whose membership ends in the middle of a subscription. */
export interface Guest {
  readonly token: string;
  /** In the graph. */
  readonly membership: string;
  readonly workspace: string;
}

export interface GroundWorkspace {
  /** In the database. */
  readonly uuid: string;
  /** In the graph. */
  readonly id: string;
}

/** Workspaces of one person, and people who read one of them. */
export interface Ground {
  readonly workspaces: readonly [GroundWorkspace, GroundWorkspace];
  /** Of the same person: one that floods Millrace, and its neighbours. */
  readonly crowd: readonly [GroundWorkspace, ...GroundWorkspace[]];
  /** Of the same person: one that cancels. */
  readonly quitter: GroundWorkspace;
  readonly token: string;
  readonly guests: readonly Guest[];
}

const insertMember = {
  name: '',
  text: `INSERT INTO "Membership" (id, "workspaceId", "userId", role, "updatedAt") VALUES ($1::uuid, $2::uuid, $3::uuid, 'VIEWER', now())`,
};

const neighbours = 4;

/** Migrates an empty database and makes who is there, in this process, which then lets go of it. */
export async function layGround(environment: Environment, guests: number): Promise<Ground> {
  const app = await createApp(readConfig(environment));
  try {
    const person = (name: string) =>
      transact(app, viewerOf(null, new Map()), (work) => ensureUser(work, { email: `${name}@drill.localhost`, name }));
    const owner = await person('owner');
    const workspace = async (key: string): Promise<GroundWorkspace> => {
      const made = await transact(app, viewerOf(owner, new Map()), (work) => createWorkspace(work, { key, name: key }));
      return { uuid: made.workspaceId, id: `ws_${made.workspaceId}` };
    };
    const workspaces = [await workspace('one'), await workspace('two')] as const;
    const crowd: [GroundWorkspace, ...GroundWorkspace[]] = [await workspace('flood')];
    for (let number = 1; number <= neighbours; number += 1) crowd.push(await workspace(`neighbour-${number}`));
    const quitter = await workspace('quitter');
    const roles = new Map([...workspaces, ...crowd, quitter].map(({ uuid }) => [uuid, 'OWNER' as const]));
    const [first] = workspaces;
    const made: Guest[] = [];
    for (let number = 1; number <= guests; number += 1) {
      const userId = await person(`guest-${number}`);
      const membershipId = newId();
      await app.db.sql.query(insertMember, [membershipId, first.uuid, userId]);
      const token = await personalToken(app, viewerOf(userId, new Map([[first.uuid, 'VIEWER']])), 'VIEWER');
      made.push({ token, membership: `mem_${membershipId}`, workspace: first.id });
    }
    return { workspaces, crowd, quitter, token: await personalToken(app, viewerOf(owner, roles), 'OWNER'), guests: made };
  } finally {
    await app.close();
  }
}

function viewerOf(userId: string | null, roles: ReadonlyMap<string, Role>): Viewer {
  return { actor: userId === null ? systemActor : { kind: 'USER', id: userId, name: 'Drill' }, tokenId: null, roles, expiresAt: null };
}

async function personalToken(platform: Platform, viewer: Viewer, role: Role): Promise<string> {
  const { token } = await transact(platform, viewer, (work) => createApiToken(work, { name: 'drill', role }));
  if (token === null) throw new Error('A new token was not shown.');
  return token;
}

import type { App } from '#app';
import type { Role } from '#platform/db/generated/prisma/enums';
import { transact } from '#platform/work/work';
import { createAction } from '#domain/action/action.service';
import type { CreateActionInput } from '#domain/action/action.input';
import type { Viewer } from '#domain/tenant/viewer';
import { encodeId } from '#schema/node';
import { type SeededMember, type SeededWorkspace, seedWorkspace } from './tenancy.js';

export interface Seeded {
  /** In the database. */
  readonly uuid: string;
  /** In the graph. */
  readonly id: string;
}

export interface SeededAction extends Seeded {
  readonly key: string;
}

export interface Workspace extends Seeded {
  readonly organizationId: string;
  readonly environmentId: string;
  /** May do everything here; for calling services. */
  readonly owner: Viewer;
  /** What stands after `Bearer`, of a service with this role. */
  token(role?: Role): Promise<string>;
  /** A person with this role. */
  member(role: Role): Promise<SeededMember>;
  /** An action that is live; without code or transform it answers its input. */
  action(wanted?: Partial<Omit<CreateActionInput, 'workspaceId'>>): Promise<SeededAction>;
  /** A run of it, committed as every trigger does. */
  run(action: SeededAction, payload?: unknown): Promise<Seeded>;
}

/** What a Millrace holds before a test, in the words of the product: `await seed(app).workspace()`. */
export function seed(app: App) {
  return { workspace: async (): Promise<Workspace> => inWords(app, await seedWorkspace(app)) };
}

function inWords(app: App, seeded: SeededWorkspace): Workspace {
  const { organizationId, workspaceId, environmentId } = seeded;
  const owner: Viewer = {
    actor: { kind: 'SYSTEM', id: null, name: 'test' },
    tokenId: null,
    roles: new Map([[workspaceId, 'OWNER' as const]]),
    expiresAt: null,
  };
  let actions = 0;
  return {
    uuid: workspaceId,
    id: encodeId('Workspace', workspaceId),
    organizationId,
    environmentId,
    owner,
    token: async (role = 'OWNER') => (await seeded.token(role)).token,
    member: (role) => seeded.member(role),
    action: async (wanted = {}) => {
      actions += 1;
      const key = wanted.key ?? `action-${String(actions)}`;
      const echo = wanted.code == null && wanted.transform == null ? { code: 'export default async (input) => input' } : {};
      const uuid = await transact(app, owner, (work) =>
        createAction(work, { name: key, transform: undefined, ...echo, ...wanted, key, workspaceId }),
      );
      return { uuid, id: encodeId('Action', uuid), key };
    },
    run: async ({ uuid }, payload) => {
      const run = await app.triggers.trigger(owner, { workspaceId, automationId: uuid, trigger: 'API', payload });
      return { uuid: run.id, id: encodeId('Run', run.id) };
    },
  };
}

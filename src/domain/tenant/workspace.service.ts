import { z } from 'zod';
import { ConflictError, ForbiddenError, NotFoundError } from '#domain/errors';
import { keyInput, nameInput, parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import type { Work } from '#domain/work';
import type { Config } from '#platform/config/config';
import type { RunStatus } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import { once } from './idempotency.js';
import { assertCan } from './permission.js';
import { audit, differences } from './tenant.audit.js';
import { assertTokenReaches } from './token.reach.js';
import type { Joined } from './viewer.js';
import { lockWorkspace, lockWorkspaceWhole } from './workspace.lock.js';

const createInput = z.strictObject({
  organizationId: z.uuid().nullish(),
  key: keyInput.nullish(),
  name: nameInput,
  idempotencyKey: z.string().nullish(),
});
export type CreateWorkspaceInput = z.input<typeof createInput>;

/** The environment that every workspace has. */
export const productionKey = 'production';

/** Statuses of runs that something still happens to. */
export const openRunStatuses = ['QUEUED', 'WAITING', 'RUNNING'] as const satisfies readonly RunStatus[];

/**
 * Makes a workspace with its environment `production`, owned by the person who asks. Without an organization it gets a new one; a
 * given one must have a workspace that the person owns. A repeat answers the role that the person has by then, and a workspace that they
 * have left is not found.
 */
export async function createWorkspace(work: Work, raw: CreateWorkspaceInput): Promise<Joined> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const { actor } = work.viewer;
  if (actor.kind !== 'USER' || actor.id === null)
    throw new ForbiddenError('Only a person can make a workspace: a service token belongs to the one it was made in.');
  const userId = actor.id;
  await assertTokenReaches(work, 'OWNER');
  const find = (id: string) => work.tx.workspace.findUnique({ where: { id }, select: { id: true } });
  const options = { workspaceId: userId, operation: 'createWorkspace', key: idempotencyKey, body: input, find };
  const workspaceId = await once(work, options, async () => {
    const organizationId = await organizationFor(work, input);
    const id = newId();
    const key = await takeKey(input, async (wanted) => {
      const made = await work.tx.workspace.createMany({
        data: { id, organizationId, key: wanted, name: input.name, createdAt: work.now, updatedAt: work.now },
        skipDuplicates: true,
      });
      return made.count === 1;
    });
    await work.tx.environment.create({
      data: { id: newId(), workspaceId: id, key: productionKey, name: 'Production', createdAt: work.now },
    });
    await work.tx.membership.create({
      data: { id: newId(), workspaceId: id, userId, role: 'OWNER', createdAt: work.now, updatedAt: work.now },
    });
    await audit(work, {
      workspaceId: id,
      operation: 'createWorkspace',
      subjectType: 'Workspace',
      subjectId: id,
      change: { key, name: input.name },
    });
    return id;
  });
  const membership = await work.tx.membership.findUnique({
    where: { workspaceId_userId: { workspaceId, userId } },
    select: { role: true },
  });
  if (membership === null) throw new NotFoundError('No such workspace.');
  return { workspaceId, role: membership.role };
}

async function organizationFor(work: Work, input: z.output<typeof createInput>): Promise<string> {
  const { organizationId } = input;
  if (organizationId !== null && organizationId !== undefined) {
    const workspaces = await work.tx.workspace.findMany({
      where: { organizationId, id: { in: [...work.viewer.roles.keys()] } },
      select: { id: true },
    });
    if (workspaces.length === 0) throw new NotFoundError('No such organization.');
    if (!workspaces.some(({ id }) => work.viewer.roles.get(id) === 'OWNER'))
      throw new ForbiddenError('Only an owner of one of its workspaces can add a workspace to this organization.');
    return organizationId;
  }
  const id = newId();
  // Keys of organizations are unique in the whole installation, where others' names must not show: so never an error, always a free one.
  await takeKey({ key: null, name: input.key ?? input.name }, async (wanted) => {
    const made = await work.tx.organization.createMany({
      data: { id, key: `${wanted}-${id.slice(-8)}`, name: input.name, createdAt: work.now, updatedAt: work.now },
      skipDuplicates: true,
    });
    return made.count === 1;
  });
  return id;
}

const updateInput = ({ workspace: { runningMax, queuedMax } }: Config) =>
  z.strictObject({
    id: z.uuid(),
    key: keyInput.optional(),
    name: nameInput.optional(),
    maxRunning: z.int().min(1).max(runningMax).nullable().optional(),
    maxQueued: z.int().min(1).max(queuedMax).optional(),
  });
export type UpdateWorkspaceInput = z.input<ReturnType<typeof updateInput>>;

/** Changes what is given and answers the workspace's id. */
export async function updateWorkspace(work: Work, raw: UpdateWorkspaceInput): Promise<string> {
  const { id, ...changes } = parseInput(updateInput(work.platform.config), raw);
  assertCan(work.viewer, id, 'workspace.update');
  await lockWorkspace(work, id);
  const before = await work.tx.workspace.findUnique({
    where: { id },
    select: { organizationId: true, key: true, name: true, maxRunning: true, maxQueued: true },
  });
  if (before === null) throw new NotFoundError('No such workspace.');
  const { organizationId, ...fields } = before;
  const change = differences(fields, changes);
  if (Object.keys(change).length === 0) return id;
  const { key, ...rest } = changes;
  const set = defined(rest);
  if (key !== undefined && key !== before.key)
    await takeKey({ key, name: before.name }, async (wanted) => {
      const others = await work.tx.workspace.count({ where: { organizationId, key: wanted, id: { not: id } } });
      if (others > 0) return false;
      await work.tx.workspace.update({ where: { id }, data: { key: wanted } });
      return true;
    });
  await work.tx.workspace.update({ where: { id }, data: { ...set, updatedAt: work.now } });
  await audit(work, { workspaceId: id, operation: 'updateWorkspace', subjectType: 'Workspace', subjectId: id, change });
  return id;
}

/**
 * Deletes a workspace with all that is in it, its audit entries included; this process's log keeps who did it. Refused while runs are
 * open, for their workers would be left with nothing to report to: cancel them first. The last workspace takes its organization along.
 */
export async function deleteWorkspace(work: Work, raw: { readonly id: string }): Promise<string> {
  const { id } = parseInput(z.strictObject({ id: z.uuid() }), raw);
  assertCan(work.viewer, id, 'workspace.delete');
  await lockWorkspaceWhole(work, id);
  const workspace = await work.tx.workspace.findUnique({ where: { id }, select: { organizationId: true, key: true } });
  if (workspace === null) throw new NotFoundError('No such workspace.');
  const open = await work.tx.run.count({ where: { workspaceId: id, status: { in: [...openRunStatuses] } } });
  if (open > 0) throw new ConflictError(`${open} runs of this workspace are not final: cancel them or wait for them first.`, 'OPEN_RUNS');
  await work.tx.workspace.delete({ where: { id } });
  await work.tx.organization.deleteMany({ where: { id: workspace.organizationId, workspaces: { none: {} } } });
  work.platform.log.info({ workspaceId: id, key: workspace.key, actor: work.viewer.actor }, 'workspace deleted');
  work.wake('access', [id]);
  return id;
}

/** Prisma's strict checks take an absent field, not an undefined one. */
function defined<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

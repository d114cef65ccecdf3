import { z } from 'zod';
import type { Namespace } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { ConflictError } from '#domain/errors';
import { descriptionInput, keyInput, nameInput, parseInput, referenceInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, assertRoom, listKeys, lockKeyed, namedKeys, referToAny } from '#domain/keyed';
import { keyedApp } from '#domain/tenant/app.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import { openRunStatuses } from '#domain/tenant/workspace.service';
import type { Work } from '#domain/work';

/** For whoever refers to a namespace: `referTo(work, keyedNamespace, workspaceId, reference)`. */
export const keyedNamespace: Keyed<Namespace> = {
  table: 'Namespace',
  see: 'app.read',
  change: 'app.write',
  noun: 'namespace',
  find: (tx, where) => tx.namespace.findFirst({ where }),
};

const fields = { name: nameInput, description: descriptionInput.nullish(), app: referenceInput.nullish() };

const createInput = z.strictObject({
  workspaceId: z.uuid(),
  key: keyInput.nullish(),
  ...fields,
  idempotencyKey: z.string().nullish(),
});
export type CreateNamespaceInput = z.input<typeof createInput>;

const updateInput = z.strictObject({ ...fields, name: nameInput.nullish() });
export type UpdateNamespaceInput = z.input<typeof updateInput>;

/** Makes a namespace and answers its id. */
export async function createNamespace(work: Work, raw: CreateNamespaceInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const { workspaceId, name } = input;
  assertCan(work.viewer, workspaceId, 'app.write');
  const find = (id: string) => work.tx.namespace.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createNamespace', key: idempotencyKey, body: input, find }, async () => {
    await assertRoom(work, keyedNamespace, workspaceId);
    const id = newId();
    const appId = (await referToAny(work, keyedApp, workspaceId, input.app)) ?? null;
    const key = await takeKey(input, async (free) => {
      const data = {
        id,
        workspaceId,
        appId,
        key: free,
        name,
        description: input.description ?? '',
        createdAt: work.now,
        updatedAt: work.now,
      };
      return (await work.tx.namespace.createMany({ data, skipDuplicates: true })).count === 1;
    });
    await audit(work, { workspaceId, operation: 'createNamespace', subjectType: 'Namespace', subjectId: id, change: { key, name, appId } });
    return id;
  });
}

/** Changes what is given and answers the namespace's id. */
export async function updateNamespace(work: Work, place: Place, raw: UpdateNamespaceInput): Promise<string> {
  const input = parseInput(updateInput, raw);
  const { id, workspaceId, name, description, appId } = await lockKeyed(work, keyedNamespace, place);
  const app = await referToAny(work, keyedApp, workspaceId, input.app);
  const columns = {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(app === undefined ? {} : { appId: app }),
  };
  const change = differences({ name, description, appId }, columns);
  if (Object.keys(change).length === 0) return id;
  await work.tx.namespace.update({ where: { id }, data: { ...columns, updatedAt: work.now } });
  await audit(work, { workspaceId, operation: 'updateNamespace', subjectType: 'Namespace', subjectId: id, change });
  return id;
}

/** Deletes the namespace with its threads and answers its id; the runs that were on them stay. Refused while it is in use. */
export async function deleteNamespace(work: Work, place: Place): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedNamespace, place, 'deleting');
  const where = { deletedAt: null, deployments: { some: { version: { namespaceId: id } } } };
  const users = await work.tx.automation.findMany({ where, select: { key: true }, orderBy: { key: 'asc' }, take: namedKeys });
  if (users.length > 0) {
    const keys = users.map((user) => user.key);
    throw new ConflictError(
      `The namespace "${key}" is used by what is live: ${listKeys(keys, await work.tx.automation.count({ where }))}.`,
      'IN_USE',
    );
  }
  const open = await work.tx.run.count({ where: { thread: { namespaceId: id }, status: { in: [...openRunStatuses] } } });
  if (open > 0)
    throw new ConflictError(`${open} runs on threads of this namespace are not final: cancel them or wait for them first.`, 'OPEN_RUNS');
  await work.tx.namespace.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteNamespace', subjectType: 'Namespace', subjectId: id, change: { key, name } });
  return id;
}

import { z } from 'zod';
import { ConflictError, ForbiddenError } from '#domain/errors';
import { keyInput, nameInput, parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import type { Work } from '#domain/work';
import { newId } from '#platform/ids';
import { once } from './idempotency.js';
import { assertCan, permitted } from './permission.js';
import { audit } from './tenant.audit.js';
import { lockWorkspace } from './workspace.lock.js';
import { openRunStatuses, productionKey } from './workspace.service.js';

const createInput = z.strictObject({
  workspaceId: z.uuid(),
  key: keyInput.nullish(),
  name: nameInput,
  idempotencyKey: z.string().nullish(),
});
export type CreateEnvironmentInput = z.input<typeof createInput>;

/** Makes an environment, in which nothing is deployed yet, and answers its id. */
export async function createEnvironment(work: Work, raw: CreateEnvironmentInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const { workspaceId, name } = input;
  assertCan(work.viewer, workspaceId, 'environment.write');
  const find = (id: string) => work.tx.environment.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createEnvironment', key: idempotencyKey, body: input, find }, async () => {
    const id = newId();
    const key = await takeKey(input, async (wanted) => {
      const made = await work.tx.environment.createMany({
        data: { id, workspaceId, key: wanted, name, createdAt: work.now },
        skipDuplicates: true,
      });
      return made.count === 1;
    });
    await audit(work, { workspaceId, operation: 'createEnvironment', subjectType: 'Environment', subjectId: id, change: { key, name } });
    return id;
  });
}

/** Deletes an environment with its deployments, schedules, webhooks and the history of its runs, and answers its id. `production` always stays. */
export async function deleteEnvironment(work: Work, raw: { readonly id: string }): Promise<string> {
  const { id } = parseInput(z.strictObject({ id: z.uuid() }), raw);
  const found = await work.tx.environment.findUnique({ where: { id }, select: { workspaceId: true, key: true, name: true } });
  const { workspaceId, key, name } = permitted(work.viewer, found, {
    see: 'workspace.read',
    change: 'environment.write',
    noun: 'environment',
  });
  if (key === productionKey) throw new ForbiddenError('Every workspace keeps its environment "production".');
  await lockWorkspace(work, workspaceId);
  const open = await work.tx.run.count({ where: { environmentId: id, status: { in: [...openRunStatuses] } } });
  if (open > 0) throw new ConflictError(`${open} runs of this environment are not final: cancel them or wait for them first.`, 'OPEN_RUNS');
  // Nothing refers to a secret by a foreign key: its owner may be of any kind.
  const webhooks = await work.tx.webhook.findMany({ where: { environmentId: id }, select: { id: true } });
  await work.tx.secret.deleteMany({ where: { ownerId: { in: webhooks.map((webhook) => webhook.id) } } });
  await work.tx.environment.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteEnvironment', subjectType: 'Environment', subjectId: id, change: { key, name } });
  return id;
}

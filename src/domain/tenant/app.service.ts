import { z } from 'zod';
import type { App } from '#platform/db/generated/prisma/client';
import { ConflictError } from '#domain/errors';
import { descriptionInput, keyInput, nameInput, parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, assertRoom, listKeys, lockKeyed, namedKeys } from '#domain/keyed';
import { webhookUrlInput } from '#domain/webhook-url';
import type { Work } from '#domain/work';
import { newId } from '#platform/ids';
import { once } from './idempotency.js';
import { assertCan } from './permission.js';
import { scopeNames, scopesInput } from './scope.policy.js';
import { audit, differences } from './tenant.audit.js';

export const keyedApp: Keyed<App> = {
  table: 'App',
  see: 'app.read',
  change: 'app.write',
  noun: 'app',
  find: (tx, where) => tx.app.findFirst({ where }),
};

/** What its rules may do, and where their calls go. */
const offering = { disabled: z.boolean().nullish(), scopes: scopesInput.nullish(), webhookUrl: webhookUrlInput.nullish() };

const createInput = z.strictObject({
  workspaceId: z.uuid(),
  key: keyInput.nullish(),
  name: nameInput,
  description: descriptionInput.nullish(),
  ...offering,
  idempotencyKey: z.string().nullish(),
});
export type CreateAppInput = z.input<typeof createInput>;

const updateInput = z.strictObject({ name: nameInput.nullish(), description: descriptionInput.nullish(), ...offering });
export type UpdateAppInput = z.input<typeof updateInput>;

/** Makes an app and answers its id. */
export async function createApp(work: Work, raw: CreateAppInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const { workspaceId, name } = input;
  assertCan(work.viewer, workspaceId, 'app.write');
  const find = (id: string) => work.tx.app.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createApp', key: idempotencyKey, body: input, find }, async () => {
    await assertRoom(work, keyedApp, workspaceId);
    const id = newId();
    const key = await takeKey(input, async (free) => {
      const data = {
        id,
        workspaceId,
        key: free,
        name,
        description: input.description ?? '',
        disabled: input.disabled ?? false,
        scopes: input.scopes ?? [...scopeNames],
        webhookUrl: input.webhookUrl ?? null,
        createdAt: work.now,
        updatedAt: work.now,
      };
      return (await work.tx.app.createMany({ data, skipDuplicates: true })).count === 1;
    });
    await audit(work, { workspaceId, operation: 'createApp', subjectType: 'App', subjectId: id, change: { key, name } });
    return id;
  });
}

/** Changes what is given and answers the app's id. */
export async function updateApp(work: Work, place: Place, raw: UpdateAppInput): Promise<string> {
  const input = parseInput(updateInput, raw);
  const { id, workspaceId, name, description, disabled, scopes, webhookUrl, webhookDisabledAt } = await lockKeyed(work, keyedApp, place);
  const columns = {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(input.disabled === undefined ? {} : { disabled: input.disabled ?? false }),
    ...(input.webhookUrl === undefined ? {} : { webhookUrl: input.webhookUrl }),
  };
  // Whoever gives it has mended it, even where it stays the same.
  const mended = input.webhookUrl === undefined ? {} : { webhookFailures: 0, webhookFailingSince: null, webhookDisabledAt: null };
  const switchedOn = input.webhookUrl === undefined || webhookDisabledAt === null ? {} : { webhookDisabledAt: null };
  const granted = input.scopes === undefined ? undefined : (input.scopes ?? [...scopeNames]);
  const change = differences(
    { name, description, disabled, webhookUrl, webhookDisabledAt: webhookDisabledAt?.toISOString() ?? null, scopes: scopes.join(' ') },
    { ...columns, ...switchedOn, scopes: granted?.join(' ') },
  );
  if (Object.keys(change).length === 0) return id;
  const data = { ...columns, ...mended, ...(granted === undefined ? {} : { scopes: granted }), updatedAt: work.now };
  await work.tx.app.update({ where: { id }, data });
  await audit(work, { workspaceId, operation: 'updateApp', subjectType: 'App', subjectId: id, change });
  return id;
}

/**
 * Deletes the app with its instances and answers its id. Throws ConflictError (HAS_RULES) while rules belong to it: without it they would act
 * with other rights. What else belonged to it stays, without an app; groups that told of its runs only go with it, and a
 * pause of it ends, for nobody could tell any more what it holds.
 */
export async function deleteApp(work: Work, place: Place): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedApp, place, 'deleting');
  const rules = await work.tx.automation.findMany({
    where: { appId: id, kind: 'RULE', deletedAt: null },
    orderBy: { key: 'asc' },
    take: namedKeys,
    select: { key: true },
  });
  if (rules.length > 0) throw new ConflictError(`Rules belong to the app: ${listKeys(rules.map((rule) => rule.key))}.`, 'HAS_RULES');
  await work.tx.secret.deleteMany({ where: { ownerId: id, owner: 'APP' } });
  const pause = await work.tx.pause.findFirst({ where: { workspaceId, subjectId: id } });
  if (pause !== null && (await work.tx.pause.deleteMany({ where: { id: pause.id } })).count > 0) {
    const change = { kind: pause.kind, subject: id };
    await audit(work, { workspaceId, operation: 'resume', subjectType: 'Pause', subjectId: pause.id, change });
    work.wake('pause', [pause.id]);
  }
  await work.tx.app.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteApp', subjectType: 'App', subjectId: id, change: { key, name } });
  return id;
}

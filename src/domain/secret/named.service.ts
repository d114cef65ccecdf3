import type { Automation, Secret } from '#platform/db/generated/prisma/client';
import { LimitExceededError, NotFoundError } from '#domain/errors';
import { parseInput } from '#domain/input';
import { type Keyed, referTo } from '#domain/keyed';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { type SetSecretInput, setInput } from './secret.input.js';
import { type SecretPlace, dropSecrets, lockSecrets, putSecrets } from './secret.service.js';

const keyedAutomation: Keyed<Automation> = {
  table: 'Automation',
  see: 'automation.read',
  change: 'automation.write',
  noun: 'action',
  find: (tx, where) => tx.automation.findFirst({ where: { ...where, deletedAt: null } }),
};

/** Gives a name of the workspace or of an action a value, whether it had one or not, and answers the secret's id. */
export async function setSecret(work: Work, raw: SetSecretInput): Promise<string> {
  const { workspaceId, action, name, value } = parseInput(setInput(work.platform.config), raw);
  assertCan(work.viewer, workspaceId, 'secret.write');
  // Held against its deletion, which would leave the secret to nobody.
  const automation = action == null ? null : await referTo(work, keyedAutomation, workspaceId, action, 'sharing');
  const place: SecretPlace =
    automation === null
      ? { workspaceId, owner: 'WORKSPACE', ownerId: workspaceId }
      : { workspaceId, owner: 'AUTOMATION', ownerId: automation.id };
  await lockSecrets(work, place.ownerId);
  const where = { ownerId_name: { ownerId: place.ownerId, name } };
  const before = await work.tx.secret.findUnique({ where, select: { id: true } });
  if (before === null) await assertRoom(work, place);
  await putSecrets(work, place, { [name]: value });
  const { id } = await work.tx.secret.findUniqueOrThrow({ where, select: { id: true } });
  const change = { name, of: automation?.key ?? null, replaced: before !== null };
  await audit(work, { workspaceId, operation: 'setSecret', subjectType: 'Secret', subjectId: id, change });
  return id;
}

/** Of a workspace ten times as many as of an automation. */
async function assertRoom(work: Work, { owner, ownerId }: SecretPlace): Promise<void> {
  const { most } = work.platform.config.secrets;
  const limit = owner === 'WORKSPACE' ? most * 10 : most;
  if ((await work.tx.secret.count({ where: { ownerId } })) < limit) return;
  throw new LimitExceededError(`${owner === 'WORKSPACE' ? 'A workspace' : 'An action'} has at most ${limit} secrets.`, limit);
}

/** Forgets a secret of a workspace or of an action and answers its id. */
export async function deleteSecret(work: Work, secretId: string): Promise<string> {
  const found = await work.tx.secret.findFirst({ where: { id: secretId, owner: { in: ['WORKSPACE', 'AUTOMATION'] } } });
  const { ownerId } = permitted<Secret>(work.viewer, found, { see: 'secret.read', change: 'secret.write', noun: 'secret' });
  await lockSecrets(work, ownerId);
  const secret = await work.tx.secret.findUnique({ where: { id: secretId }, select: { name: true, owner: true, workspaceId: true } });
  if (secret === null) throw new NotFoundError('No such secret.');
  const { name, owner, workspaceId } = secret;
  await dropSecrets(work, ownerId, [name]);
  const automation = owner === 'AUTOMATION' ? await work.tx.automation.findUnique({ where: { id: ownerId }, select: { key: true } }) : null;
  const change = { name, of: automation?.key ?? null };
  await audit(work, { workspaceId, operation: 'deleteSecret', subjectType: 'Secret', subjectId: secretId, change });
  return secretId;
}

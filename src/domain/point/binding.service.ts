import { newId } from '#platform/ids';
import { invalid, parseInput } from '#domain/input';
import { NotFoundError } from '#domain/errors';
import { dropSecrets, putSecrets } from '#domain/secret/secret.service';
import { assertCan } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { type UpdateBindingsInput, bindingsInput } from './binding.input.js';
import { type ResolvedBinding, resolveBindings } from './binding.resolve.js';
import { lockPoint, renewChain } from './chain.service.js';
import { findPoint, type Point } from './point.policy.js';

/**
 * Makes the list be what is bound to a trigger point, in its order; what is bound again keeps its row and, unless told otherwise, its
 * secrets. Answers the point's key. Throws InvalidInputError that names every entry at fault.
 */
export async function updateBindings(work: Work, raw: UpdateBindingsInput): Promise<string> {
  const input = parseInput(bindingsInput(work.platform.config), raw);
  const { workspaceId, triggerPoint } = input;
  assertCan(work.viewer, workspaceId, 'point.write');
  await boundPoint(work, workspaceId, triggerPoint);
  const { bound, entries } = await resolveBindings(work, input, async () => {
    await lockPoint(work, workspaceId, triggerPoint);
    // It may have been deleted, or changed, by who held it until now.
    return boundPoint(work, workspaceId, triggerPoint);
  });

  const kept = new Set(entries.flatMap(({ before }) => (before === null ? [] : [before.id])));
  for (const { id } of bound) if (!kept.has(id)) await dropSecrets(work, id);
  await work.tx.binding.deleteMany({ where: { workspaceId, triggerPoint, id: { notIn: [...kept] } } });
  for (const [position, entry] of entries.entries()) await put(work, { workspaceId, triggerPoint }, position, entry);
  await renewChain(work, workspaceId, triggerPoint);
  await audit(work, {
    workspaceId,
    operation: 'updateTriggerBindings',
    subjectType: 'TriggerPoint',
    subjectId: workspaceId,
    change: {
      triggerPoint,
      actions: entries.map(({ automation }) => automation.key),
      secrets: entries.flatMap(({ automation, wanted }) => (wanted.secrets ?? []).map(({ name }) => `${automation.key}.${name}`)),
    },
  });
  return triggerPoint;
}

/** Throws NotFoundError, or InvalidInputError for one to which nothing is bound. */
async function boundPoint(work: Work, workspaceId: string, triggerPoint: string): Promise<Point> {
  const point = await findPoint(work.tx, workspaceId, triggerPoint);
  if (point === null) throw new NotFoundError(`There is no trigger point "${triggerPoint}".`);
  if (point.policy === 'ENTITY_BOUND')
    throw invalid(
      ['triggerPoint'],
      `The actions of "${triggerPoint}" are tied to things of their own; nothing is bound to it.`,
      'ENTITY_BOUND',
    );
  return point;
}

async function put(
  work: Work,
  place: { readonly workspaceId: string; readonly triggerPoint: string },
  position: number,
  { wanted, automation, before }: ResolvedBinding,
): Promise<void> {
  const displayName = wanted.displayName ?? before?.displayName ?? automation.name;
  const id = before?.id ?? newId();
  if (before === null)
    await work.tx.binding.create({
      data: { id, ...place, automationId: automation.id, position, displayName, createdAt: work.now, updatedAt: work.now },
    });
  else if (before.position !== position || before.displayName !== displayName || wanted.secrets != null)
    await work.tx.binding.update({ where: { id }, data: { position, displayName, updatedAt: work.now } });
  if (wanted.secrets == null) return;
  const names = new Set(wanted.secrets.map(({ name }) => name));
  const known = await work.tx.secret.findMany({ where: { ownerId: id }, select: { name: true } });
  const gone = known.map(({ name }) => name).filter((name) => !names.has(name));
  if (gone.length > 0) await dropSecrets(work, id, gone);
  const values = wanted.secrets.flatMap(({ name, value }) => (value == null ? [] : [[name, value] as const]));
  await putSecrets(work, { workspaceId: place.workspaceId, owner: 'BINDING', ownerId: id }, Object.fromEntries(values));
}

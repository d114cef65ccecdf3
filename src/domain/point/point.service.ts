import { Prisma, type TriggerPoint } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import { ConflictError, InvalidInputError, LimitExceededError } from '#domain/errors';
import { parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, listKeys, lockKeyed, namedKeys } from '#domain/keyed';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { lockPoint, renewChain } from './chain.service.js';
import { knownPoint } from './point.catalogue.js';
import { commandsOf, handlerOf, pointProblems } from './point.check.js';
import { type CreatePointInput, type PointFields, type UpdatePointInput, createInput, updateInput } from './point.input.js';
import { findPoint, ownPoint } from './point.policy.js';

const keyedPoint: Keyed<TriggerPoint> = {
  table: 'TriggerPoint',
  see: 'point.read',
  change: 'point.write',
  noun: 'trigger point',
  find: (tx, where) => tx.triggerPoint.findFirst({ where }),
};

/** Of one workspace, beside the well-known ones. */
const mostPoints = 100;

/** Makes a trigger point and answers its id. */
export async function createPoint(work: Work, raw: CreatePointInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'point.write');
  const find = (id: string) => work.tx.triggerPoint.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createTriggerPoint', key: idempotencyKey, body: input, find }, async () => {
    const { name } = input;
    if ((await work.tx.triggerPoint.count({ where: { workspaceId } })) >= mostPoints)
      throw new LimitExceededError(`A workspace has at most ${String(mostPoints)} trigger points of its own.`, mostPoints);
    const id = newId();
    const columns = columnsOf({ commands: null, compatible: null, ...input });
    const key = await takeKey(input, async (free) => {
      // The well-known ones are there in every workspace.
      if (knownPoint(free) !== null) return false;
      const handler = columns.handler ?? handlerOf(free);
      const data = { id, workspaceId, key: free, name, ...columns, handler, createdAt: work.now, updatedAt: work.now };
      return (await work.tx.triggerPoint.createMany({ data, skipDuplicates: true })).count === 1;
    });
    await check(work, await work.tx.triggerPoint.findUniqueOrThrow({ where: { id } }));
    await renewChain(work, workspaceId, key);
    await audit(work, { workspaceId, operation: 'createTriggerPoint', subjectType: 'TriggerPoint', subjectId: id, change: { key, name } });
    return id;
  });
}

/** Changes what is given, for the next firing, and answers the point's id. */
export async function updatePoint(work: Work, place: Place, raw: UpdatePointInput): Promise<string> {
  const input = parseInput(updateInput(work.platform.config), raw);
  refuseKnown(place);
  const before = await lockKeyed(work, keyedPoint, place);
  const { id, workspaceId, key } = before;
  const { handler, ...columns } = columnsOf(input);
  const after = await work.tx.triggerPoint.update({
    where: { id },
    data: {
      ...columns,
      ...(input.name == null ? {} : { name: input.name }),
      ...(handler === undefined ? {} : { handler: handler ?? handlerOf(key) }),
      updatedAt: work.now,
    },
  });
  await check(work, after);
  await renewChain(work, workspaceId, key);
  const changed = Object.keys(ownPoint(after)).filter((field) => textOf(before, field) !== textOf(after, field));
  if (changed.length > 0)
    await audit(work, {
      workspaceId,
      operation: 'updateTriggerPoint',
      subjectType: 'TriggerPoint',
      subjectId: id,
      change: { key, changed },
    });
  return id;
}

const textOf = (row: TriggerPoint, field: string): string =>
  canonicalJson(((ownPoint(row) as unknown as Readonly<Record<string, Json>>)[field] ?? null) satisfies Json);

/** Deletes the point and answers its id. Refused while actions are bound to it. */
export async function deletePoint(work: Work, place: Place): Promise<string> {
  refuseKnown(place);
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedPoint, place, 'deleting');
  await lockPoint(work, workspaceId, key);
  const bindings = await work.tx.binding.findMany({
    where: { workspaceId, triggerPoint: key },
    select: { automation: { select: { key: true } } },
    orderBy: { position: 'asc' },
  });
  if (bindings.length > 0) {
    const keys = bindings.map((binding) => binding.automation.key);
    throw new ConflictError(
      `Actions are bound to "${key}": ${listKeys(keys.slice(0, namedKeys), keys.length)}. Unbind them first.`,
      'IN_USE',
    );
  }
  await work.tx.triggerPoint.delete({ where: { id } });
  await renewChain(work, workspaceId, key);
  await audit(work, { workspaceId, operation: 'deleteTriggerPoint', subjectType: 'TriggerPoint', subjectId: id, change: { key, name } });
  return id;
}

function refuseKnown(place: Place): void {
  if ('key' in place && knownPoint(place.key) !== null)
    throw new ConflictError(`The trigger point "${place.key}" is the same in every workspace.`, 'WELL_KNOWN');
}

/** What is given as columns; null is the default. The handler's default is made of the key. */
function columnsOf(given: PointFields) {
  const { description, version, status, mode, handler, resume, eventSchema, commands, compatible } = given;
  return {
    ...(description === undefined ? {} : { description: description ?? '' }),
    ...(version == null ? {} : { version }),
    ...(status == null ? {} : { status }),
    ...(mode == null ? {} : { mode }),
    ...(handler === undefined ? {} : { handler }),
    ...(resume === undefined ? {} : { resume }),
    ...(eventSchema === undefined ? {} : { eventSchema: eventSchema === null ? Prisma.DbNull : (eventSchema as Prisma.InputJsonObject) }),
    ...(commands === undefined ? {} : { commands: commandsOf(commands) as unknown as Prisma.InputJsonArray }),
    ...(compatible === undefined ? {} : { compatible: [...new Set(compatible)] }),
  };
}

/** Throws InvalidInputError for a point that is not sound as a whole. */
async function check(work: Work, row: TriggerPoint): Promise<void> {
  const point = ownPoint(row);
  const problems = pointProblems(point);
  for (const [index, key] of point.compatible.entries())
    if ((await findPoint(work.tx, row.workspaceId, key)) === null)
      problems.push({ path: ['compatible', String(index)], message: `There is no trigger point "${key}".`, code: 'NOT_FOUND' });
  if (problems.length > 0) throw new InvalidInputError(problems);
}

import type { Integration, Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { buildRelease } from '#domain/action/install.service';
import { ConflictError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, assertRoom, listKeys, lockKeyed, namedKeys } from '#domain/keyed';
import { findPoint } from '#domain/point/point.policy';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import {
  type CreateIntegrationInput,
  type ReleaseIntegrationInput,
  type UpdateIntegrationInput,
  createInput,
  releaseInput,
  updateInput,
} from './integration.input.js';
import { compareVersions } from './integration.version.js';

export const keyedIntegration: Keyed<Integration> = {
  table: 'Integration',
  see: 'integration.read',
  change: 'integration.write',
  noun: 'integration',
  find: (tx, where) => tx.integration.findFirst({ where }),
};

/** A workspace's catalogue keeps every state that anything was installed from. */
const mostReleases = 1_000;

/** Makes an integration without a release and answers its id. */
export async function createIntegration(work: Work, raw: CreateIntegrationInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const { workspaceId, name, description, partner, logoUrl, feature } = input;
  assertCan(work.viewer, workspaceId, 'integration.write');
  const find = (id: string) => work.tx.integration.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createIntegration', key: idempotencyKey, body: input, find }, async () => {
    await assertRoom(work, keyedIntegration, workspaceId);
    const id = newId();
    const columns = { description: description ?? '', partner: partner ?? '', logoUrl: logoUrl ?? null, feature: feature ?? 'ACTION' };
    const key = await takeKey(input, async (free) => {
      const data = { id, workspaceId, key: free, name, ...columns, createdAt: work.now, updatedAt: work.now };
      return (await work.tx.integration.createMany({ data, skipDuplicates: true })).count === 1;
    });
    await audit(work, { workspaceId, operation: 'createIntegration', subjectType: 'Integration', subjectId: id, change: { key, name } });
    return id;
  });
}

/** Changes what a catalogue shows of it. Answers its id. */
export async function updateIntegration(work: Work, place: Place, raw: UpdateIntegrationInput): Promise<string> {
  const input = parseInput(updateInput, raw);
  const { id, workspaceId, name, description, partner, logoUrl, feature } = await lockKeyed(work, keyedIntegration, place);
  const columns = {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(input.partner === undefined ? {} : { partner: input.partner ?? '' }),
    ...(input.logoUrl === undefined ? {} : { logoUrl: input.logoUrl }),
    ...(input.feature == null ? {} : { feature: input.feature }),
  };
  const change = differences({ name, description, partner, logoUrl, feature }, columns);
  if (Object.keys(change).length === 0) return id;
  await work.tx.integration.update({ where: { id }, data: { ...columns, updatedAt: work.now } });
  await audit(work, { workspaceId, operation: 'updateIntegration', subjectType: 'Integration', subjectId: id, change });
  return id;
}

/** Deletes an integration with its releases and answers its id. Throws ConflictError (INSTALLED) while an action comes from it. */
export async function deleteIntegration(work: Work, place: Place): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedIntegration, place, 'deleting');
  const where = { workspaceId, deletedAt: null, release: { integrationId: id } };
  const installed = await work.tx.automation.findMany({ where, select: { key: true }, orderBy: { key: 'asc' }, take: namedKeys });
  if (installed.length > 0) {
    const keys = listKeys(
      installed.map((one) => one.key),
      await work.tx.automation.count({ where }),
    );
    throw new ConflictError(`The integration "${key}" is installed: ${keys}.`, 'INSTALLED');
  }
  await work.tx.integration.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteIntegration', subjectType: 'Integration', subjectId: id, change: { key, name } });
  return id;
}

/** Publishes a state of an integration, which never changes, and answers the integration's id. What is installed stays as it is. */
export async function releaseIntegration(work: Work, place: Place, raw: ReleaseIntegrationInput): Promise<string> {
  const input = parseInput(releaseInput(work.platform.config), raw);
  const { id: integrationId, workspaceId, key } = await lockKeyed(work, keyedIntegration, place);
  const { version, triggerPoint, code } = input;
  const last = await work.tx.integrationRelease.findFirst({ where: { integrationId }, orderBy: { number: 'desc' } });
  if (last !== null && compareVersions(version, last.version) <= 0)
    throw invalid(['version'], `This comes not after ${last.version}, the last release.`, 'NOT_HIGHER');
  const number = (last?.number ?? 0) + 1;
  if (number > mostReleases) throw new ConflictError(`An integration has at most ${mostReleases} releases.`, 'FULL');
  if ((await findPoint(work.tx, workspaceId, triggerPoint)) === null)
    throw invalid(['triggerPoint'], 'There is no such trigger point.', 'UNKNOWN_TRIGGER_POINT');
  const release = {
    id: newId(),
    integrationId,
    version,
    number,
    triggerPoint,
    language: input.language ?? ('JAVASCRIPT' as const),
    code,
    dependencies: (input.dependencies ?? []).map((dependency) => ({ ...dependency, version: dependency.version ?? 'latest' })),
    createdAt: work.now,
  };
  await buildRelease(work, workspaceId, release);
  const described = <
    Wanted extends { readonly name: string; readonly label?: string | null | undefined; readonly description?: string | null | undefined },
  >(
    wanted: Wanted,
  ) => ({ ...wanted, label: wanted.label ?? wanted.name, description: wanted.description ?? '' });
  const requiredSecrets = (input.requiredSecrets ?? []).map(described);
  const requiredConfiguration = (input.requiredConfiguration ?? []).map((wanted) => ({
    ...described(wanted),
    default: wanted.default ?? null,
  }));
  await work.tx.integrationRelease.create({
    data: { ...release, requiredSecrets, requiredConfiguration } satisfies Prisma.IntegrationReleaseUncheckedCreateInput,
  });
  await work.tx.integration.update({ where: { id: integrationId }, data: { updatedAt: work.now } });
  await audit(work, {
    workspaceId,
    operation: 'releaseIntegration',
    subjectType: 'Integration',
    subjectId: integrationId,
    change: { key, version },
  });
  return integrationId;
}

import type { IntegrationRelease } from '#platform/db/generated/prisma/client';
import { type InstallInput, type MoveInput, installAction, moveAction } from '#domain/action/install.service';
import type { AutomationPlace } from '#domain/automation/automation.service';
import { ConflictError, NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { type Reference, referTo } from '#domain/keyed';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import { keyedIntegration } from './integration.service.js';

/** A release of an integration: by its id, or by its version. */
export type ReleaseReference = { readonly id: string } | { readonly version: string };

/** Makes an action of an integration and answers the action's id. The release is the current one when none is given. */
export async function installIntegration(
  work: Work,
  workspaceId: string,
  {
    integration,
    release,
    idempotencyKey,
    ...input
  }: InstallInput & {
    readonly integration: Reference;
    readonly release: ReleaseReference | null;
    readonly idempotencyKey?: string | null | undefined;
  },
): Promise<string> {
  assertCan(work.viewer, workspaceId, 'integration.read');
  assertCan(work.viewer, workspaceId, 'automation.write');
  const find = (id: string) => work.tx.automation.findUnique({ where: { id, deletedAt: null }, select: { id: true } });
  const body = { ...input, integration, release };
  return once(work, { workspaceId, operation: 'installIntegration', key: idempotencyKey, body, find }, () =>
    install(work, workspaceId, body),
  );
}

async function install(
  work: Work,
  workspaceId: string,
  { integration, release, ...input }: InstallInput & { readonly integration: Reference; readonly release: ReleaseReference | null },
): Promise<string> {
  const { id, key } = await referTo(work, keyedIntegration, workspaceId, integration).catch((error: unknown) => {
    throw error instanceof NotFoundError ? invalid(['integration'], 'There is no such integration.', 'NOT_FOUND') : error;
  });
  const found = await findRelease(work, id, release);
  if (found === null && release === null) throw new ConflictError(`The integration "${key}" has no release yet.`, 'NOT_RELEASED');
  return installAction(work, workspaceId, found ?? unknownRelease(), input);
}

/** Moves the draft of an installed action to another release, the current one when none is given, and answers the action's id. */
export function installRelease(
  work: Work,
  place: AutomationPlace,
  { release, ...input }: MoveInput & { readonly release: ReleaseReference | null },
): Promise<string> {
  return moveAction(
    work,
    place,
    input,
    async (installed) => (await findRelease(work, installed.integrationId, release)) ?? unknownRelease(),
  );
}

/** The release of this integration; the current one for null. */
function findRelease(work: Work, integrationId: string, release: ReleaseReference | null): Promise<IntegrationRelease | null> {
  return work.tx.integrationRelease.findFirst({ where: { integrationId, ...release }, orderBy: { number: 'desc' } });
}

function unknownRelease(): never {
  throw invalid(['release'], 'The integration has no such release.', 'NOT_FOUND');
}

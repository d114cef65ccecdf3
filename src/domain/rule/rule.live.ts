import type { Prisma } from '#platform/db/generated/prisma/client';
import { productionKey } from '#domain/tenant/workspace.service';
import { type RuleSpec, specOf } from './rule.spec.js';

/** What rules say now, by the ids of their automations. */
export async function liveSpecs(
  prisma: Prisma.TransactionClient,
  automationIds: readonly string[],
): Promise<ReadonlyMap<string, RuleSpec>> {
  const versions = await prisma.automationVersion.findMany({
    where: { automationId: { in: [...automationIds] }, deployments: { some: { environment: { key: productionKey } } } },
    select: { automationId: true, spec: true },
  });
  return new Map(versions.map(({ automationId, spec }) => [automationId, specOf(spec)]));
}

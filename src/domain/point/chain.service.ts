import type { Prisma } from '#platform/db/generated/prisma/client';
import { planHash } from '#plan/hash';
import type { Plan } from '#plan/plan';
import { dropSecrets } from '#domain/secret/secret.service';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Work } from '#domain/work';
import { type ChainLink, compileChain } from './chain.compile.js';
import { findPoint } from './point.policy.js';

const lock = {
  name: 'point.lock',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('trigger point ' || $1 || ' ' || $2, 0)) IS NULL AS held`,
};

/**
 * Makes those who change what a trigger point executes wait for each other until the end of the work. Who locks automations, too, does
 * so before.
 */
export async function lockPoint(work: Work, workspaceId: string, triggerPoint: string): Promise<void> {
  await work.sql.query(lock, [workspaceId, triggerPoint]);
}

/** Compiles what a firing of the point executes from now on: its bound actions at the versions that are live. A run that is made keeps its chain. */
export async function renewChain(work: Work, workspaceId: string, triggerPoint: string): Promise<void> {
  await lockPoint(work, workspaceId, triggerPoint);
  const point = await findPoint(work.tx, workspaceId, triggerPoint);
  const place = { workspaceId_triggerPoint: { workspaceId, triggerPoint } };
  if (point === null) {
    await work.tx.pointChain.deleteMany({ where: { workspaceId, triggerPoint } });
    return;
  }
  const plan = compileChain(point, await linksOf(work, workspaceId, triggerPoint));
  const hash = planHash(plan);
  await work.tx.plan.createMany({
    data: { hash, document: plan as unknown as Prisma.InputJsonObject, createdAt: work.now },
    skipDuplicates: true,
  });
  await work.tx.pointChain.upsert({
    where: place,
    create: { workspaceId, triggerPoint, planHash: hash, updatedAt: work.now },
    update: { planHash: hash, updatedAt: work.now },
  });
}

async function linksOf(work: Work, workspaceId: string, triggerPoint: string): Promise<ChainLink[]> {
  const bindings = await work.tx.binding.findMany({
    relationLoadStrategy: 'join',
    where: { workspaceId, triggerPoint },
    orderBy: { position: 'asc' },
    select: {
      id: true,
      automation: {
        select: {
          id: true,
          key: true,
          publishPolicy: true,
          deployments: {
            where: { environment: { key: productionKey } },
            select: { version: { select: { id: true, spec: true, plan: { select: { document: true } } } } },
          },
        },
      },
    },
  });
  return bindings.flatMap(({ id, automation: { id: automationId, key, publishPolicy, deployments } }): ChainLink[] => {
    const [live] = deployments;
    if (live === undefined) return [];
    const { version } = live;
    return [
      {
        bindingId: id,
        versionId: version.id,
        actionKey: key,
        // A version that is deployed by hand has copies of its own.
        secretsOf: publishPolicy === 'MANUAL' ? version.id : automationId,
        plan: version.plan.document as unknown as Plan,
        configuration: configurationOf(version.spec),
      },
    ];
  });
}

function configurationOf(spec: Prisma.JsonValue): ChainLink['configuration'] {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return null;
  const { configuration } = spec;
  return typeof configuration === 'object' && configuration !== null ? (configuration as Record<string, string>) : null;
}

/** Renews the chains of the points at which an automation is bound: for whoever changes what of it is live. The automation is locked. */
export async function renewChainsOf(work: Work, automationId: string): Promise<void> {
  const places = await work.tx.binding.findMany({
    where: { automationId },
    select: { workspaceId: true, triggerPoint: true },
    distinct: ['workspaceId', 'triggerPoint'],
    orderBy: { triggerPoint: 'asc' },
  });
  for (const { workspaceId, triggerPoint } of places) await renewChain(work, workspaceId, triggerPoint);
}

/** Whether the automation is bound to a trigger point. */
export async function isBound(work: Work, automationId: string): Promise<boolean> {
  return (await work.tx.binding.findFirst({ where: { automationId }, select: { id: true } })) !== null;
}

/** Takes the automation away from every trigger point; those after it move up. The automation is locked. */
export async function unbind(work: Work, automationId: string): Promise<void> {
  const bindings = await work.tx.binding.findMany({ where: { automationId }, orderBy: { triggerPoint: 'asc' } });
  const points = [...new Map(bindings.map((binding) => [binding.triggerPoint, binding.workspaceId]))];
  for (const [triggerPoint, workspaceId] of points) {
    await lockPoint(work, workspaceId, triggerPoint);
    for (const { id } of bindings.filter((binding) => binding.triggerPoint === triggerPoint)) await dropSecrets(work, id);
    await work.tx.binding.deleteMany({ where: { automationId, triggerPoint } });
    const rest = await work.tx.binding.findMany({
      where: { workspaceId, triggerPoint },
      orderBy: { position: 'asc' },
      select: { id: true, position: true },
    });
    for (const [position, { id, position: before }] of rest.entries())
      if (position !== before) await work.tx.binding.update({ where: { id }, data: { position } });
    await renewChain(work, workspaceId, triggerPoint);
  }
}

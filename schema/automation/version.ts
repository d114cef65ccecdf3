import type { AutomationVersion as VersionRow, Deployment as DeploymentRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableAutomations } from '#domain/automation/automation.policy';
import { productionKey } from '#domain/tenant/workspace.service';
import { builder } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { batched, byKey, groupedBy } from '#schema/context';
import { VersionStatus } from '#schema/enums';
import { Node, encodeId, nodeType } from '#schema/node';
import { Environment, loadEnvironment } from '#schema/tenant/environment';
import { Automation, loadAutomation } from './automation.js';

/** Specs and plans may be long: `spec` is read by those fields that show a part of it. */
export type LightVersion = Omit<VersionRow, 'spec'>;

export const loadVersion = nodeType<LightVersion>('AutomationVersion', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.automationVersion.findMany({
    where: { id: { in: [...ids] }, automation: readableAutomations(viewer) },
    omit: { spec: true },
  });
  return byKey(rows, (row) => row.id);
});

/** The authored form of a version, by the version's UUID. */
export const loadSpec = batched<{ readonly spec: Prisma.JsonValue }>(async ({ app }, ids) => {
  const rows = await app.db.prisma.automationVersion.findMany({ where: { id: { in: [...ids] } }, select: { id: true, spec: true } });
  return byKey(rows, (row) => row.id);
});

/** The deployment to `production`, by the automation's UUID. */
export const loadLive = batched<DeploymentRow & { readonly version: LightVersion }>(async ({ app }, ids) => {
  const rows = await app.db.prisma.deployment.findMany({
    where: { automationId: { in: [...ids] }, environment: { key: productionKey } },
    include: { version: { omit: { spec: true } } },
  });
  return byKey(rows, (row) => row.automationId);
});

export const AutomationVersion = builder.objectRef<LightVersion>('AutomationVersion').implement({
  description: 'One saved state of an automation. What is deployed never changes.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('AutomationVersion', id) }),
    number: t.exposeInt('number', { description: 'Counts the versions of the automation: 1, 2, 3.' }),
    status: t.expose('status', { type: VersionStatus, description: 'Where it stands.' }),
    stepKind: t.exposeString('stepKind', { description: 'The kind of step that it executes.' }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'Whose version it is.',
      resolve: ({ automationId }, _args, context) => loadAutomation(context, automationId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was saved.' }),
    deployedAt: t.expose('deployedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it first went live; null when it never did.',
    }),
  }),
});

export const AutomationVersionConnection = connectionType('AutomationVersion', AutomationVersion);

export const loadDeployment = nodeType<DeploymentRow>('Deployment', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.deployment.findMany({ where: { id: { in: [...ids] }, automation: readableAutomations(viewer) } });
  return byKey(rows, (row) => row.id);
});

export const Deployment = builder.objectRef<DeploymentRow>('Deployment').implement({
  description: 'Which version of an automation is live in an environment.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Deployment', id) }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it is live.',
      resolve: ({ environmentId }, _args, context) => loadEnvironment(context, environmentId),
    }),
    version: t.field({
      type: AutomationVersion,
      nullable: true,
      description: 'What is live there.',
      resolve: ({ versionId }, _args, context) => loadVersion(context, versionId),
    }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'Whose version it is.',
      resolve: ({ automationId }, _args, context) => loadAutomation(context, automationId),
    }),
    deployedAt: t.expose('deployedAt', { type: 'DateTime', description: 'Since when it is live.' }),
  }),
});

const newestFirst = [{ column: 'number', direction: 'desc', integer: true }] as const;

builder.interfaceFields(Automation, (t) => ({
  deployedVersion: t.field({
    type: AutomationVersion,
    nullable: true,
    description: 'The version that is live in `production`.',
    resolve: async ({ id }, _args, context) => (await loadLive(context, id))?.version ?? null,
  }),
  deployments: t.field({
    type: [Deployment],
    description: 'What is live where.',
    resolve: ({ id }, _args, context) =>
      forParents<readonly DeploymentRow[]>(
        context,
        'Automation.deployments',
        null,
        id,
        async (ids) => {
          const rows = await context.app.db.prisma.deployment.findMany({
            where: { automationId: { in: [...ids] } },
            orderBy: { id: 'asc' },
          });
          return groupedBy(rows, (row) => row.automationId);
        },
        [],
      ).then((rows) => [...rows]),
  }),
  versions: t.field({
    type: AutomationVersionConnection,
    description: 'Its versions, the newest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      return connection<Prisma.AutomationVersionWhereInput, Prisma.AutomationVersionOrderByWithRelationInput, LightVersion>(
        context,
        newestFirst,
        args,
        {
          find: ({ where, orderBy, take }) =>
            forParents<readonly LightVersion[]>(
              context,
              'Automation.versions',
              { where, orderBy, take },
              id,
              async (ids) => {
                const rows = await prisma.automation.findMany({
                  relationLoadStrategy: 'join',
                  where: { id: { in: [...ids] } },
                  select: { id: true, versions: { where, orderBy, take, omit: { spec: true } } },
                });
                return new Map(rows.map((row) => [row.id, row.versions]));
              },
              [],
            ),
          count: () =>
            forParents<number>(
              context,
              'Automation.versions#',
              null,
              id,
              async (ids) => {
                const rows = await prisma.automationVersion.groupBy({
                  by: ['automationId'],
                  where: { automationId: { in: [...ids] } },
                  _count: true,
                });
                return new Map(rows.map((row) => [row.automationId, row._count]));
              },
              0,
            ),
        },
      );
    },
  }),
}));

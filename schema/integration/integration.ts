import type { Integration as IntegrationRow, IntegrationRelease as ReleaseRow, Prisma } from '#platform/db/generated/prisma/client';
import { type ConfigurationRequirement, type Requirement, requirementsOf } from '#domain/action/install.service';
import { readableIntegrations } from '#domain/integration/integration.policy';
import { builder, heavyComplexity } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { batched, byKey } from '#schema/context';
import { CodeLanguage, IntegrationFeature } from '#schema/enums';
import { keyed, searchField } from '#schema/keyed';
import { Node, encodeId, nodeType } from '#schema/node';
import { TriggerPoint, loadPoint } from '#schema/point/trigger-point';
import { Dependency } from '#schema/action/action.content';

export const loadRelease = nodeType<ReleaseRow>('IntegrationRelease', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.integrationRelease.findMany({
    where: { id: { in: [...ids] }, integration: readableIntegrations(viewer) },
  });
  return byKey(rows, (row) => row.id);
});

const RequiredSecret = builder.objectRef<Requirement>('RequiredSecret').implement({
  description: 'A secret that whoever installs the release has to give.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name by which the code finds it.' }),
    label: t.exposeString('label', { description: 'What a form calls it.' }),
    description: t.exposeString('description', { description: 'What it is; empty when nobody said.' }),
  }),
});

const RequiredConfiguration = builder.objectRef<ConfigurationRequirement>('RequiredConfiguration').implement({
  description: 'A value that whoever installs the release gives.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name by which the code finds it.' }),
    label: t.exposeString('label', { description: 'What a form calls it.' }),
    description: t.exposeString('description', { description: 'What it is; empty when nobody said.' }),
    default: t.exposeString('default', { nullable: true, description: 'Its value when none is given; null: it has to be given.' }),
  }),
});

export const IntegrationRelease = builder.objectRef<ReleaseRow>('IntegrationRelease').implement({
  description: 'A published state of an integration. It never changes.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('IntegrationRelease', id) }),
    version: t.exposeString('version', { description: 'Its semantic version, such as `1.2.0`.' }),
    number: t.exposeInt('number', { description: 'Counts the releases of the integration: 1, 2, 3.' }),
    language: t.expose('language', { type: CodeLanguage, description: 'What its code is written in.' }),
    code: t.exposeString('code', { description: 'Its code.', complexity: heavyComplexity }),
    dependencies: t.field({
      type: [Dependency],
      description: 'The packages that its code may import.',
      // Written by the integration's service, in this form.
      resolve: ({ dependencies }) => dependencies as unknown as (typeof Dependency.$inferType)[],
    }),
    requiredSecrets: t.field({
      type: [RequiredSecret],
      description: 'The secrets that an installation has to give.',
      resolve: (row) => [...requirementsOf(row).secrets],
    }),
    requiredConfiguration: t.field({
      type: [RequiredConfiguration],
      description: 'The values that an installation gives, and no others.',
      resolve: (row) => [...requirementsOf(row).configuration],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was released.' }),
  }),
});

const ReleaseConnection = connectionType('IntegrationRelease', IntegrationRelease);

/** The newest release of an integration that the viewer sees, by the integration's UUID. */
const loadCurrent = batched<ReleaseRow>(async ({ app }, ids) => {
  const rows = await app.db.prisma.integrationRelease.findMany({
    where: { integrationId: { in: [...ids] } },
    distinct: ['integrationId'],
    orderBy: [{ integrationId: 'asc' }, { number: 'desc' }],
  });
  return byKey(rows, (row) => row.integrationId);
});

const IntegrationFilter = builder.inputType('IntegrationFilter', {
  description: 'Which integrations are wanted. All given conditions hold.',
  fields: (t) => ({
    ...searchField(t, 'name, the key, the description or the partner'),
    feature: t.field({ type: IntegrationFeature, description: 'What they are about.' }),
    released: t.boolean({ description: 'Whether they have a release, so that they can be installed.' }),
  }),
});

const newestFirst = [{ column: 'number', direction: 'desc', integer: true }] as const;

export const { node: Integration, load: loadIntegration } = keyed<
  Prisma.IntegrationWhereInput,
  Prisma.IntegrationOrderByWithRelationInput,
  IntegrationRow,
  typeof IntegrationFilter.$inferInput
>({
  name: 'Integration',
  one: 'integration',
  many: 'integrations',
  see: 'integration.read',
  description: 'A ready-made action that a workspace offers to be installed.',
  fields: (t) => ({
    description: t.exposeString('description', { description: 'What it is for; empty when nobody said.' }),
    partner: t.exposeString('partner', { description: 'Who offers what it connects to; empty when nobody said.' }),
    logoUrl: t.exposeString('logoUrl', { nullable: true, description: 'Where its picture is; null when it has none.' }),
    feature: t.expose('feature', { type: IntegrationFeature, description: 'What it is about.' }),
    currentRelease: t.field({
      type: IntegrationRelease,
      nullable: true,
      description: 'Its newest release, which is installed when none is named; null: there is none yet.',
      resolve: ({ id }, _args, context) => loadCurrent(context, id),
    }),
    releases: t.field({
      type: ReleaseConnection,
      description: 'Its releases, the newest first.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: ({ id }, args, context) => {
        const { prisma } = context.app.db;
        return connection<Prisma.IntegrationReleaseWhereInput, Prisma.IntegrationReleaseOrderByWithRelationInput, ReleaseRow>(
          context,
          newestFirst,
          args,
          {
            find: ({ where, orderBy, take }) =>
              forParents<readonly ReleaseRow[]>(
                context,
                'Integration.releases',
                { where, orderBy, take },
                id,
                async (ids) => {
                  const rows = await prisma.integration.findMany({
                    relationLoadStrategy: 'join',
                    where: { id: { in: [...ids] } },
                    select: { id: true, releases: { where, orderBy, take } },
                  });
                  return new Map(rows.map((row) => [row.id, row.releases]));
                },
                [],
              ),
            count: () =>
              forParents<number>(
                context,
                'Integration.releases#',
                null,
                id,
                async (ids) => {
                  const rows = await prisma.integrationRelease.groupBy({
                    by: ['integrationId'],
                    where: { integrationId: { in: [...ids] } },
                    _count: true,
                  });
                  return new Map(rows.map((row) => [row.integrationId, row._count]));
                },
                0,
              ),
          },
        );
      },
    }),
  }),
  find: (prisma, asked) => prisma.integration.findMany(asked),
  count: (prisma, asked) => prisma.integration.count(asked),
  visible: readableIntegrations,
  filter: IntegrationFilter,
  searched: ['name', 'key', 'description', 'partner'],
  matching: ({ feature, released }) => [
    ...(feature == null ? [] : [{ feature }]),
    ...(typeof released === 'boolean' ? [{ releases: released ? { some: {} } : { none: {} } }] : []),
  ],
});

builder.objectFields(IntegrationRelease, (t) => ({
  integration: t.field({
    type: Integration,
    nullable: true,
    description: 'Whose release it is.',
    resolve: ({ integrationId }, _args, context) => loadIntegration(context, integrationId),
  }),
  triggerPoint: t.field({
    type: TriggerPoint,
    nullable: true,
    description: 'The trigger point that its actions are made for.',
    resolve: async ({ integrationId, triggerPoint }, _args, context) => {
      const integration = await loadIntegration(context, integrationId);
      return integration === null ? null : loadPoint(context, integration.workspaceId, triggerPoint);
    },
  }),
}));

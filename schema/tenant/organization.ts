import type { Organization as OrganizationRow } from '#platform/db/generated/prisma/client';
import { visibleOrganizations } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { byKey } from '#schema/context';
import { Node, encodeId, nodeType } from '#schema/node';

export const loadOrganization = nodeType<OrganizationRow>('Organization', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.organization.findMany({ where: { id: { in: [...ids] }, ...visibleOrganizations(viewer) } });
  return byKey(rows, (row) => row.id);
});

export const Organization = builder.objectRef<OrganizationRow>('Organization').implement({
  description: 'Whoever runs one or more workspaces. It goes when its last workspace is deleted.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Organization', id) }),
    key: t.exposeString('key', { description: 'The name that programs use, unique in the installation.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

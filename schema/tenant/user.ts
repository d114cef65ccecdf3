import type { User as UserRow } from '#platform/db/generated/prisma/client';
import { visibleUsers } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { byKey } from '#schema/context';
import { Node, encodeId, nodeType } from '#schema/node';

/** What of a person others may see: how they sign in is not among it. */
export type VisibleUser = Pick<UserRow, 'id' | 'email' | 'name' | 'createdAt'>;

export const loadUser = nodeType<VisibleUser>('User', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.user.findMany({
    where: { AND: [{ id: { in: [...ids] } }, visibleUsers(viewer)] },
    select: { id: true, email: true, name: true, createdAt: true },
  });
  return byKey(rows, (row) => row.id);
});

export const User = builder.objectRef<VisibleUser>('User').implement({
  description: 'A person. Seen by whoever shares a workspace with them.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('User', id) }),
    email: t.exposeString('email', { description: 'The e-mail address, in lower case.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
  }),
});

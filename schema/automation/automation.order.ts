import type { Prisma } from '#platform/db/generated/prisma/client';

/** What every list of automations can be ordered by. */
export const automationOrders = {
  NAME: { column: 'name', description: 'By name.' },
  KEY: { column: 'key', description: 'By key.' },
  CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
  UPDATED_AT: { column: 'updatedAt', moment: true, description: 'By when they were last changed.' },
  NEXT_RUN_AT: {
    of: 'times',
    column: 'nextRunAt',
    nullable: true,
    moment: true,
    description: 'By when a schedule runs them next; those that none will run come last.',
  },
  LAST_RUN_AT: {
    of: 'times',
    column: 'lastRunAt',
    nullable: true,
    moment: true,
    description: 'By when their newest run was queued; those that never ran come last.',
  },
} as const;

/** What has to be read with the rows of a list in this order, for their cursors. */
export function withTimes(orderBy: readonly Prisma.AutomationOrderByWithRelationInput[]): { readonly include?: { readonly times: true } } {
  return orderBy.some((sort) => 'times' in sort) ? { include: { times: true } } : {};
}

import type { PagedRows } from '#platform/db/pages';

/** The rules of a workspace about the records of its blueprints, by number. */
export const rulesOfBlueprints: PagedRows = {
  name: 'rule.of-blueprints',
  from: `"Blueprint" b JOIN "Rule" r ON r."workspaceId" = b."workspaceId" AND r.blueprint = b.key JOIN "Automation" a ON a.id = r."automationId" AND a."deletedAt" IS NULL`,
  id: 'r."automationId"',
  of: 'b.id = p.id',
  by: [{ column: 'r.number', type: 'int' }],
  direction: 'ASC',
};

/** What is due to records, the next first. */
export const timersOfEntities: PagedRows = {
  name: 'rule.timers',
  from: '"Timer" t',
  id: 't.id',
  of: 't."entityId" = p.id',
  by: [
    { column: 't."dueAt"', type: 'timestamptz' },
    { column: 't.id', type: 'uuid' },
  ],
  direction: 'ASC',
};

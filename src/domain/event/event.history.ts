import type { PagedRows } from '#platform/db/pages';

/** The events of entities, the newest first. */
export const eventsOfEntities: PagedRows = {
  name: 'event.newest.events',
  from: '"Event"',
  id: '"Event".id',
  of: '"entityId" = p.id',
  by: [{ column: 'sequence', type: 'int' }],
  direction: 'DESC',
};

/** The runs about events, the newest first. */
export const runsOfEvents: PagedRows = {
  name: 'event.newest.runs',
  from: '"Run"',
  id: '"Run".id',
  of: '"eventId" = p.id',
  by: [{ column: '"Run".id', type: 'uuid' }],
  direction: 'DESC',
};

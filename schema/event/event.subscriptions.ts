import { eventCursor } from '#domain/event/event.feed.cursor';
import { eventFeedFilter } from '#domain/event/event.feed.filter';
import { builder } from '#schema/builder';
import { anyOf } from '#schema/filter';
import { decodeId } from '#schema/node';
import { whilePermitted } from '#schema/subscription';
import { Event } from './event.js';

const EntityEventFilter = builder.inputType('EntityEventFilter', {
  description: 'Which events are wanted; all conditions must hold.',
  fields: (t) => ({
    workspace: t.id({ description: 'Of this workspace; absent: of every workspace whose events the viewer may read.' }),
    blueprints: t.stringList({ description: 'About records of the blueprints with these keys.' }),
    entities: t.idList({ description: 'About these records, up to 100.' }),
    types: t.stringList({ description: 'Of these types.' }),
    labels: t.stringList({ description: 'About records that had one of these labels right after the event.' }),
  }),
});

builder.subscriptionField('entityEvents', (t) =>
  t.field({
    type: Event,
    description:
      'Every event of records, and of clients and webhooks, that the viewer may read, in one order for all; resumes after a cursor with no gap and no duplicate.',
    args: {
      filter: t.arg({ type: EntityEventFilter, description: 'Which events; absent: all.' }),
      after: t.arg({
        type: 'Cursor',
        description: 'Where to go on: the cursor of the last event that was dealt with. Absent: from now on.',
      }),
    },
    subscribe: async (_root, { filter, after }, context) => {
      const { app, viewer } = context;
      const names = (field: 'blueprints' | 'types' | 'labels') => (filter?.[field] == null ? null : anyOf(field, filter[field]));
      const wanted = await eventFeedFilter(app.db, viewer, {
        workspaceId: typeof filter?.workspace === 'string' ? decodeId('Workspace', filter.workspace, ['filter', 'workspace']) : null,
        blueprints: names('blueprints'),
        entityIds: filter?.entities?.map((id, index) => decodeId('Entity', id, ['filter', 'entities', String(index)])) ?? null,
        types: names('types'),
        labels: names('labels'),
      });
      const stream = await app.eventFeed.events({ filter: wanted, after: typeof after === 'string' ? eventCursor.decode(after) : null });
      return whilePermitted(context, stream);
    },
    resolve: (event) => event,
  }),
);

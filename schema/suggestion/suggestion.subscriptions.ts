import { eventCursor } from '#domain/event/event.feed.cursor';
import { eventFeedFilter } from '#domain/event/event.feed.filter';
import type { PlacedEvent } from '#domain/event/event.feed';
import { suggestionChanges, suggestionEventType, suggestionOf } from '#domain/suggestion/suggestion.event.service';
import { builder } from '#schema/builder';
import { enumType } from '#schema/enums';
import { decodeId } from '#schema/node';
import { whilePermitted } from '#schema/subscription';
import { Suggestion, loadSuggestion } from './suggestion.js';

const changes = { created: 'CREATED', updated: 'UPDATED', applied: 'APPLIED', deleted: 'DELETED' } as const;

const SuggestionChange = enumType<(typeof changes)[keyof typeof changes]>('SuggestionChange', 'What happened to a suggestion.', {
  CREATED: 'It was made.',
  UPDATED: 'It was changed, or ignored, or is wanted again.',
  APPLIED: 'It was applied.',
  DELETED: 'It was deleted.',
});

const SuggestionUpdate = builder.objectRef<PlacedEvent>('SuggestionUpdate').implement({
  description: 'Something that happened to a suggestion.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'Its place: give the last one as `after` to go on from there.',
      resolve: ({ position }) => eventCursor.encode(position),
    }),
    change: t.field({
      type: SuggestionChange,
      description: 'What happened.',
      resolve: ({ type, source }) => changes[suggestionOf(type, source)?.change ?? 'updated'],
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    suggestion: t.field({
      type: Suggestion,
      nullable: true,
      description: 'The suggestion as it is now; null when it is gone.',
      resolve: ({ type, source }, _args, context) => {
        const told = suggestionOf(type, source);
        return told === null ? null : loadSuggestion(context, told.id);
      },
    }),
  }),
});

builder.subscriptionField('suggestionUpdated', (t) =>
  t.field({
    type: SuggestionUpdate,
    description:
      'What happens to the suggestions that the viewer may read, in one order for all; resumes after a cursor with no gap and no duplicate.',
    args: {
      workspace: t.arg.id({ description: 'Of this workspace; absent: of every workspace whose events the viewer may read.' }),
      after: t.arg({
        type: 'Cursor',
        description: 'Where to go on: the cursor of the last one that was dealt with. Absent: from now on.',
      }),
    },
    subscribe: async (_root, { workspace, after }, context) => {
      const { app, viewer } = context;
      const wanted = await eventFeedFilter(app.db, viewer, {
        workspaceId: typeof workspace === 'string' ? decodeId('Workspace', workspace, ['workspace']) : null,
        blueprints: null,
        entityIds: null,
        types: suggestionChanges.map(suggestionEventType),
        labels: null,
      });
      const stream = await app.eventFeed.events({ filter: wanted, after: typeof after === 'string' ? eventCursor.decode(after) : null });
      return whilePermitted(context, stream);
    },
    resolve: (event) => event,
  }),
);

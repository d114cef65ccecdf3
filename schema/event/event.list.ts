import type { Prisma } from '#platform/db/generated/prisma/client';
import { firstIdAt } from '#platform/ids';
import { eventsOfEntities, runsOfEvents } from '#domain/event/event.history';
import { readableEvents } from '#domain/event/event.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { anyOf } from '#schema/filter';
import { decodeId } from '#schema/node';
import { pagedList } from '#schema/paged';
import { Entity, loadEntity } from '#schema/record/entity';
import { type LightRun, Run, RunConnection, loadRun, newestRuns } from '#schema/run/run';
import { TimeRange } from '#schema/time-range';
import { workspacesOf } from '#schema/scope';
import { Event, type EventRow, lightEvent, loadEvent } from './event.js';

const EventConnection = connectionType('Event', Event);

const EventFilter = builder.inputType('EventFilter', {
  description: 'Which events are wanted. All given conditions hold.',
  fields: (t) => ({
    types: t.stringList({ description: 'Of these types.' }),
    entity: t.id({ description: 'About the record with this id, which may be gone.' }),
    blueprint: t.string({ description: 'About records of the blueprint with this key.' }),
    causedByRun: t.id({ description: 'Of writes of the run with this id.' }),
    causedByEvent: t.id({ description: 'Of writes of runs that were about the event with this id.' }),
    causedByWebhook: t.id({ description: 'Brought by the webhook with this id.' }),
    time: t.field({ type: TimeRange, description: 'When they happened.' }),
  }),
});

/** Ids are made by the clock of a process and times by the one of the database: so far apart they never are. */
const skewMs = 3_600_000;

function eventsWhere(filter: typeof EventFilter.$inferInput | null | undefined): Prisma.EventWhereInput[] {
  const { types, entity, blueprint, causedByRun, causedByEvent, causedByWebhook, time } = filter ?? {};
  return [
    ...(types == null ? [] : [{ type: { in: anyOf('types', types) } }]),
    ...(entity == null ? [] : [{ entityId: decodeId('Entity', entity, ['filter', 'entity']) }]),
    ...(blueprint == null ? [] : [{ blueprint }]),
    ...(causedByRun == null ? [] : [{ causeRunId: decodeId('Run', causedByRun, ['filter', 'causedByRun']) }]),
    ...(causedByEvent == null ? [] : [{ causeEventId: decodeId('Event', causedByEvent, ['filter', 'causedByEvent']) }]),
    ...(causedByWebhook == null ? [] : [{ causeWebhookId: decodeId('Webhook', causedByWebhook, ['filter', 'causedByWebhook']) }]),
    // By the ids as well: the list is in their order.
    ...(time?.from == null ? [] : [{ at: { gte: time.from }, id: { gte: firstIdAt(time.from.getTime() - skewMs) } }]),
    ...(time?.until == null ? [] : [{ at: { lt: time.until }, id: { lt: firstIdAt(time.until.getTime() + skewMs) } }]),
  ];
}

/** Ids are UUIDs version 7: their order is the order of time. */
const newest = [{ column: 'id', direction: 'desc' }] as const;

builder.queryFields((t) => ({
  events: t.field({
    type: EventConnection,
    description: 'The events that the viewer may read, the newest first.',
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: EventFilter, description: 'Which ones.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { event } = context.app.db.prisma;
      const wanted = [readableEvents(context.viewer, workspacesOf(context, 'event.read', args.workspace)), ...eventsWhere(args.filter)];
      return connection<Prisma.EventWhereInput, Prisma.EventOrderByWithRelationInput, EventRow>(context, newest, args, {
        find: ({ where, orderBy, take }) => event.findMany({ where: { AND: [...wanted, where] }, orderBy, take, omit: lightEvent }),
        count: () => event.count({ where: { AND: wanted } }),
      });
    },
  }),
  event: t.field({
    type: Event,
    nullable: true,
    description: 'One event; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: (_root, { id }, context) => loadEvent(context, decodeId('Event', id)),
  }),
}));

const bySequence = [{ column: 'sequence', direction: 'desc', integer: true }] as const;

const events = pagedList<EventRow>({ rows: eventsOfEntities, order: bySequence, load: loadEvent });
const runs = pagedList<LightRun>({ rows: runsOfEvents, order: newestRuns, load: loadRun });

builder.objectField(Entity, 'events', (t) =>
  t.field({
    type: EventConnection,
    description: 'What happened to it, the newest first: its history.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => events(context, id, args),
  }),
);

builder.objectField(Event, 'runs', (t) =>
  t.field({
    type: RunConnection,
    description: 'The runs that are about it, the newest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => runs(context, id, args),
  }),
);

builder.objectFields(Run, (t) => ({
  event: t.field({
    type: Event,
    nullable: true,
    description: 'The event that it is about, while it is kept.',
    resolve: ({ eventId }, _args, context) => (eventId === null ? null : loadEvent(context, eventId)),
  }),
  entity: t.field({
    type: Entity,
    nullable: true,
    description: 'The record that it is about; null when it is gone.',
    resolve: ({ entityId }, _args, context) => (entityId === null ? null : loadEntity(context, entityId)),
  }),
}));

import type { Prisma } from '#platform/db/generated/prisma/client';
import { eventCursor } from '#domain/event/event.feed.cursor';
import type { LightEvent, PlacedEvent } from '#domain/event/event.feed';
import { readableEvents } from '#domain/event/event.policy';
import { builder, heavyComplexity } from '#schema/builder';
import { type SignedIn, batched, byKey } from '#schema/context';
import { Node, encodeId, nodeType } from '#schema/node';
import { Entity, loadEntity } from '#schema/record/entity';
import { shownData, shownPrevious } from '#schema/record/snapshot';
import { Run, loadRun } from '#schema/run/run';
import { Schedule, loadSchedule } from '#schema/schedule/schedule';
import { actorFields } from '#schema/tenant/actor';
import { Webhook, loadWebhook } from '#schema/trigger/webhook';

/** An event as a list has it, or as the feed does: with its place, and with what it tells where that is small. */
export type EventRow = LightEvent & Partial<Pick<PlacedEvent, 'position' | 'told'>>;

/** For Prisma: all that the graph shows but what may be large. */
export const lightEvent = {
  data: true,
  previous: true,
  chain: true,
  passedAt: true,
  leaseOwner: true,
  leaseUntil: true,
  epoch: true,
} as const satisfies Prisma.EventOmit;

/** An event by its UUID, when the viewer may read it. */
export const loadEvent = nodeType<EventRow>('Event', async ({ app, viewer }, ids) => {
  const where = { id: { in: [...ids] }, ...readableEvents(viewer) };
  return byKey(await app.db.prisma.event.findMany({ where, omit: lightEvent }), (row) => row.id);
});

const loadTold = batched<NonNullable<PlacedEvent['told']>>(async ({ app }, ids) => {
  const rows = await app.db.prisma.event.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, data: true, previous: true },
  });
  return byKey<NonNullable<PlacedEvent['told']> & { readonly id: string }>(rows, ({ id }) => id);
});

const loadPosition = batched<bigint>(async ({ app }, ids) => {
  const rows = await app.db.prisma.eventPosition.findMany({
    where: { eventId: { in: [...ids] } },
    select: { eventId: true, position: true },
  });
  return new Map(rows.map(({ eventId, position }) => [eventId, position]));
});

async function told(context: SignedIn, { id, told: known }: EventRow): Promise<{ readonly data?: unknown; readonly previous?: unknown }> {
  return known ?? (await loadTold(context, id)) ?? {};
}

const EventCause = builder.objectRef<EventRow>('EventCause').implement({
  description: 'What led to an event.',
  fields: (t) => ({
    ...actorFields(t),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run whose write it tells of, while it is kept.',
      resolve: ({ causeRunId }, _args, context) => (causeRunId === null ? null : loadRun(context, causeRunId)),
    }),
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: 'The webhook that brought it; null for who may not see it.',
      resolve: ({ causeWebhookId }, _args, context) => (causeWebhookId === null ? null : loadWebhook(context, causeWebhookId)),
    }),
    schedule: t.field({
      type: Schedule,
      nullable: true,
      description: 'The schedule that fired the run.',
      resolve: async ({ causeRunId }, _args, context) => {
        const run = causeRunId === null ? null : await loadRun(context, causeRunId);
        return run?.scheduleId == null ? null : loadSchedule(context, run.scheduleId);
      },
    }),
  }),
});

export const Event = builder.objectRef<EventRow>('Event').implement({
  description:
    'Something that happened to a record, or that a client or a webhook told. Its fields are those of CloudEvents, where these have one.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Event', id) }),
    type: t.exposeString('type', {
      description:
        '`entity.created`, `entity.updated`, `entity.deleted`, `note.added`, `link.added`, `link.removed`, `rule.due`, or one of the clients’ own.',
    }),
    source: t.exposeString('source', { description: 'Where it came from: a reference to a URI.' }),
    subject: t.field({
      type: Entity,
      nullable: true,
      description: 'The record that it is about, as it is now; null when there is none, and when it is gone.',
      resolve: ({ entityId }, _args, context) => (entityId === null ? null : loadEntity(context, entityId)),
    }),
    subjectId: t.id({
      nullable: true,
      description: 'The id of the record that it is about, which may be gone.',
      resolve: ({ entityId }) => (entityId === null ? null : encodeId('Entity', entityId)),
    }),
    blueprint: t.exposeString('blueprint', { nullable: true, description: 'The key of the blueprint of that record.' }),
    time: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
    data: t.field({
      type: 'JSON',
      complexity: heavyComplexity,
      description: 'The record as it was right after it, or what the client told. docs/events.md has it by type.',
      resolve: async (event, _args, context) => shownData(event.type, (await told(context, event)).data ?? {}),
    }),
    previous: t.field({
      type: 'JSON',
      nullable: true,
      complexity: heavyComplexity,
      description: 'What the fields of `changed` held before; null where nothing was changed.',
      resolve: async (event, _args, context) => {
        const { data, previous } = await told(context, event);
        return shownPrevious(previous ?? null, data);
      },
    }),
    changed: t.field({
      type: ['String'],
      description: 'What the save that it tells of changed: names of properties and links, `status`, `labels`, `key`.',
      resolve: ({ changed }) => [...changed],
    }),
    sequence: t.exposeInt('sequence', {
      description: 'Its place among the events of its record: 1, 2, 3 without holes; 0 for one that is about none.',
    }),
    depth: t.exposeInt('depth', { description: 'How many automations led to it, one after the other; 0 when none did.' }),
    cursor: t.field({
      type: 'Cursor',
      nullable: true,
      description:
        'Its place in the feed: give it to `entityEvents` as `after` to go on behind it. Null before it has one, some milliseconds long, and when cursors so old are no longer kept.',
      resolve: async ({ id, position }, _args, context) => {
        const place = position ?? (await loadPosition(context, id));
        return place === null ? null : eventCursor.encode(place);
      },
    }),
    causedBy: t.field({ type: EventCause, description: 'What led to it.', resolve: (event) => event }),
  }),
});

builder.objectField(EventCause, 'event', (t) =>
  t.field({
    type: Event,
    nullable: true,
    description: 'The event that this run was about, while it is kept.',
    resolve: ({ causeEventId }, _args, context) => (causeEventId === null ? null : loadEvent(context, causeEventId)),
  }),
);

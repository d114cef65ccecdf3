import { beforeAll, describe, expect, it } from 'vitest';
import type { Platform } from '#platform/platform';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { fromClient } from '#domain/event/event.emit.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { type EntityChange, changeEntity, makeEntity } from '#domain/record/entity.write.service';
import { removeEntity } from '#domain/record/entity.remove.service';
import type { Viewer } from '#domain/tenant/viewer';
import { testPlatform } from '#test/support/platform';
import { seedWorkspace } from '#test/support/tenancy';

// The writes of records below the graph, as rules and clients share them.

let platform: Platform;
let viewer: Viewer;
let workspaceId: string;

const status = (name: string, final = false, more = {}) => ({ name, final, derived: false, ...more });
const link = (name: string, kind: string, blueprint: string, more = {}) => ({ name, aliases: [], kind, blueprint, ...more });

beforeAll(async () => {
  platform = await testPlatform();
  const seeded = await seedWorkspace(platform);
  ({ workspaceId } = seeded);
  viewer = (await seeded.member('OWNER')).viewer;
  const rows = [
    {
      key: 'task',
      displayField: 'subject',
      indexed: ['subject', 'effort', 'start_at'],
      schema: {
        type: 'object',
        required: ['subject'],
        properties: {
          subject: { type: 'string' },
          effort: { type: 'integer', minimum: 0 },
          start_at: { type: 'string', format: 'date-time' },
          site: { type: 'string', readOnly: true },
          title: { type: 'string', derived: '{{ properties.subject | upper }} ({{ status }})' },
          custom_fields: { type: 'object' },
        },
      },
      statuses: [
        status('registered'),
        status('assigned'),
        status('approved', true, { derived: true, when: { link: 'approvals', status: 'approved' } }),
        status('completed', true),
      ],
      links: [
        link('predecessors', 'MANY', 'task'),
        link('team', 'ONE', 'team', { aliases: ['group'] }),
        link('approvals', 'INVERSE', 'approval', { inverseOf: 'task' }),
      ],
      release: { link: 'predecessors', from: 'registered', to: 'assigned' },
    },
    {
      key: 'approval',
      schema: { type: 'object', properties: { name: { type: 'string' } } },
      statuses: [status('assigned'), status('approved', true)],
      links: [link('task', 'ONE', 'task')],
    },
    { key: 'team', schema: { type: 'object', properties: { name: { type: 'string' } } } },
  ];
  for (const row of rows)
    await platform.db.prisma.blueprint.create({
      data: { id: newId(), workspaceId, name: row.key, aliases: [], indexed: [], ...row },
    });
});

const make = (blueprint: string, change: EntityChange) =>
  transact(platform, viewer, async (work) => {
    const spec = (await loadBlueprints(work.sql, workspaceId)).called(blueprint);
    if (spec === null) throw new Error(`There is no ${blueprint}.`);
    return makeEntity(work, spec, change, fromClient);
  });
const change = (id: string, wanted: EntityChange) => transact(platform, viewer, (work) => changeEntity(work, id, wanted, fromClient));
const eventsOf = (entityId: string) => platform.db.prisma.event.findMany({ where: { entityId }, orderBy: { sequence: 'asc' } });
const rowOf = (id: string) =>
  platform.db.prisma.entity.findUniqueOrThrow({ where: { id }, include: { values: { orderBy: { property: 'asc' } } } });
const task = (subject: string, more: EntityChange = {}) => make('task', { ...more, properties: { subject, ...more.properties } });
const pathsOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => [],
    (reason: unknown) => {
      const error = reason as { fields?: { path: string[]; code: string }[]; code: string; state?: string };
      return error.fields?.map(({ path, code }) => `${path.join('.')} ${code}`) ?? [error.state ?? error.code];
    },
  );

describe('a record', () => {
  it('is made with its first status, its name, what is computed of it, its values and one event', async () => {
    const team = await make('team', { properties: { name: 'Service Desk' } });
    const made = await task('Call back', {
      properties: { effort: 3, start_at: '2024-03-08T12:00:00+01:00' },
      links: { set: { group: [team.id] } },
    });
    expect(made.after).toMatchObject({ name: 'Call back', status: 'registered', title: 'CALL BACK (registered)', effort: 3 });
    expect(made.after['links']).toEqual({ team: [{ entity: team.id, id: team.after['id'], name: 'Service Desk' }] });
    const row = await rowOf(made.id);
    expect(row.values.map(({ property, text, number, moment }) => [property, text ?? number ?? moment?.toISOString()])).toEqual([
      ['effort', 3],
      ['start_at', '2024-03-08T11:00:00.000Z'],
      ['subject', 'Call back'],
    ]);
    expect(row).toMatchObject({ statusRank: 0 });
    expect(row.searchText).toContain('call back registered');
    const events = await eventsOf(made.id);
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['entity.created', 1],
      ['link.added', 2],
    ]);
    expect(events[0]).toMatchObject({ data: made.after, previous: null, changed: [], blueprint: 'task', depth: 0, actorKind: 'USER' });
  });

  it('changes by a patch, and its events tell what was before', async () => {
    const { id } = await task('Patch', { properties: { effort: 1, custom_fields: { a: 1, b: { c: 2 } } } });
    const done = await change(id, {
      status: 'assigned',
      labels: ['vip', 'vip'],
      properties: { effort: null, 'custom_fields.b.c': 3, 'custom_fields.a': null },
      notes: [{ text: 'Done.' }],
    });
    expect(done.after).toMatchObject({ status: 'assigned', labels: ['vip'], custom_fields: { b: { c: 3 } } });
    expect(done.after).not.toHaveProperty('effort');
    const previous = { status: 'registered', effort: 1, title: 'PATCH (registered)', custom_fields: { a: 1, b: { c: 2 } }, labels: [] };
    const events = (await eventsOf(id)).slice(1);
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['entity.updated', 2],
      ['note.added', 3],
    ]);
    for (const event of events) {
      expect(event.previous).toEqual(previous);
      expect([...event.changed].sort()).toEqual(Object.keys(previous).sort());
    }
    expect((await rowOf(id)).values.map(({ text, number, moment }) => text ?? number ?? moment)).toEqual([null, null, 'Patch']);
  });

  it('is not touched where nothing changes', async () => {
    const { id } = await task('Still', { properties: { effort: 2, custom_fields: { a: [1] } } });
    const before = await rowOf(id);
    const same = await change(id, {
      status: 'registered',
      properties: { effort: 2, custom_fields: { a: [1] }, title: 'STILL (registered)' },
      labels: [],
      links: { set: { team: [] } },
    });
    expect(same.changed).toEqual([]);
    expect(await rowOf(id)).toEqual(before);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('is refused with every field at fault, and nothing of it is written', async () => {
    const { id } = await task('Refused', { properties: { site: 'Zurich' } });
    const before = await rowOf(id);
    expect(
      await pathsOf(
        change(id, {
          key: '',
          status: 'nosuch',
          properties: { nosuch: 1, site: 'Bern', title: 'x', 'subject.a': 1 },
          links: { set: { nosuch: [], approvals: [] } },
        }),
      ),
    ).toEqual([
      'key FORMAT',
      'status UNKNOWN_STATUS',
      'links.nosuch UNKNOWN_LINK',
      'links.approvals READ_ONLY',
      'properties.nosuch UNKNOWN_FIELD',
      'properties.site READ_ONLY',
      'properties.title READ_ONLY',
      'properties.subject.a NO_OBJECT',
    ]);
    expect(await pathsOf(change(id, { properties: { effort: -1, subject: null }, notes: [{ text: 'x' }] }))).toEqual([
      'properties.subject REQUIRED',
      'properties.effort SCHEMA',
    ]);
    expect(await pathsOf(change(id, { status: 'approved' }))).toEqual(['DERIVED_STATUS']);
    expect(await pathsOf(change(id, { links: { add: { team: [newId()] } } }))).toEqual(['NOT_FOUND']);
    expect(await pathsOf(change(id, { links: { add: { team: [id] } } }))).toEqual(['links.team WRONG_TYPE']);
    expect(await rowOf(id)).toEqual(before);
  });

  it('has one number for each of its events, however many change it at once', async () => {
    const { id } = await task('Busy');
    await Promise.all(Array.from({ length: 12 }, (_, effort) => change(id, { properties: { effort } })));
    const events = await eventsOf(id);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    expect(events).toHaveLength(13);
    // Each one saw what the one before it had left.
    const efforts = events.map(({ data }) => (data as { effort?: number }).effort ?? null);
    expect(events.slice(1).map(({ previous }) => (previous as { effort: number | null }).effort)).toEqual(efforts.slice(0, -1));
    const times = events.map(({ at }) => at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('is deleted with an event, and its links with it', async () => {
    const team = await make('team', { properties: { name: 'Gone' } });
    const { id } = await task('Linked', { links: { set: { team: [team.id] } } });
    await transact(platform, viewer, (work) => removeEntity(work, team.id, fromClient));
    expect((await eventsOf(team.id)).map(({ type, sequence }) => [type, sequence])).toEqual([
      ['entity.created', 1],
      ['entity.deleted', 2],
    ]);
    expect((await change(id, { labels: ['x'] })).after['links']).toEqual({});
    expect(await pathsOf(change(team.id, { labels: ['x'] }))).toEqual(['NOT_FOUND']);
  });
});

describe('what follows from a change', () => {
  it('releases a record when the last of its predecessors is final, in the same work', async () => {
    const [a, b] = [await task('A'), await task('B')];
    const c = await task('C', { links: { set: { predecessors: [a.id, b.id] } } });
    await change(a.id, { status: 'completed' });
    expect((await rowOf(c.id)).status).toBe('registered');
    await change(b.id, { status: 'completed' });
    expect((await rowOf(c.id)).status).toBe('assigned');
    expect((await eventsOf(c.id)).at(-1)).toMatchObject({ type: 'entity.updated', previous: { status: 'registered' } });
  });

  it('releases it also when the last two finish at once', async () => {
    const tasks = await Promise.all(['A', 'B', 'C', 'D'].map((subject) => task(subject)));
    const last = await task('Last', { links: { set: { predecessors: tasks.map(({ id }) => id) } } });
    await Promise.all(tasks.map(({ id }) => change(id, { status: 'completed' })));
    expect((await rowOf(last.id)).status).toBe('assigned');
  });

  it('releases it when what it still waits for is taken away or deleted', async () => {
    const [done, open] = [await task('Done', { status: 'completed' }), await task('Open')];
    const one = await task('One', { links: { set: { predecessors: [done.id, open.id] } } });
    const other = await task('Other', { links: { set: { predecessors: [done.id, open.id] } } });
    expect((await change(one.id, { links: { remove: { predecessors: [open.id] } } })).after['status']).toBe('assigned');
    await transact(platform, viewer, (work) => removeEntity(work, open.id, fromClient));
    expect((await rowOf(other.id)).status).toBe('assigned');
  });

  it('derives a status when all of a link have theirs', async () => {
    const { id } = await task('Approve');
    const approvals = [
      await make('approval', { links: { set: { task: [id] } } }),
      await make('approval', { links: { set: { task: [id] } } }),
    ];
    const waiting = await task('Waits', { links: { set: { predecessors: [id] } } });
    for (const approval of approvals) {
      expect((await rowOf(id)).status).toBe('registered');
      await change(approval.id, { status: 'approved' });
    }
    expect((await rowOf(id)).status).toBe('approved');
    expect((await rowOf(waiting.id)).status).toBe('assigned');
  });
});

describe('a key', () => {
  it('is given once in a blueprint, also when two take it at once', async () => {
    const made = await Promise.allSettled(['x', 'y', 'z'].map((subject) => task(subject, { key: 'K-1' })));
    expect(made.map(({ status: outcome }) => outcome).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const other = await task('other');
    expect(await pathsOf(change(other.id, { key: 'K-1' }))).toEqual(['ALREADY_EXISTS']);
    expect(await platform.db.prisma.event.count({ where: { entityId: other.id } })).toBe(1);
  });
});

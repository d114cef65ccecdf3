import { expect, test } from 'vitest';
import { newId } from '#platform/ids';
import { claimEvents, giveBackEvents } from '#domain/event/event.claim';
import { afterTaking, type Turns } from '#domain/event/event.turns';
import { testPlatform } from '#test/support/platform';
import { seedWorkspace } from '#test/support/tenancy';

test('every workspace and every record has its turn, however many events of others wait, and if one event is taken at a time', async () => {
  const platform = await testPlatform();
  const [busy, small] = [await seedWorkspace(platform), await seedWorkspace(platform)];
  const made = { type: 'entity.updated', source: 'x', sequence: 1, data: {}, changed: [], chain: [], actorKind: 'SYSTEM' as const };
  const event = (workspaceId: string) => ({ ...made, id: newId(), entityId: newId(), workspaceId, actorName: 'x', at: new Date() });
  const waiting = async (workspaceId: string, count: number): Promise<string[]> => {
    const rows = Array.from({ length: count }, () => event(workspaceId));
    await platform.db.prisma.event.createMany({ data: rows });
    return rows.map(({ id }) => id);
  };
  let turns: Turns = new Map();
  const take = async (): Promise<string[]> => {
    const events = await claimEvents(platform.db.sql, { owner: platform.id, leaseMs: 60_000, most: 1, turns, resting: [], closed: [] });
    turns = afterTaking(turns, events);
    return events.map(({ id }) => id);
  };
  const older = await waiting(busy.workspaceId, 60);
  const first = await take();
  const newer = await waiting(small.workspaceId, 2);
  const taken = [...first, ...(await take()), ...(await take()), ...(await take())];
  expect(taken.filter((id) => newer.includes(id))).toHaveLength(2);
  // Those that were passed over, and what has come since, are found again.
  const late = await waiting(busy.workspaceId, 1);
  for (let left = 60; left > 0; left--) taken.push(...(await take()));
  expect(new Set(taken)).toEqual(new Set([...older, ...newer, ...late]));
  expect(await take()).toEqual([]);
});

test('events without a record that are held back keep no newer one waiting, and only leases that ran out count as lost', async () => {
  const platform = await testPlatform();
  const { workspaceId } = await seedWorkspace(platform);
  const { prisma, sql } = platform.db;
  const at = new Date(0);
  const made = {
    workspaceId,
    type: 'shop.order',
    source: 'x',
    data: {},
    changed: [],
    chain: [],
    actorKind: 'SYSTEM' as const,
    actorName: 'x',
    at,
  };
  const held = Array.from({ length: 6 }, () => newId());
  await prisma.event.createMany({ data: held.map((id) => ({ ...made, id, heldAt: at, leaseUntil: at })) });
  const newer = newId();
  await prisma.event.create({ data: { ...made, id: newer } });
  const take = (resting: string[], closed: string[] = []) =>
    claimEvents(sql, { owner: platform.id, leaseMs: 60_000, most: 2, turns: new Map(), resting, closed });
  expect(await take([workspaceId], [workspaceId])).toEqual([]);
  const first = await take([workspaceId]);
  expect(first).toMatchObject([{ id: newer, held: false, lost: 0 }]);
  await giveBackEvents(sql, first);
  const again = await take([workspaceId]);
  expect(again).toMatchObject([{ id: newer, epoch: 2, lost: 0 }]);
  await prisma.event.update({ where: { id: newer }, data: { leaseUntil: at } });
  expect(await take([workspaceId])).toMatchObject([{ id: newer, epoch: 3, lost: 1 }]);
  const oldest = await take([]);
  expect(oldest).toHaveLength(2);
  for (const event of oldest) expect([held.includes(event.id), event.held, event.lost]).toEqual([true, true, 0]);
});

import { expect, test } from 'vitest';
import { newId } from '#platform/ids';
import { claimEvents } from '#domain/event/event.claim';
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

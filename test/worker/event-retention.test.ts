import { expect, it } from 'vitest';
import { forgetEvents } from '#domain/event/event.forget';
import { pendingEvents } from '#domain/event/event.pending';
import { firstIdAt, newId } from '#platform/ids';
import { testPlatform } from '#test/support/platform';
import { seedWorkspace } from '#test/support/tenancy';

const dayMs = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * dayMs);

it('of events, those go that are older than they are kept, with what rules made of them; never one that rules have still to see', async () => {
  const platform = await testPlatform();
  const { prisma, sql } = platform.db;
  const { workspaceId } = await seedWorkspace(platform);
  const told = async (days: number, more: { readonly passed?: boolean; readonly idDays?: number } = {}): Promise<string> => {
    const id = firstIdAt(ago(more.idDays ?? days).getTime()).slice(0, 14) + newId().slice(14);
    const at = ago(days);
    const passedAt = more.passed === false ? null : at;
    const actor = { actorKind: 'SYSTEM', actorName: 'Millrace' } as const;
    await prisma.event.create({
      data: { id, workspaceId, type: 'x.happened', source: '/x', data: {}, changed: [], chain: [], ...actor, at, passedAt },
    });
    await prisma.evaluation.create({ data: { eventId: id, automationId: newId(), workspaceId, outcome: 'NOT_MET', at } });
    return id;
  };
  await told(40);
  await told(31);
  const pending = await told(40, { passed: false });
  const kept = [
    pending,
    await told(29),
    // Its id was made long before it happened.
    await told(1, { idDays: 35 }),
  ].sort();
  expect(await forgetEvents(sql, ago(30))).toBe(2);
  expect(await forgetEvents(sql, ago(30))).toBe(0);
  const [events, evaluations] = await Promise.all([
    prisma.event.findMany({ select: { id: true }, orderBy: { id: 'asc' } }),
    prisma.evaluation.findMany({ select: { eventId: true }, orderBy: { eventId: 'asc' } }),
  ]);
  expect(events.map(({ id }) => id)).toEqual(kept);
  expect(evaluations.map(({ eventId }) => eventId)).toEqual(kept);
  expect(await pendingEvents(sql, 60_000)).toEqual({ events: 1, held: 0, eventId: pending });
});

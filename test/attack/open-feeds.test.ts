import pg from 'pg';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { eventCursor } from '#domain/event/event.feed.cursor';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import { encodeId } from '#schema/node';
import { type World, makeWorld, marker } from '#test/api/access.world';
import { type Millrace, startMillrace } from '#test/support/api';
import { mutateOn } from '#test/support/mutate';
import { seedPersonalToken } from '#test/support/tenancy';
import { patience } from '#test/support/wire';
import type { Following } from './follow.js';
import { happen } from './happenings.js';
import { type Arguments, codeIn, openFeeds, rowsOf, unlimited, ways } from './open-feeds.js';

// Every subscription of the schema, over every transport.

vi.setConfig({ testTimeout: 240_000 });

let millrace: Millrace;
let world: World;
const feeds = openFeeds(() => millrace);

beforeAll(async () => {
  millrace = await startMillrace({ worker: false, settings: { ...unlimited } });
  world = await makeWorld(millrace);
}, 300_000);

/** A world as the outsider has it: the same rows, about what is its own. */
const asOutsider = (world: World): World => ({ ...world, ids: world.own, actionKey: 'own-action', blueprintKey: 'own_records' });

/** The rows that name what is hidden, and each of them with something of one's own beside it. */
function reaching(name: string, world: World): Arguments[] {
  const own = asOutsider(world);
  const besides: Arguments = { runs: own.ids.Run, entities: own.ids.Entity, blueprints: own.blueprintKey };
  return rowsOf(name, world).flatMap((args) => {
    const filter = (args['filter'] ?? { workspace: null }) as Arguments;
    if ('workspace' in filter) return [args];
    const both = Object.entries(filter).map(([key, value]) => [key, Array.isArray(value) ? [besides[key], ...(value as string[])] : value]);
    return [args, { filter: { ...filter, workspace: own.ids.Workspace } }, { filter: Object.fromEntries(both) as Arguments }];
  });
}

describe('a feed of what another workspace has', () => {
  it.each(ways)('%s over %s is refused as if nothing were there', async (name, _transport, follow) => {
    for (const args of reaching(name, world)) {
      const following = await feeds.open(follow, world.as.outsider, name, args);
      await vi.waitFor(() => expect(following.completed, JSON.stringify(args)).toBe(true), patience);
      expect(following.heard.length, JSON.stringify(args)).toBe(1);
      expect(following.heard[0]?.data ?? null).toBeNull();
      expect(codeIn(following), JSON.stringify(args)).toBe('NOT_FOUND');
      expect(JSON.stringify(following.heard)).not.toContain(marker);
    }
  });
});

describe('a feed whose reader loses its rights', () => {
  /** Who reads, and how its rights are taken away. */
  const losses: Readonly<
    Record<string, { readonly code: string; readonly make: () => Promise<{ token: string; lose: () => Promise<unknown> }> }>
  > = {
    'a token that is revoked': {
      code: 'UNAUTHENTICATED',
      make: async () => {
        const { token, tokenId } = await world.hidden.token('VIEWER');
        return { token, lose: () => write('revokeApiToken', { id: encodeId('ApiToken', tokenId) }) };
      },
    },
    'a member who is removed': {
      code: 'FORBIDDEN',
      make: async () => {
        const { userId, membershipId } = await world.hidden.member('VIEWER');
        const { token } = await seedPersonalToken(millrace.app, userId, 'OWNER');
        return { token, lose: () => write('removeMember', { id: encodeId('Membership', membershipId) }) };
      },
    },
    'a member whose role is lowered': {
      code: 'FORBIDDEN',
      make: async () => {
        const { userId, membershipId } = await world.hidden.member('EDITOR');
        const { token } = await seedPersonalToken(millrace.app, userId, 'OWNER');
        return { token, lose: () => write('updateMember', { id: encodeId('Membership', membershipId), role: 'VIEWER' }) };
      },
    },
  };

  /** Lets no statement read events until it is told to. */
  async function holdEvents(): Promise<() => Promise<void>> {
    const holder = new pg.Client({ connectionString: millrace.installation.databaseUrl });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE "Event" IN ACCESS EXCLUSIVE MODE');
    return () => holder.end();
  }

  async function write(field: string, input: Arguments): Promise<void> {
    const { code, message } = await mutateOn(millrace)(world.as.owner, field, input);
    if (code !== undefined) throw new Error(`${field}: ${code} ${String(message)}`);
  }

  it.each(ways)('%s over %s ends with the code of the loss, within a second', async (name, _transport, follow) => {
    for (const [who, { code, make }] of Object.entries(losses)) {
      const { token, lose } = await make();
      const [args = {}] = rowsOf(name, world);
      // A back-test is over at once where there is little to try: its events are kept from it.
      const release = name.startsWith('backtest') ? await holdEvents() : () => Promise.resolve();
      try {
        const following = await feeds.open(follow, token, name, args);
        await lose();
        const from = performance.now();
        await vi.waitFor(() => expect(following.completed, who).toBe(true), patience);
        expect(performance.now() - from, who).toBeLessThan(1_000);
        expect(codeIn(following), who).toBe(code);
        expect(following.heard.at(-1)?.data ?? null).toBeNull();
      } finally {
        await release();
      }
    }
  });
});

// Last: what is followed is over afterwards.
describe('a feed of what is one’s own', () => {
  /** Without a word of where, and from the first day of the installation. */
  const everywhere: Readonly<Record<string, readonly Arguments[]>> = {
    runEvents: [{}, { after: encodeCursor(0n) }, { filter: { types: ['RUN_QUEUED'] } }],
    entityEvents: [{}, { after: eventCursor.encode(0n) }, { filter: { types: ['order.paid'] } }],
    suggestionUpdated: [{}, { after: eventCursor.encode(0n) }],
  };

  it('hears nothing of what happens in another workspace', async () => {
    const own = asOutsider(world);
    const opened: { readonly what: string; readonly following: Following }[] = [];
    for (const [name, transport, follow] of ways)
      for (const args of [...rowsOf(name, own), ...(everywhere[name] ?? [])]) {
        const following = await feeds.open(follow, world.as.outsider, name, args);
        opened.push({ what: `${name} over ${transport} ${JSON.stringify(args)}`, following });
      }
    const theirs = await happen(millrace, world, world.as.owner, `${marker}-now`);
    // What happens later, in the order that is the same for all, tells that what came before will not come any more.
    await happen(millrace, own, world.as.outsider, 'own-now');
    for (const { what, following } of opened) {
      await vi.waitFor(() => expect(following.heard, what).not.toEqual([]), { ...patience, timeout: 120_000 });
      const text = JSON.stringify(following.heard);
      expect(text, what).not.toContain('"errors"');
      expect(
        [...theirs, ...world.secrets].filter((secret) => text.includes(secret)),
        what,
      ).toEqual([]);
    }
    expect(JSON.stringify(opened)).toContain('own-now');
  });
});

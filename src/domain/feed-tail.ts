import { createPulse } from '#platform/events/pulse';
import type { Platform } from '#platform/platform';
import type { FeedLog, InFeed, OfWorkspaces } from './feed.js';

/** Someone to whom new events are handed, in order. */
export interface TailMember<Event, Filter> {
  readonly filter: Filter;
  /** Is given an event that it wants. Must not throw. */
  receive(event: Event): void;
}

/** Reads what is new in a feed once for this process, whoever follows it. Rests while nobody does. */
export interface Tail<Event, Filter> {
  /** Answers the position from which on the member is handed everything that it wants. */
  join(member: TailMember<Event, Filter>): Promise<bigint>;
  leave(member: TailMember<Event, Filter>): void;
  /** Everything up to here has been handed out. */
  position(): bigint;
  close(): Promise<void>;
}

/** Those who want the same: with thousands of followers most do, and an event is compared with what they want once. */
interface Alike<Event, Filter> {
  readonly filter: Filter;
  readonly members: Set<TailMember<Event, Filter>>;
}

/** Between two looks that no wake-up asked for, in milliseconds. */
const pollMs = 1_000;
const pageSize = 1_000;

export function createTail<Event extends InFeed, Filter extends OfWorkspaces>(
  platform: Platform,
  { name, channel, readBounds, readTail, wants }: FeedLog<Event, Filter>,
): Tail<Event, Filter> {
  const { db, wake, log } = platform;
  const byWorkspace = new Map<string, Map<string, Alike<Event, Filter>>>();
  let members = 0;
  let position: bigint | null = null;
  let starting: Promise<void> | null = null;

  async function read(): Promise<void> {
    if (position === null || members === 0) return;
    const from = position;
    const events = await readTail(db, from, pageSize);
    // All members left meanwhile; whoever came since began elsewhere.
    if (position !== from) return;
    for (const event of events) {
      // The last one may have left as it was handed the event before.
      if (members === 0) return;
      // Before it is handed out: who is handed it may ask how far the tail has come.
      position = event.position;
      for (const { filter, members: alike } of byWorkspace.get(event.workspaceId)?.values() ?? [])
        if (wants(filter, event)) for (const member of alike) member.receive(event);
    }
    if (events.length === pageSize) pulse.poke();
  }

  const pulse = createPulse({ name: `${name} tail`, log, work: read, pauseMs: () => (members === 0 ? null : pollMs) });
  const unhear = wake.on(channel, () => {
    if (members > 0) pulse.poke();
  });

  async function start(): Promise<void> {
    const { newest } = await readBounds(db);
    position = newest ?? 0n;
  }

  return {
    join: async (member) => {
      // A tail at rest has fallen behind: it begins anew at the present end.
      members += 1;
      try {
        if (position === null) await (starting ??= start().finally(() => (starting = null)));
      } catch (error) {
        members -= 1;
        throw error;
      }
      const key = JSON.stringify(member.filter);
      for (const workspaceId of member.filter.workspaceIds) {
        const groups = byWorkspace.get(workspaceId) ?? new Map<string, Alike<Event, Filter>>();
        byWorkspace.set(workspaceId, groups);
        const alike = groups.get(key) ?? { filter: member.filter, members: new Set() };
        groups.set(key, alike);
        alike.members.add(member);
      }
      pulse.poke();
      return position ?? 0n;
    },
    leave: (member) => {
      const key = JSON.stringify(member.filter);
      for (const workspaceId of member.filter.workspaceIds) {
        const groups = byWorkspace.get(workspaceId);
        const alike = groups?.get(key);
        alike?.members.delete(member);
        if (alike?.members.size === 0) groups?.delete(key);
        if (groups?.size === 0) byWorkspace.delete(workspaceId);
      }
      members -= 1;
      if (members === 0) position = null;
    },
    position: () => position ?? 0n,
    close: () => {
      unhear();
      return pulse.close();
    },
  };
}

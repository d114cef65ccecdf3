/**
 * By workspace the record whose event was taken last, the one first that has had no turn for the longest time. In each workspace the walk
 * goes on behind that record, and begins again at its end: so each record has its turn, and each workspace, however busy others are.
 */
export type Turns = ReadonlyMap<string, string>;

interface TakenEvent {
  readonly workspaceId: string;
  readonly entityId: string | null;
  /** It was held back, and is not found by the walk. */
  readonly held: boolean;
}

/** Before every record. */
export const beforeAll = '00000000-0000-0000-0000-000000000000';

/** Workspaces that are remembered; one that is forgotten goes first. */
const mostRemembered = 1_000;

/** The turns after events were taken. */
export function afterTaking(turns: Turns, events: readonly TakenEvent[]): Turns {
  const next = new Map(turns);
  for (const workspaceId of new Set(events.map((event) => event.workspaceId))) {
    const before = turns.get(workspaceId) ?? beforeAll;
    const records = events.flatMap((event) => (event.workspaceId === workspaceId && !event.held ? (event.entityId ?? []) : []));
    const again = records.filter((record) => record <= before);
    const last = (again.length > 0 ? again : records).toSorted().at(-1) ?? before;
    next.delete(workspaceId);
    next.set(workspaceId, last);
  }
  for (const oldest of next.keys()) {
    if (next.size <= mostRemembered) break;
    next.delete(oldest);
  }
  return next;
}

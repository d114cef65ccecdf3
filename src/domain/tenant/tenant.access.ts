import type { Platform } from '#platform/platform';
import { type DomainError, ForbiddenError, UnauthenticatedError } from '#domain/errors';
import { atLeast } from './permission.js';
import { type TokenGrant, rolesOfToken, rolesOfUser } from './roles.js';
import type { Viewer } from './viewer.js';

/**
 * Ends what was opened with rights that are gone. Revocation, expiry and lost memberships are noticed at once when the process
 * that makes the change can wake this one, and within half a second and a statement's time in any case.
 */
export interface AccessWatch {
  /**
   * Calls `onEnd` once, with the error to end with, when the viewer's token or JWT ends, or when any of its roles is lowered or
   * lost: what a subscription answers was decided with all of them. Answers the function that stops watching.
   */
  track(viewer: Viewer, onEnd: (reason: DomainError) => void): () => void;
  close(): Promise<void>;
}

interface Tracked {
  readonly viewer: Viewer;
  readonly onEnd: (reason: DomainError) => void;
}

interface Standing {
  /** Null: neither. */
  readonly ended: 'REVOKED' | 'EXPIRED' | null;
  readonly roles: Viewer['roles'];
}

interface StandingRow extends TokenGrant, Pick<Standing, 'ended'> {
  readonly id: string;
}

// Together with the time of a statement this stays under the promised second.
const everyMs = 500;

export function watchAccess(platform: Platform): AccessWatch {
  const tracked = new Set<Tracked>();
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | null = null;
  let again = false;
  let closed = false;

  function check(): Promise<void> {
    if (checking !== null) {
      // What woke us may have been committed after the statement under way began.
      again = true;
      return checking;
    }
    clearTimeout(timer);
    checking = pass()
      .catch((error: unknown) => platform.log.warn({ err: error }, 'open subscriptions could not be checked; they stay until they can'))
      .finally(() => {
        checking = null;
        const now = again;
        again = false;
        if (now && !closed && tracked.size > 0) void check();
        else schedule();
      });
    return checking;
  }

  function schedule(): void {
    clearTimeout(timer);
    if (!closed && tracked.size > 0) timer = setTimeout(() => void check(), everyMs);
  }

  async function pass(): Promise<void> {
    const seen = [...tracked];
    if (seen.length === 0) return;
    const standings = await read(seen);
    const now = platform.clock.now();
    for (const entry of seen) {
      const reason = endOf(entry, standings, now);
      if (reason !== null && tracked.delete(entry)) entry.onEnd(reason);
    }
  }

  async function read(entries: readonly Tracked[]): Promise<ReadonlyMap<string, Standing>> {
    const tokens = new Set<string>();
    const users = new Set<string>();
    for (const { viewer } of entries)
      if (viewer.tokenId !== null) tokens.add(viewer.tokenId);
      else if (viewer.actor.id !== null) users.add(viewer.actor.id);
    const rows = await platform.db.sql.query<StandingRow>(findStandings, [[...tokens], [...users]]);
    // Here and not for each of their subscriptions, of which there may be ten thousand, twice a second.
    return new Map(
      rows.map((row) => [row.id, { ended: row.ended, roles: tokens.has(row.id) ? rolesOfToken(row) : rolesOfUser(row.memberships) }]),
    );
  }

  const unhear = platform.wake.on('access', () => void check());
  return {
    track: (viewer, onEnd) => {
      const entry: Tracked = { viewer, onEnd };
      tracked.add(entry);
      // At once and not at the next turn of the timer: rights may have gone between their resolution and now.
      void check();
      return () => {
        tracked.delete(entry);
        if (tracked.size === 0) clearTimeout(timer);
      };
    },
    close: async () => {
      closed = true;
      unhear();
      clearTimeout(timer);
      tracked.clear();
      await checking;
    },
  };
}

function endOf({ viewer }: Tracked, standings: ReadonlyMap<string, Standing>, now: Date): DomainError | null {
  if (viewer.expiresAt !== null && viewer.expiresAt <= now)
    return new UnauthenticatedError('The credential of this subscription has expired.');
  const id = viewer.tokenId ?? viewer.actor.id;
  // Millrace itself: nothing that could be taken away.
  if (id === null) return null;
  const standing = standings.get(id);
  if (standing === undefined) return new UnauthenticatedError('The credential of this subscription is gone.');
  if (standing.ended === 'REVOKED') return new UnauthenticatedError('The token of this subscription has been revoked.');
  if (standing.ended === 'EXPIRED') return new UnauthenticatedError('The token of this subscription has expired.');
  for (const [workspaceId, role] of viewer.roles) {
    const left = standing.roles.get(workspaceId);
    if (left === undefined || !atLeast(left, role))
      return new ForbiddenError('Rights that this subscription was opened with were taken away.');
  }
  return null;
}

const findStandings = {
  name: 'access.standings',
  text: `SELECT t.id, t.role, t."workspaceId",
      CASE WHEN t."revokedAt" IS NOT NULL THEN 'REVOKED' WHEN t."expiresAt" <= now() THEN 'EXPIRED' END AS ended,
      (SELECT jsonb_object_agg(m."workspaceId", m.role) FROM "Membership" m WHERE m."userId" = t."userId") AS memberships
    FROM "ApiToken" t WHERE t.id = ANY($1::uuid[])
    UNION ALL
    SELECT u.id, 'OWNER', NULL, NULL, (SELECT jsonb_object_agg(m."workspaceId", m.role) FROM "Membership" m WHERE m."userId" = u.id)
    FROM "User" u WHERE u.id = ANY($2::uuid[])`,
};

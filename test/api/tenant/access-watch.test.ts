import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DomainError, ForbiddenError, UnauthenticatedError } from '#domain/errors';
import { type AccessWatch, watchAccess } from '#domain/tenant/tenant.access';
import { removeMember, updateMember } from '#domain/tenant/member.service';
import { revokeApiToken } from '#domain/tenant/token.service';
import { resolveViewer } from '#domain/tenant/tenant.auth';
import type { Viewer } from '#domain/tenant/viewer';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { testPlatform } from '#test/support/platform';
import { type SeededWorkspace, seedPersonalToken, seedWorkspace } from '#test/support/tenancy';

let api: Platform;
/** The process that takes rights away. */
let other: Platform;
let workspace: SeededWorkspace;
let owner: Viewer;
const watches: AccessWatch[] = [];

beforeAll(async () => {
  const made = await testPlatform();
  api = made;
  other = await testPlatform({ databaseUrl: made.databaseUrl, prefix: made.config.prefix });
  workspace = await seedWorkspace(api);
  owner = (await workspace.member('OWNER')).viewer;
});

afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.close();
});

/** A platform whose process hears no wake-up: what is left is the poll. */
const deaf = (platform: Platform): Platform => ({ ...platform, wake: { ...platform.wake, on: () => () => undefined } });

function follow(
  platform: Platform,
  viewer: Viewer,
): { readonly ended: Promise<{ reason: DomainError; at: number }>; readonly reasons: DomainError[]; stop(): void } {
  const watch = watchAccess(platform);
  watches.push(watch);
  const reasons: DomainError[] = [];
  let stop: () => void = () => undefined;
  const ended = new Promise<{ reason: DomainError; at: number }>((resolve) => {
    stop = watch.track(viewer, (reason) => {
      reasons.push(reason);
      resolve({ reason, at: performance.now() });
    });
  });
  return { ended, reasons, stop: () => stop() };
}

const revoke = (id: string) => transact(other, owner, (work) => revokeApiToken(work, { id }));

describe('what is open with a token', () => {
  it.each([
    ['woken by the other process', (platform: Platform) => platform],
    ['by polling, when no wake-up arrives', deaf],
  ])('ends within a second after its revocation, %s', async (_how, make) => {
    const { viewer, tokenId } = await workspace.token('VIEWER');
    const { ended } = follow(make(api), viewer);
    await revoke(tokenId);
    const from = performance.now();
    const { reason, at } = await ended;
    expect(reason).toBeInstanceOf(UnauthenticatedError);
    expect(reason.message).toContain('revoked');
    expect(at - from).toBeLessThan(1_000);
  });

  it('ends when it was revoked before it was opened', async () => {
    const { viewer, tokenId } = await workspace.token('VIEWER');
    await revoke(tokenId);
    expect((await follow(api, viewer).ended).reason).toBeInstanceOf(UnauthenticatedError);
  });

  it('ends when it expires', async () => {
    const { authorization } = await workspace.token('VIEWER', { expiresAt: new Date(api.clock.now().getTime() + 700) });
    const viewer = await resolveViewer(api, authorization);
    if (viewer === null) throw new Error('nobody');
    const { reason } = await follow(deaf(api), viewer).ended;
    expect(reason.message).toContain('expired');
  });

  it('ends once, and not for the others', async () => {
    const [gone, stays] = [await workspace.token('VIEWER'), await workspace.token('VIEWER')];
    const first = follow(api, gone.viewer);
    const second = follow(api, stays.viewer);
    await revoke(gone.tokenId);
    await first.ended;
    await revoke((await workspace.token('VIEWER')).tokenId);
    const probe = follow(api, gone.viewer);
    await probe.ended;
    expect(first.reasons).toHaveLength(1);
    expect(second.reasons).toEqual([]);
  });

  it('is not told once it stopped by itself', async () => {
    const { viewer, tokenId } = await workspace.token('VIEWER');
    const stopped = follow(api, viewer);
    stopped.stop();
    await revoke(tokenId);
    await follow(api, viewer).ended;
    expect(stopped.reasons).toEqual([]);
  });
});

describe('what is open as a member', () => {
  it('ends when the membership does, for a JWT and for a personal token', async () => {
    const { userId, membershipId, viewer } = await workspace.member('EDITOR');
    const personal = await resolveViewer(api, (await seedPersonalToken(api, userId, 'OWNER')).authorization);
    if (personal === null) throw new Error('nobody');
    const open = [follow(api, viewer), follow(api, personal)];
    await transact(other, owner, (work) => removeMember(work, { id: membershipId }));
    for (const { ended } of open) expect((await ended).reason).toBeInstanceOf(ForbiddenError);
  });

  it('ends when the role is lowered, though it may still read: what it was opened with decides what it shows', async () => {
    const { membershipId, viewer } = await workspace.member('EDITOR');
    const { ended } = follow(api, viewer);
    await transact(other, owner, (work) => updateMember(work, { id: membershipId, role: 'VIEWER' }));
    expect((await ended).reason).toBeInstanceOf(ForbiddenError);
  });

  it('stays when the role rises', async () => {
    const { membershipId, viewer } = await workspace.member('VIEWER');
    const raised = follow(api, viewer);
    const { viewer: probe, tokenId } = await workspace.token('VIEWER');
    await transact(other, owner, (work) => updateMember(work, { id: membershipId, role: 'EDITOR' }));
    await revoke(tokenId);
    await follow(api, probe).ended;
    expect(raised.reasons).toEqual([]);
  });
});

describe('many subscriptions', () => {
  it('are checked by one statement', async () => {
    const viewers = await Promise.all(Array.from({ length: 30 }, async () => (await workspace.token('VIEWER')).viewer));
    const { sql } = api.db;
    let statements = 0;
    const counting: Platform = {
      ...deaf(api),
      db: {
        ...api.db,
        sql: {
          query: (statement, values) => {
            statements += 1;
            return sql.query(statement, values);
          },
        },
      },
    };
    const watch = watchAccess(counting);
    watches.push(watch);
    const ended = viewers.map((viewer) => new Promise<void>((resolve) => watch.track(viewer, () => resolve())));
    await api.db.prisma.apiToken.updateMany({
      where: { id: { in: viewers.map(({ tokenId }) => tokenId ?? '') } },
      data: { revokedAt: api.clock.now() },
    });
    await Promise.all(ended);
    expect(statements).toBeLessThan(10);
  });

  it('stay while the database is away, and end when it is back', async () => {
    const { viewer, tokenId } = await workspace.token('VIEWER');
    const { sql } = api.db;
    let away = true;
    const shaky: Platform = {
      ...deaf(api),
      db: { ...api.db, sql: { query: (statement, values) => (away ? Promise.reject(new Error('away')) : sql.query(statement, values)) } },
    };
    const open = follow(shaky, viewer);
    await revoke(tokenId);
    expect(open.reasons).toEqual([]);
    away = false;
    expect((await open.ended).reason).toBeInstanceOf(UnauthenticatedError);
  });
});

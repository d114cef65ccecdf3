import { beforeAll, describe, expect, it, vi } from 'vitest';
import { UnauthenticatedError } from '#domain/errors';
import { resolveViewer } from '#domain/tenant/tenant.auth';
import { mintToken } from '#platform/auth/token';
import type { Platform } from '#platform/platform';
import { testPlatform } from '#test/support/platform';
import { type SeededWorkspace, seedPersonalToken, seedUser, seedWorkspace } from '#test/support/tenancy';

let platform: Platform;
let workspace: SeededWorkspace;

beforeAll(async () => {
  platform = await testPlatform();
  workspace = await seedWorkspace(platform);
});

describe('a bearer token', () => {
  it('no header is nobody', async () => {
    expect(await resolveViewer(platform, null)).toBeNull();
  });

  it('of a service has its role in its workspace and nothing else', async () => {
    const { authorization, viewer } = await workspace.token('EDITOR');
    expect(await resolveViewer(platform, authorization)).toEqual(viewer);
  });

  it('of a person acts as the person, capped by its own role', async () => {
    const other = await seedWorkspace(platform);
    const { userId } = await workspace.member('OWNER');
    await platform.db.prisma.membership.create({
      data: { id: (await seedUser(platform)).userId, workspaceId: other.workspaceId, userId, role: 'VIEWER' },
    });
    const { authorization, tokenId } = await seedPersonalToken(platform, userId, 'OPERATOR');
    const viewer = await resolveViewer(platform, authorization);
    expect(viewer?.actor).toEqual({ kind: 'USER', id: userId, name: 'Person' });
    expect(viewer?.tokenId).toBe(tokenId);
    expect(viewer?.roles).toEqual(
      new Map([
        [workspace.workspaceId, 'OPERATOR'],
        [other.workspaceId, 'VIEWER'],
      ]),
    );
  });

  it('of a person without memberships signs in and may do nothing', async () => {
    const { userId } = await seedUser(platform);
    const { authorization } = await seedPersonalToken(platform, userId, 'OWNER');
    expect((await resolveViewer(platform, authorization))?.roles.size).toBe(0);
  });

  it('takes the scheme in any case', async () => {
    const { token } = await workspace.token('VIEWER');
    expect(await resolveViewer(platform, `bearer ${token}`)).not.toBeNull();
  });

  const { token: unknown } = mintToken('mr');
  it.each([
    '',
    'Bearer',
    'Bearer ',
    unknown,
    `Basic ${unknown}`,
    `Bearer ${unknown}`,
    `Bearer ${unknown} `,
    `Bearer ${unknown}x`,
    `Bearer ${unknown.slice(0, -1)}`,
    'Bearer mr_',
    `Bearer mr_${'*'.repeat(43)}`,
    `Bearer mr_${"' OR 1=1 --".padEnd(43, 'x')}`,
    'Bearer a.b.c',
    `Bearer ${'x'.repeat(100_000)}`,
    'Bearer \0',
  ])('%j is refused', async (authorization) => {
    await expect(resolveViewer(platform, authorization)).rejects.toThrow(UnauthenticatedError);
  });

  it('is stored nowhere, and its hash does not sign in', async () => {
    const { token, tokenId } = await workspace.token('OWNER');
    const row = await platform.db.prisma.apiToken.findUniqueOrThrow({ where: { id: tokenId } });
    expect(JSON.stringify({ ...row, tokenHash: Buffer.from(row.tokenHash).toString('latin1') })).not.toContain(token.slice(12));
    expect(row.tokenHash).toHaveLength(32);
    await expect(resolveViewer(platform, `Bearer mr_${Buffer.from(row.tokenHash).toString('base64url')}`)).rejects.toThrow(
      UnauthenticatedError,
    );
  });

  it('is refused from the moment it is revoked, also by calls that come at the same time', async () => {
    const { authorization, tokenId } = await workspace.token('OWNER');
    await Promise.all(Array.from({ length: 20 }, () => resolveViewer(platform, authorization)));
    await platform.db.prisma.apiToken.update({ where: { id: tokenId }, data: { revokedAt: platform.clock.now() } });
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => resolveViewer(platform, authorization)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 'rejected'));
  });

  it('is refused once it has expired, by the clock of the database', async () => {
    const { authorization } = await workspace.token('OWNER', { expiresAt: new Date(platform.clock.now().getTime() - 1) });
    await expect(resolveViewer(platform, authorization)).rejects.toThrow('has expired');
  });

  it('sees a changed membership at its next use', async () => {
    const { userId, membershipId } = await workspace.member('OWNER');
    const { authorization } = await seedPersonalToken(platform, userId, 'OWNER');
    expect((await resolveViewer(platform, authorization))?.roles.get(workspace.workspaceId)).toBe('OWNER');
    await platform.db.prisma.membership.update({ where: { id: membershipId }, data: { role: 'VIEWER' } });
    expect((await resolveViewer(platform, authorization))?.roles.get(workspace.workspaceId)).toBe('VIEWER');
    await platform.db.prisma.membership.delete({ where: { id: membershipId } });
    expect((await resolveViewer(platform, authorization))?.roles.size).toBe(0);
  });

  it('remembers when it was used, once a minute', async () => {
    const { authorization, tokenId } = await workspace.token('VIEWER');
    const lastUse = async () => (await platform.db.prisma.apiToken.findUniqueOrThrow({ where: { id: tokenId } })).lastUsedAt;
    await resolveViewer(platform, authorization);
    const used = await vi.waitFor(async () => {
      const at = await lastUse();
      expect(at).not.toBeNull();
      return at;
    });
    await Promise.all(Array.from({ length: 10 }, () => resolveViewer(platform, authorization)));
    expect(await lastUse()).toEqual(used);
  });
});

describe('many calls at once', () => {
  it('share statements and each get their own answer', async () => {
    const tokens = await Promise.all(Array.from({ length: 40 }, () => workspace.token('VIEWER')));
    const { sql } = platform.db;
    const statements: string[] = [];
    const counting: Platform = {
      ...platform,
      db: { ...platform.db, sql: { query: (statement, values) => (statements.push(statement.name), sql.query(statement, values)) } },
    };
    const { token: unknown } = mintToken('mr');
    const asked = [...tokens.map(({ authorization }) => authorization), `Bearer ${unknown}`];
    const answers = await Promise.allSettled(asked.map((authorization) => resolveViewer(counting, authorization)));
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value?.tokenId : 'refused'))).toEqual([
      ...tokens.map(({ tokenId }) => tokenId),
      'refused',
    ]);
    expect(statements.filter((name) => name === 'auth.tokens').length).toBeLessThanOrEqual(2);
  });
});

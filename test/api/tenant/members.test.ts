import { beforeAll, describe, expect, it } from 'vitest';
import { ensureUser } from '#domain/tenant/user.service';
import { systemActor } from '#domain/tenant/viewer';
import { transact } from '#platform/work/work';
import type { Role } from '#platform/db/generated/prisma/enums';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, codeOf, mutateOn } from '#test/support/mutate';
import { type SeededMember, type SeededWorkspace, seedPersonalToken, seedUser, seedWorkspace } from '#test/support/tenancy';

let millrace: Millrace;
let write: Mutate;
let workspace: SeededWorkspace;
let owner: Person;

interface Person extends SeededMember {
  readonly token: string;
  readonly id: string;
}

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  write = mutateOn(millrace);
});

// Each group has a workspace of its own, with one owner.
async function fresh(): Promise<void> {
  workspace = await seedWorkspace(millrace.app);
  owner = await person('OWNER');
}

async function person(role: Role): Promise<Person> {
  const member = await workspace.member(role);
  return {
    ...member,
    id: encodeId('Membership', member.membershipId),
    token: (await seedPersonalToken(millrace.app, member.userId, 'OWNER')).token,
  };
}

const success = (field: string) => `${field.charAt(0).toUpperCase()}${field.slice(1)}Success`;
const roleOf = async ({ membershipId }: Person) =>
  (await millrace.app.db.prisma.membership.findUnique({ where: { id: membershipId } }))?.role ?? null;

describe('roles of members', () => {
  beforeAll(fresh);
  const roles: Role[] = ['VIEWER', 'OPERATOR', 'EDITOR', 'ADMIN', 'OWNER'];

  it.each<[actor: Role, from: Role, to: Role, allowed: boolean]>([
    ['ADMIN', 'VIEWER', 'ADMIN', true],
    ['ADMIN', 'ADMIN', 'VIEWER', true],
    ['ADMIN', 'VIEWER', 'OWNER', false],
    ['ADMIN', 'OWNER', 'VIEWER', false],
    ['OWNER', 'VIEWER', 'OWNER', true],
    ['OWNER', 'OWNER', 'VIEWER', true],
    ['EDITOR', 'VIEWER', 'OPERATOR', false],
    ['VIEWER', 'VIEWER', 'OWNER', false],
  ])('%s makes a member that is %s into %s: %s', async (actor, from, to, allowed) => {
    const [by, target] = [await person(actor), await person(from)];
    const result = await write(by.token, 'updateMember', { id: target.id, role: to }, 'membership { role }');
    expect(codeOf(result)).toBe(allowed ? success('updateMember') : 'FORBIDDEN');
    if (allowed) expect(result['membership']).toEqual({ role: to });
    expect(await roleOf(target)).toBe(allowed ? to : from);
  });

  it.each(roles.slice(0, 4))('%s cannot raise itself', async (role) => {
    const self = await person(role);
    for (const higher of roles.slice(roles.indexOf(role) + 1))
      expect(codeOf(await write(self.token, 'updateMember', { id: self.id, role: higher }))).toBe('FORBIDDEN');
    expect(await roleOf(self)).toBe(role);
  });

  it('ADMIN cannot remove an OWNER', async () => {
    const [admin, other] = [await person('ADMIN'), await person('OWNER')];
    expect(codeOf(await write(admin.token, 'removeMember', { id: other.id }))).toBe('FORBIDDEN');
    expect(await roleOf(other)).toBe('OWNER');
  });

  it('a token that is limited to reading does not manage members for its owner', async () => {
    const { token } = await seedPersonalToken(millrace.app, owner.userId, 'VIEWER');
    const target = await person('VIEWER');
    expect(codeOf(await write(token, 'updateMember', { id: target.id, role: 'OPERATOR' }))).toBe('FORBIDDEN');
    expect(codeOf(await write(token, 'leaveWorkspace', { workspace: encodeId('Workspace', workspace.workspaceId) }))).toBe('FORBIDDEN');
  });

  it('takes no field that is not in the input', async () => {
    const target = await person('VIEWER');
    const answer = await millrace.ask(owner.token, 'mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { __typename } }', {
      input: { id: target.id, role: 'EDITOR', workspaceId: workspace.workspaceId, userId: owner.userId },
    });
    expect(answer.data).toBeNull();
    expect(await roleOf(target)).toBe('VIEWER');
  });
});

describe('the last owner', () => {
  beforeAll(fresh);

  it('can be neither demoted nor removed, and cannot leave', async () => {
    const attempts = [
      await write(owner.token, 'updateMember', { id: owner.id, role: 'ADMIN' }),
      await write(owner.token, 'removeMember', { id: owner.id }),
      await write(owner.token, 'leaveWorkspace', { workspace: encodeId('Workspace', workspace.workspaceId) }),
    ];
    expect(attempts.map(({ code, state }) => [code, state])).toEqual(attempts.map(() => ['CONFLICT', 'LAST_OWNER']));
    expect(await roleOf(owner)).toBe('OWNER');
  });

  it('stays when two owners demote each other at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      await fresh();
      const second = await person('OWNER');
      await Promise.all([
        write(owner.token, 'updateMember', { id: second.id, role: 'VIEWER' }),
        write(second.token, 'updateMember', { id: owner.id, role: 'VIEWER' }),
      ]);
      expect([await roleOf(owner), await roleOf(second)].filter((role) => role === 'OWNER')).toHaveLength(1);
    }
  });
});

describe('invitations', () => {
  beforeAll(fresh);
  const invite = (token: string, email: string, role: Role = 'EDITOR', more: Readonly<Record<string, unknown>> = {}) =>
    write(token, 'inviteMember', { email, role, ...more }, 'token invitation { id status email role }');
  const invitee = async () => {
    const user = await seedUser(millrace.app);
    return { ...user, token: (await seedPersonalToken(millrace.app, user.userId, 'OWNER')).token };
  };

  it('make the invited person a member, once', async () => {
    const them = await invitee();
    const invited = await invite(owner.token, them.email.toUpperCase());
    expect(invited['invitation']).toMatchObject({ status: 'OPEN', email: them.email, role: 'EDITOR' });
    const accepted = await write(
      them.token,
      'acceptInvitation',
      { token: invited['token'] },
      'membership { role workspace { id role } user { email } }',
    );
    expect(accepted['membership']).toEqual({
      role: 'EDITOR',
      workspace: { id: encodeId('Workspace', workspace.workspaceId), role: 'EDITOR' },
      user: { email: them.email },
    });
    // A repeat of the same person's call answers the same membership.
    expect(codeOf(await write(them.token, 'acceptInvitation', { token: invited['token'] }))).toBe(success('acceptInvitation'));
    const { prisma } = millrace.app.db;
    await prisma.membership.deleteMany({ where: { userId: them.userId } });
    expect(await write(them.token, 'acceptInvitation', { token: invited['token'] })).toMatchObject({ code: 'CONFLICT', state: 'ACCEPTED' });
  });

  it('are accepted once, however many calls come at the same time', async () => {
    const them = await invitee();
    const { token } = await invite(owner.token, them.email);
    const results = await Promise.all(
      Array.from({ length: 6 }, () => write(them.token, 'acceptInvitation', { token }, 'membership { id }')),
    );
    expect(new Set(results.map(codeOf))).toEqual(new Set([success('acceptInvitation')]));
    expect(new Set(results.map((result) => (result['membership'] as { id: string }).id)).size).toBe(1);
  });

  it('open for nobody else, and tell nobody else that they exist', async () => {
    const [them, thief] = [await invitee(), await invitee()];
    const { token } = await invite(owner.token, them.email);
    const stolen = await write(thief.token, 'acceptInvitation', { token });
    const guessed = await write(thief.token, 'acceptInvitation', { token: `mri_${'x'.repeat(43)}` });
    expect(stolen.code).toBe('NOT_FOUND');
    expect(stolen.message).toBe(guessed.message);
  });

  it('cannot be accepted by a service', async () => {
    const service = await workspace.token('OWNER');
    expect(codeOf(await write(service.token, 'acceptInvitation', { token: `mri_${'x'.repeat(43)}` }))).toBe('FORBIDDEN');
  });

  it('cannot be accepted with a token that may do less than the invited role', async () => {
    const them = await seedUser(millrace.app);
    const { token } = await invite(owner.token, them.email, 'ADMIN');
    const limited = await seedPersonalToken(millrace.app, them.userId, 'VIEWER');
    expect(codeOf(await write(limited.token, 'acceptInvitation', { token }))).toBe('FORBIDDEN');
  });

  it('can be revoked and expire', async () => {
    const [first, second] = [await invitee(), await invitee()];
    const revoked = await invite(owner.token, first.email);
    const { id } = revoked['invitation'] as { id: string };
    expect((await write(owner.token, 'revokeInvitation', { id }, 'invitation { status }'))['invitation']).toEqual({ status: 'REVOKED' });
    expect(await write(first.token, 'acceptInvitation', { token: revoked['token'] })).toMatchObject({ code: 'CONFLICT', state: 'REVOKED' });
    const expired = await invite(owner.token, second.email);
    await millrace.app.db.prisma.invitation.updateMany({
      where: { email: second.email },
      data: { expiresAt: new Date(millrace.app.clock.now().getTime() - 1_000) },
    });
    expect(await write(second.token, 'acceptInvitation', { token: expired['token'] })).toMatchObject({
      code: 'CONFLICT',
      state: 'EXPIRED',
    });
    // An address is free for a new invitation after both.
    expect(codeOf(await invite(owner.token, first.email))).toBe(success('inviteMember'));
    expect(codeOf(await invite(owner.token, second.email))).toBe(success('inviteMember'));
  });

  it('are one per address, and none for members', async () => {
    const them = await invitee();
    const results = await Promise.all(Array.from({ length: 4 }, () => invite(owner.token, them.email)));
    expect(results.map(codeOf).sort()).toEqual(['ALREADY_EXISTS', 'ALREADY_EXISTS', 'ALREADY_EXISTS', success('inviteMember')]);
    expect(codeOf(await invite(owner.token, owner.email))).toBe('ALREADY_EXISTS');
  });

  it('give no role above the inviter', async () => {
    const admin = await person('ADMIN');
    expect(codeOf(await invite(admin.token, 'boss@example.com', 'OWNER'))).toBe('FORBIDDEN');
    expect(codeOf(await invite(admin.token, 'peer@example.com', 'ADMIN'))).toBe(success('inviteMember'));
  });

  it('show their token once: a repeat with the same idempotency key answers the same invitation without it', async () => {
    const input = ['again@example.com', 'EDITOR', { idempotencyKey: 'invite-1' }] as const;
    const first = await invite(owner.token, ...input);
    const second = await invite(owner.token, ...input);
    expect(first['token']).toMatch(/^mri_/);
    expect(second['token']).toBeNull();
    expect(second['invitation']).toEqual(first['invitation']);
    expect(codeOf(await invite(owner.token, 'other@example.com', 'EDITOR', { idempotencyKey: 'invite-1' }))).toBe('IDEMPOTENCY_CONFLICT');
  });

  it.each([
    ['no address', { email: 'nobody' }, 'email'],
    ['a time in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['a time far away', { expiresAt: '2199-01-01T00:00:00Z' }, 'expiresAt'],
  ])('refuse %s with the field at fault', async (_what, input, path) => {
    const result = await invite(owner.token, 'fine@example.com', 'VIEWER', input);
    expect(result).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: [path] }] });
  });
});

it('is one person per e-mail address, however it is written at setting up', async () => {
  const { app } = millrace;
  const viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };
  const ensure = (email: string) => transact(app, viewer, (work) => ensureUser(work, { email, name: 'Ada' }));
  const userId = await ensure('Ada@Example.com');
  expect(await ensure(' ada@example.com')).toBe(userId);
  expect(await app.db.prisma.user.findUnique({ where: { id: userId } })).toMatchObject({ email: 'ada@example.com' });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, type JWTPayload, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { UnauthenticatedError } from '#domain/errors';
import { resolveViewer } from '#domain/tenant/tenant.auth';
import { JwksUnreachableError } from '#platform/auth/jwt';
import type { Platform } from '#platform/platform';
import { atEnd } from '#test/support/at-end';
import { testPlatform } from '#test/support/platform';
import { type SeededUser, type SeededWorkspace, seedUser, seedWorkspace } from '#test/support/tenancy';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

const issuer = 'https://id.example.com/';
const audience = 'millrace';
let keys: Keys;
let foreign: Keys;
let platform: Platform;
let workspace: SeededWorkspace;
let jwksUp = true;

beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true });
  foreign = await generateKeyPair('ES256', { extractable: true });
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] });
  const server = createServer((_request, response) => {
    response.writeHead(jwksUp ? 200 : 503, { 'content-type': 'application/json', connection: 'close' }).end(jwksUp ? jwks : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => new Promise((resolve) => server.close(() => resolve())));
  const settings = {
    JWT_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: audience,
  };
  platform = await testPlatform({ settings });
  workspace = await seedWorkspace(platform);
});

let subjects = 0;
const newSubject = () => `subject-${(subjects += 1)}`;
const seconds = () => Math.floor(platform.clock.now().getTime() / 1_000);

interface Signed {
  readonly key?: Keys['privateKey'] | Uint8Array;
  readonly header?: Record<string, string>;
}

/** A claim that is undefined is left out. */
type Claims = { readonly [Name in keyof JWTPayload]: JWTPayload[Name] | undefined };

const sign = (claims: Claims, { key = keys.privateKey, header = {} }: Signed = {}) =>
  new SignJWT({ iss: issuer, aud: audience, iat: seconds(), exp: seconds() + 300, ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .sign(key);

const signInAs = async (claims: Claims, signed?: Signed) => resolveViewer(platform, `Bearer ${await sign(claims, signed)}`);
const identityOf = ({ email }: SeededUser) => ({ sub: newSubject(), email, email_verified: true });

describe('a JWT', () => {
  it('of a person with a verified address signs in with the memberships of that address, and from then on by its subject alone', async () => {
    const member = await workspace.member('EDITOR');
    const identity = identityOf(member);
    const viewer = await signInAs({ ...identity, email: member.email.toUpperCase() });
    expect(viewer).toMatchObject({ actor: { kind: 'USER', id: member.userId }, tokenId: null, roles: member.viewer.roles });
    expect(viewer?.expiresAt).toBeInstanceOf(Date);
    expect((await signInAs({ sub: identity.sub }))?.actor.id).toBe(member.userId);
    const link = await platform.db.prisma.auditEntry.findFirst({ where: { subjectId: member.userId, operation: 'signIn' } });
    expect(link).toMatchObject({ workspaceId: workspace.workspaceId, actorKind: 'SYSTEM' });
  });

  it('does not take over an account that is tied to another subject', async () => {
    const member = await workspace.member('OWNER');
    await signInAs(identityOf(member));
    await expect(signInAs(identityOf(member))).rejects.toThrow('no account');
  });

  it.each([{ email_verified: false }, { email_verified: 'true' }, {}])(
    'does not tie an address that is not verified: %j',
    async (claim) => {
      const member = await workspace.member('OWNER');
      await expect(signInAs({ sub: newSubject(), email: member.email, ...claim })).rejects.toThrow('no account');
    },
  );

  it('of a stranger is refused, and makes no account', async () => {
    const email = 'stranger@example.com';
    await expect(signInAs({ sub: newSubject(), email, email_verified: true })).rejects.toThrow('no account');
    expect(await platform.db.prisma.user.count({ where: { email } })).toBe(0);
  });

  it('of somebody with an open invitation makes one account, also when it comes many times at once', async () => {
    const email = 'invited@example.com';
    const { workspaceId } = workspace;
    const { userId: id } = await seedUser(platform);
    await platform.db.prisma.invitation.create({
      data: {
        id,
        workspaceId,
        email,
        role: 'EDITOR',
        tokenHash: new Uint8Array(32),
        expiresAt: new Date(platform.clock.now().getTime() + 60_000),
      },
    });
    const token = `Bearer ${await sign({ sub: newSubject(), email, email_verified: true, name: 'Ina Vited' })}`;
    const viewers = await Promise.all(Array.from({ length: 8 }, () => resolveViewer(platform, token)));
    expect(new Set(viewers.map((viewer) => viewer?.actor.id)).size).toBe(1);
    expect(viewers[0]?.actor.name).toBe('Ina Vited');
    // Being invited is not being a member.
    expect(viewers[0]?.roles.size).toBe(0);
  });

  describe('is refused', () => {
    const wrong: [string, () => Promise<string>][] = [
      ['signed by another key', () => sign({ sub: 'x' }, { key: foreign.privateKey })],
      ['for another audience', () => sign({ sub: 'x', aud: 'other' })],
      ['without an audience', () => sign({ sub: 'x', aud: undefined })],
      ['of another issuer', () => sign({ sub: 'x', iss: 'https://evil.example.com/' })],
      ['that has expired', () => sign({ sub: 'x', exp: seconds() - 60 })],
      ['without expiry', () => sign({ sub: 'x', exp: undefined })],
      ['not valid yet', () => sign({ sub: 'x', nbf: seconds() + 60 })],
      ['without subject', () => sign({})],
      ['with a NUL in its subject', () => sign({ sub: 'a\0b' })],
      ['with an unknown key id', () => sign({ sub: 'x' }, { header: { kid: 'two' } })],
      [
        'signed by HMAC with the public key as secret',
        async () => sign({ sub: 'x' }, { key: new TextEncoder().encode(await exportSPKI(keys.publicKey)), header: { alg: 'HS256' } }),
      ],
      [
        'without signature (alg none)',
        async () => {
          const [, payload] = (await sign({ sub: 'x' })).split('.');
          return `${Buffer.from('{"alg":"none","kid":"one"}').toString('base64url')}.${payload ?? ''}.`;
        },
      ],
      [
        'with changed claims',
        async () => {
          const [header, , signature] = (await sign({ sub: 'x' })).split('.');
          const claims = Buffer.from(JSON.stringify({ iss: issuer, aud: audience, sub: 'admin', exp: seconds() + 300 })).toString(
            'base64url',
          );
          return `${header ?? ''}.${claims}.${signature ?? ''}`;
        },
      ],
    ];
    it.each(wrong)('%s', async (_what, make) => {
      // The accounts exist, so that only the token can be at fault.
      await platform.db.prisma.user.updateMany({ where: { issuer, subject: 'x' }, data: { subject: null, issuer: null } });
      const { userId } = await seedUser(platform);
      await platform.db.prisma.user.update({ where: { id: userId }, data: { issuer, subject: 'x' } });
      expect((await signInAs({ sub: 'x' }))?.actor.id).toBe(userId);
      await expect(resolveViewer(platform, `Bearer ${await make()}`)).rejects.toThrow(UnauthenticatedError);
    });

    it('everywhere where no identity provider is configured', async () => {
      const without = await testPlatform();
      await expect(resolveViewer(without, `Bearer ${await sign({ sub: 'x' })}`)).rejects.toThrow(UnauthenticatedError);
    });
  });

  it('cannot be checked while the identity provider is away: refused with a reason, and accepted when it is back', async () => {
    const settings = { JWT_JWKS_URL: platform.config.auth.jwt?.jwksUrl ?? '', JWT_ISSUER: issuer, JWT_AUDIENCE: audience };
    const fresh = await testPlatform({ settings });
    const member = await (await seedWorkspace(fresh)).member('VIEWER');
    const token = `Bearer ${await sign(identityOf(member))}`;
    jwksUp = false;
    await expect(resolveViewer(fresh, token)).rejects.toThrow(JwksUnreachableError);
    jwksUp = true;
    expect((await resolveViewer(fresh, token))?.actor.id).toBe(member.userId);
  });
});

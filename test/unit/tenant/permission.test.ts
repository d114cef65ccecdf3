import { describe, expect, it } from 'vitest';
import { ForbiddenError, NotFoundError } from '#domain/errors';
import {
  type Permission,
  assertCan,
  assertMayGrant,
  can,
  lowerRole,
  permissions,
  permissionsOf,
  permitted,
  workspacesWhere,
} from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { Role } from '#platform/db/generated/prisma/enums';

const here = '018f0000-0000-7000-8000-000000000001';
const elsewhere = '018f0000-0000-7000-8000-000000000002';
const as = (role: Role): Viewer => ({
  actor: { kind: 'USER', id: 'u', name: 'Someone' },
  tokenId: null,
  roles: new Map([[here, role]]),
  expiresAt: null,
});

/** Who may do it: a row for each permission, written out so that a change of rights is a change of this table. */
const table: Record<Permission, string> = {
  'workspace.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'workspace.update': 'ADMIN OWNER',
  'workspace.delete': 'OWNER',
  'environment.write': 'ADMIN OWNER',
  'member.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'member.write': 'ADMIN OWNER',
  'member.owner': 'OWNER',
  'token.read': 'ADMIN OWNER',
  'token.write': 'ADMIN OWNER',
  'audit.read': 'ADMIN OWNER',
  'automation.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'automation.write': 'EDITOR ADMIN OWNER',
  'automation.enable': 'OPERATOR EDITOR ADMIN OWNER',
  'automation.trigger': 'OPERATOR EDITOR ADMIN OWNER',
  'schedule.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'schedule.write': 'EDITOR ADMIN OWNER',
  'run.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'run.cancel': 'OPERATOR EDITOR ADMIN OWNER',
  'run.retry': 'OPERATOR EDITOR ADMIN OWNER',
  'run.approve': 'OPERATOR EDITOR ADMIN OWNER',
  'app.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'app.write': 'EDITOR ADMIN OWNER',
  'connection.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'connection.write': 'EDITOR ADMIN OWNER',
  'secret.read': 'EDITOR ADMIN OWNER',
  'secret.write': 'EDITOR ADMIN OWNER',
  'webhook.read': 'EDITOR ADMIN OWNER',
  'webhook.write': 'EDITOR ADMIN OWNER',
  'notification.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'notification.write': 'EDITOR ADMIN OWNER',
  'notification.redrive': 'OPERATOR EDITOR ADMIN OWNER',
  'integration.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'integration.write': 'EDITOR ADMIN OWNER',
  'blueprint.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'blueprint.write': 'EDITOR ADMIN OWNER',
  'entity.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'entity.write': 'OPERATOR EDITOR ADMIN OWNER',
  'event.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'event.emit': 'OPERATOR EDITOR ADMIN OWNER',
  'pause.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'point.read': 'VIEWER OPERATOR EDITOR ADMIN OWNER',
  'point.write': 'EDITOR ADMIN OWNER',
  'pause.write': 'OPERATOR EDITOR ADMIN OWNER',
};

describe('permissions', () => {
  const rows = Object.entries(table).map(([permission, roles]) => [permission as Permission, roles.split(' ') as Role[]] as const);

  it('are all in the table', () => {
    expect([...permissions].sort()).toEqual(rows.map(([permission]) => permission).sort());
  });

  it.each(rows)('%s is granted to %j and nobody else', (permission, granted) => {
    for (const role of Object.values(Role)) {
      const expected = granted.includes(role);
      expect(can(as(role), here, permission), role).toBe(expected);
      expect(permissionsOf(role).includes(permission), role).toBe(expected);
      expect(workspacesWhere(as(role), permission), role).toEqual(expected ? [here] : []);
      if (expected) expect(() => assertCan(as(role), here, permission)).not.toThrow();
      else expect(() => assertCan(as(role), here, permission)).toThrow(ForbiddenError);
    }
  });

  it('reach into no other workspace, which does not even exist', () => {
    for (const permission of permissions) {
      expect(can(as('OWNER'), elsewhere, permission)).toBe(false);
      expect(() => assertCan(as('OWNER'), elsewhere, permission)).toThrow(NotFoundError);
    }
  });

  it('tell what may not be seen and what is not there alike', () => {
    const needs = { see: 'token.read', change: 'token.write', noun: 'token' } as const;
    const messages = [
      () => permitted(as('OWNER'), null, needs),
      () => permitted(as('OWNER'), { workspaceId: elsewhere }, needs),
      () => permitted(as('VIEWER'), { workspaceId: here }, needs),
    ].map((attempt) => {
      try {
        attempt();
        return 'nothing was thrown';
      } catch (error) {
        expect(error).toBeInstanceOf(NotFoundError);
        return (error as Error).message;
      }
    });
    expect(new Set(messages).size).toBe(1);
  });
});

describe('giving roles', () => {
  const ascending: Role[] = ['VIEWER', 'OPERATOR', 'EDITOR', 'ADMIN', 'OWNER'];

  it.each(ascending)('%s gives no role above its own', (own) => {
    for (const [rank, role] of ascending.entries()) {
      const attempt = () => assertMayGrant(as(own), here, role);
      if (rank <= ascending.indexOf(own)) expect(attempt).not.toThrow();
      else expect(attempt).toThrow(ForbiddenError);
    }
  });

  it('a token lowers its person and never lifts them', () => {
    expect(lowerRole('OWNER', 'VIEWER')).toBe('VIEWER');
    expect(lowerRole('VIEWER', 'OWNER')).toBe('VIEWER');
    expect(lowerRole('EDITOR', 'EDITOR')).toBe('EDITOR');
  });
});

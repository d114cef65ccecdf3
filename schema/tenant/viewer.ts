import type { Viewer as DomainViewer } from '#domain/tenant/viewer';
import type { Role as RoleValue } from '#platform/db/generated/prisma/enums';
import { permissionsOf } from '#domain/tenant/permission';
import { builder } from '#schema/builder';
import { pageArguments, pageComplexity } from '#schema/connection';
import { ActorKind, Role } from '#schema/enums';
import { ApiToken, ApiTokenConnection, ApiTokenOrder, loadApiToken, ownTokens } from './api-token.js';
import { Permission, permissionName } from './permission.js';
import { User, loadUser } from './user.js';
import { Workspace, loadWorkspace } from './workspace.js';

interface Standing {
  readonly workspaceId: string;
  readonly role: RoleValue;
}

const ViewerMembership = builder.objectRef<Standing>('ViewerMembership').implement({
  description: 'What the viewer may do in one workspace.',
  fields: (t) => ({
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'The workspace.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    role: t.expose('role', { type: Role, description: "The role there: the membership's, lowered to the token's where that is less." }),
    permissions: t.field({
      type: [Permission],
      description: 'What the role permits.',
      resolve: ({ role }) => permissionsOf(role).map(permissionName),
    }),
  }),
});

const Viewer = builder.objectRef<DomainViewer>('Viewer').implement({
  description: 'Who is asking: a person or a service.',
  fields: (t) => ({
    kind: t.field({ type: ActorKind, description: 'A person or a service.', resolve: ({ actor }) => actor.kind }),
    name: t.string({ description: "The person's name, or the token's.", resolve: ({ actor }) => actor.name }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'The person; null for a service.',
      resolve: ({ actor }, _args, context) => (actor.kind === 'USER' && actor.id !== null ? loadUser(context, actor.id) : null),
    }),
    token: t.field({
      type: ApiToken,
      nullable: true,
      description: 'The token in use; null for a JWT.',
      resolve: ({ tokenId }, _args, context) => (tokenId === null ? null : loadApiToken(context, tokenId)),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the token or JWT in use ends by itself; null: never.',
    }),
    memberships: t.field({
      type: [ViewerMembership],
      description: 'The workspaces of the viewer.',
      resolve: ({ roles }) => [...roles].map(([workspaceId, role]) => ({ workspaceId, role })),
    }),
    apiTokens: t.field({
      type: ApiTokenConnection,
      description: "The person's own tokens; for a service, the one in use.",
      args: {
        ...pageArguments(t.arg),
        orderBy: t.arg({ type: [ApiTokenOrder], description: 'In which order; the newest first when absent.' }),
      },
      complexity: pageComplexity,
      resolve: (_viewer, args, context) => ownTokens(context, args),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({ type: Viewer, description: 'Who is asking.', resolve: (_root, _args, { viewer }) => viewer }),
);

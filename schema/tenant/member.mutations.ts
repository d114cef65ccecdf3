import { acceptInvitation, inviteMember, revokeInvitation } from '#domain/tenant/invitation.service';
import { leaveWorkspace, removeMember, updateMember } from '#domain/tenant/member.service';
import type { Shown } from '#domain/tenant/token.service';
import { joined } from '#domain/tenant/viewer';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { Role } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { decodeId, encodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { Invitation, loadInvitation } from './invitation.js';
import { Membership, loadMembership } from './membership.js';
import { type Made, readBack } from './read-back.js';

const InviteMemberInput = builder.inputType('InviteMemberInput', {
  description: 'Whom to invite, as what.',
  fields: (t) => ({
    workspace: t.id({ description: 'The workspace; your only one when absent.' }),
    email: t.string({ required: true, description: 'The e-mail address. Only who has verified it can accept.' }),
    role: t.field({ type: Role, required: true, description: 'What they may do: at most what you may.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'Until when it can be accepted: 7 days when absent, 30 at most.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same invitation, without its token.' }),
  }),
});

mutation<typeof InviteMemberInput.$inferInput, Shown>('inviteMember', {
  description: 'Makes an invitation. Nothing is sent: hand on its token, which is shown once.',
  input: InviteMemberInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The invitation can be accepted.',
  fields: (t) => ({
    invitation: t.field({
      type: Invitation,
      description: 'The invitation.',
      resolve: ({ id }, _args, context) => readBack(loadInvitation, context, id),
    }),
    token: t.string({
      nullable: true,
      description: 'What `acceptInvitation` takes. Shown this once; null when an idempotency key answered an earlier call.',
      resolve: ({ token }) => token,
    }),
  }),
  run: ({ workspace, ...input }, context) => {
    const workspaceId = workspaceOf(context, workspace);
    return transact(context.app, context.viewer, (work) => inviteMember(work, { ...input, workspaceId }));
  },
});

const RevokeInvitationInput = builder.inputType('RevokeInvitationInput', {
  description: 'Which invitation to take back.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

mutation<typeof RevokeInvitationInput.$inferInput, Made>('revokeInvitation', {
  description: 'Takes an invitation back. Doing it again is no error.',
  input: RevokeInvitationInput,
  success: 'The invitation can no longer be accepted.',
  fields: (t) => ({
    invitation: t.field({
      type: Invitation,
      description: 'The invitation.',
      resolve: ({ id }, _args, context) => readBack(loadInvitation, context, id),
    }),
  }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => revokeInvitation(work, { id: decodeId('Invitation', id) })),
  }),
});

const AcceptInvitationInput = builder.inputType('AcceptInvitationInput', {
  description: 'Which invitation to accept.',
  fields: (t) => ({ token: t.string({ required: true, description: 'What `inviteMember` answered.' }) }),
});

mutation<typeof AcceptInvitationInput.$inferInput, Made>('acceptInvitation', {
  description: 'Makes you a member. The invitation must be to your own e-mail address.',
  input: AcceptInvitationInput,
  errors: ['ALREADY_EXISTS'],
  success: 'You are a member.',
  fields: (t) => ({
    membership: t.field({
      type: Membership,
      description: 'Your membership.',
      resolve: ({ id }, _args, context) => readBack(loadMembership, context, id),
    }),
  }),
  run: async ({ token }, { app, viewer }) => {
    const accepted = await transact(app, viewer, (work) => acceptInvitation(work, { token }));
    joined(viewer, accepted);
    return { id: accepted.id };
  },
});

const UpdateMemberInput = builder.inputType('UpdateMemberInput', {
  description: 'Which member gets which role.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The membership's id." }),
    role: t.field({ type: Role, required: true, description: 'The new role: at most your own.' }),
  }),
});

mutation<typeof UpdateMemberInput.$inferInput, Made>('updateMember', {
  description: 'Changes the role of a member. Only owners change owners, and the last one stays.',
  input: UpdateMemberInput,
  success: 'The member has the role.',
  fields: (t) => ({
    membership: t.field({
      type: Membership,
      description: 'The membership.',
      resolve: ({ id }, _args, context) => readBack(loadMembership, context, id),
    }),
  }),
  run: async ({ id, role }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => updateMember(work, { id: decodeId('Membership', id), role })),
  }),
});

const RemoveMemberInput = builder.inputType('RemoveMemberInput', {
  description: 'Which member to remove.',
  fields: (t) => ({ id: t.id({ required: true, description: "The membership's id." }) }),
});

mutation<typeof RemoveMemberInput.$inferInput, Made>('removeMember', {
  description: 'Ends a membership. What the person has open here ends within a second. Only owners remove owners, and the last one stays.',
  input: RemoveMemberInput,
  success: 'The person is no member any more.',
  fields: (t) => ({ deletedId: t.id({ description: 'The id of the ended membership.', resolve: ({ id }) => encodeId('Membership', id) }) }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => removeMember(work, { id: decodeId('Membership', id) })),
  }),
});

const LeaveWorkspaceInput = builder.inputType('LeaveWorkspaceInput', {
  description: 'Which workspace to leave.',
  fields: (t) => ({ workspace: t.id({ required: true, description: 'Its id.' }) }),
});

mutation<typeof LeaveWorkspaceInput.$inferInput, Made>('leaveWorkspace', {
  description: 'Ends your own membership. The last owner stays.',
  input: LeaveWorkspaceInput,
  success: 'You are no member any more.',
  fields: (t) => ({
    deletedId: t.id({ description: 'The id of your ended membership.', resolve: ({ id }) => encodeId('Membership', id) }),
  }),
  run: async ({ workspace }, { app, viewer }) => {
    const workspaceId = decodeId('Workspace', workspace, ['workspace']);
    return { id: await transact(app, viewer, (work) => leaveWorkspace(work, { workspaceId })) };
  },
});

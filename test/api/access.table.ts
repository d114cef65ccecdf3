import type { ErrorCode } from '#domain/errors';
import type { World } from './access.world.js';

/** Refused with this code, or answered: then what is answered must not tell of the hidden workspace. */
type Expected = ErrorCode | 'ANSWERED';

export interface MutationRow {
  /** A valid input, about the hidden workspace. */
  readonly input: (world: World) => Readonly<Record<string, unknown>>;
  /** Who may do it; the owner unless told otherwise. */
  readonly by?: 'owner' | 'viewer' | 'invited';
  /** What a VIEWER of the hidden workspace meets. */
  readonly viewer: Expected;
  /** What the owner of another workspace meets. */
  readonly outsider: Expected;
}

const refused = { viewer: 'FORBIDDEN', outsider: 'NOT_FOUND' } as const;
/** For what a viewer cannot even see. */
const unseen = { viewer: 'NOT_FOUND', outsider: 'NOT_FOUND' } as const;

/** Every mutation, in an order in which each is possible after those before it. */
export const mutations: Readonly<Record<string, MutationRow>> = {
  createAction: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', code: 'export default async () => 1' }), ...refused },
  updateAction: { input: ({ ids }) => ({ id: ids.Action, name: 'Other' }), ...refused },
  upsertAction: {
    input: ({ ids, actionKey }) => ({ workspace: ids.Workspace, key: actionKey, name: 'Other', code: 'export default async () => 1' }),
    ...refused,
  },
  disableAction: { input: ({ ids, actionKey }) => ({ workspace: ids.Workspace, key: actionKey }), ...refused },
  enableAction: { input: ({ ids }) => ({ id: ids.Action }), ...refused },
  triggerAction: { input: ({ ids }) => ({ id: ids.Action }), ...refused },
  triggerActions: { input: ({ ids, actionKey }) => ({ items: [{ workspace: ids.Workspace, key: actionKey }] }), ...refused },
  retryRun: { input: ({ failedRun }) => ({ id: failedRun }), ...refused },
  cancelRun: { input: ({ ids }) => ({ id: ids.Run }), ...refused },
  cancelRuns: { input: ({ ids, actionKey }) => ({ workspace: ids.Workspace, filter: { automationKey: actionKey } }), ...refused },
  retryRuns: { input: ({ ids }) => ({ workspace: ids.Workspace, filter: { automation: ids.Action } }), ...refused },
  cancelBulkOperation: { input: ({ ids }) => ({ id: ids.BulkOperation }), ...refused },
  pause: { input: ({ ids }) => ({ automation: ids.Action, reason: 'New' }), ...refused },
  resume: { input: ({ ids }) => ({ id: ids.Pause }), ...refused },
  createSchedule: { input: ({ ids }) => ({ automation: ids.Action, interval: 'PT1H' }), ...refused },
  updateSchedule: { input: ({ ids }) => ({ id: ids.Schedule, interval: 'PT2H' }), ...refused },
  disableSchedule: { input: ({ ids }) => ({ id: ids.Schedule }), ...refused },
  enableSchedule: { input: ({ ids }) => ({ id: ids.Schedule }), ...refused },
  createWebhook: { input: ({ ids }) => ({ automation: ids.Action, name: 'New', verification: 'STANDARD_WEBHOOKS' }), ...refused },
  updateWebhook: { input: ({ ids }) => ({ id: ids.Webhook, name: 'Other' }), ...unseen },
  rotateWebhookToken: { input: ({ ids }) => ({ id: ids.Webhook }), ...unseen },
  rotateWebhookSecret: { input: ({ ids }) => ({ id: ids.Webhook }), ...unseen },
  // The other owner owns a workspace of this organization, too, and makes one beside the hidden one.
  createWorkspace: { input: ({ ids }) => ({ organization: ids.Organization, name: 'New' }), viewer: 'FORBIDDEN', outsider: 'ANSWERED' },
  updateWorkspace: { input: ({ ids }) => ({ id: ids.Workspace, maxQueued: 5 }), ...refused },
  createEnvironment: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New' }), ...refused },
  inviteMember: { input: ({ ids }) => ({ workspace: ids.Workspace, email: 'new@example.com', role: 'VIEWER' }), ...refused },
  acceptInvitation: { input: ({ invitationToken }) => ({ token: invitationToken }), by: 'invited', ...unseen },
  // Who has just accepted.
  leaveWorkspace: { input: ({ ids }) => ({ workspace: ids.Workspace }), by: 'invited', viewer: 'ANSWERED', outsider: 'NOT_FOUND' },
  // Accepted above: there is nothing left to take back.
  revokeInvitation: { input: ({ ids }) => ({ id: ids.Invitation }), ...unseen },
  updateMember: { input: ({ ids }) => ({ id: ids.Membership, role: 'EDITOR' }), ...refused },
  createApiToken: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', role: 'VIEWER' }), ...refused },
  deleteWebhook: { input: ({ ids }) => ({ id: ids.Webhook }), ...unseen },
  deleteSchedule: { input: ({ ids }) => ({ id: ids.Schedule }), ...refused },
  deleteAction: { input: ({ ids }) => ({ id: ids.Action }), ...refused },
  deleteEnvironment: { input: ({ stagingId }) => ({ id: stagingId }), ...refused },
  revokeApiToken: { input: ({ ids }) => ({ id: ids.ApiToken }), ...unseen },
  removeMember: { input: ({ ids }) => ({ id: ids.Membership }), ...refused },
  // Its open run keeps the hidden workspace, so even its owner meets a conflict.
  deleteWorkspace: { input: ({ ids }) => ({ id: ids.Workspace }), ...refused },
};

/** Mutations that even the owner meets with an error of the thing's state, and which. */
export const states: Readonly<Record<string, ErrorCode>> = { deleteWorkspace: 'CONFLICT', revokeInvitation: 'CONFLICT' };

/** Mutations whose run is their audit entry. */
export const unaudited: ReadonlySet<string> = new Set(['triggerAction', 'triggerActions']);

/** Arguments of a root field that reach for the hidden workspace, or at all. */
type Arguments = (world: World) => readonly Readonly<Record<string, unknown>>[];

const list =
  (...filters: Arguments[]): Arguments =>
  (world) => [{}, { workspace: world.ids.Workspace }, ...filters.flatMap((filter) => filter(world))];

/** Every query. */
export const queries: Readonly<Record<string, Arguments>> = {
  viewer: () => [{}],
  stepKinds: () => [{}],
  node: ({ ids }) => Object.values(ids).map((id) => ({ id })),
  nodes: ({ ids }) => [{ ids: Object.values(ids) }],
  workspaces: () => [{}, { filter: { search: 'hidden' } }],
  workspace: ({ ids, workspaceKey }) => [{ id: ids.Workspace }, { key: workspaceKey }],
  environments: list(),
  members: list(() => [{ filter: { search: 'hidden' } }]),
  invitations: list(() => [{ filter: { answered: false } }]),
  apiTokens: list(() => [{ filter: { revoked: false } }]),
  auditEntries: list(() => [{ filter: { operation: ['createAction'] } }]),
  action: ({ ids, actionKey }) => [{ id: ids.Action }, { key: actionKey }],
  actions: list(() => [{ filter: { search: 'hidden' } }]),
  run: ({ ids }) => [{ id: ids.Run }],
  runs: list(({ ids, actionKey }) => [
    { filter: { automation: ids.Action } },
    { filter: { automationKey: actionKey } },
    { filter: { errorCode: ['CODE'] } },
  ]),
  runStats: ({ ids }) => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const range = { from: day(-1), until: day(1), interval: 'DAY', groupBy: ['AUTOMATION', 'ERROR_CODE'] };
    return [range, { ...range, workspace: ids.Workspace }, { ...range, filter: { automation: ids.Action } }];
  },
  bulkOperations: list(() => [{ filter: { kind: ['RETRY'] } }]),
  pauses: list(() => [{ filter: { kind: ['HOST'] } }]),
  schedule: ({ ids }) => [{ id: ids.Schedule }],
  schedules: list(({ ids }) => [{ filter: { automation: ids.Action } }]),
  webhook: ({ ids }) => [{ id: ids.Webhook }],
  webhooks: list(({ ids, actionKey }) => [{ filter: { automation: ids.Action } }, { filter: { automationKey: actionKey } }]),
};

/** Queries that are the same for everybody who is signed in. */
export const catalogues: ReadonlySet<string> = new Set(['stepKinds']);

/** Every subscription, by what reaches for the hidden workspace. `{}` is followed while runs are made in both. */
export const subscriptions: Readonly<Record<string, Arguments>> = {
  runUpdated: ({ ids }) => [{ id: ids.Run }],
  bulkOperationUpdated: ({ ids }) => [{ id: ids.BulkOperation }],
  runEvents: ({ ids, actionKey }) => [
    { filter: { workspace: ids.Workspace } },
    { filter: { automation: ids.Action } },
    { filter: { automationKey: actionKey } },
    { filter: { runs: [ids.Run] } },
  ],
};

/** Node types that a VIEWER does not see. */
export const unseenByViewer: ReadonlySet<string> = new Set(['Invitation', 'ApiToken', 'AuditEntry', 'Webhook', 'WebhookRequest']);

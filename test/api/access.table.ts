import type { ErrorCode } from '#domain/errors';
import { type World, marker } from './access.world.js';

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
  deployAction: { input: ({ unused }) => ({ id: unused.Action }), ...refused },
  testAction: { input: ({ unused }) => ({ id: unused.Action, payload: 1 }), ...refused },
  rollBackAction: { input: ({ ids }) => ({ version: ids.AutomationVersion }), ...refused },
  createModule: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', code: 'export const a = 1' }), ...refused },
  updateModule: { input: ({ ids }) => ({ id: ids.Module, name: 'Other' }), ...refused },
  createIntegration: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New' }), ...refused },
  updateIntegration: { input: ({ ids }) => ({ id: ids.Integration, name: 'Other' }), ...refused },
  releaseIntegration: {
    input: ({ ids }) => ({
      integration: ids.Integration,
      version: '2.0.0',
      triggerPoint: 'post-login',
      code: 'exports.onExecutePostLogin = () => 1',
    }),
    ...refused,
  },
  installIntegration: {
    input: ({ ids }) => ({
      workspace: ids.Workspace,
      integration: ids.Integration,
      name: 'New',
      secrets: [{ name: 'HIDDEN', value: 'new' }],
    }),
    ...refused,
  },
  installRelease: { input: ({ installedAction }) => ({ id: installedAction }), ...refused },
  deleteIntegration: { input: ({ unused }) => ({ id: unused.Integration }), ...refused },
  deleteModule: { input: ({ ids }) => ({ id: ids.Module }), ...refused },
  disableAction: { input: ({ ids, actionKey }) => ({ workspace: ids.Workspace, key: actionKey }), ...refused },
  enableAction: { input: ({ ids }) => ({ id: ids.Action }), ...refused },
  triggerAction: { input: ({ ids }) => ({ id: ids.Action }), ...refused },
  triggerActions: { input: ({ ids, actionKey }) => ({ items: [{ workspace: ids.Workspace, key: actionKey }] }), ...refused },
  replayRun: { input: ({ failedRun }) => ({ run: failedRun, effects: 'REAL' }), ...refused },
  retryRun: { input: ({ failedRun }) => ({ id: failedRun }), ...refused },
  approveRun: { input: ({ ids }) => ({ approval: ids.Approval, comment: 'New' }), ...refused },
  rejectRun: { input: ({ failedRun }) => ({ run: failedRun }), ...refused },
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
  createNotificationGroup: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', events: ['RUN_FAILED'] }), ...refused },
  updateNotificationGroup: { input: ({ ids }) => ({ id: ids.NotificationGroup, name: 'Other' }), ...refused },
  addRecipient: { input: ({ ids }) => ({ group: ids.NotificationGroup, webhook: 'https://example.com/new' }), ...refused },
  updateRecipient: { input: ({ ids }) => ({ id: ids.Recipient, webhook: 'https://example.com/other' }), ...refused },
  rotateRecipientSecret: { input: ({ ids }) => ({ id: ids.Recipient }), ...refused },
  sendTestNotification: { input: ({ ids }) => ({ recipient: ids.Recipient }), ...refused },
  redriveDelivery: { input: ({ ids }) => ({ id: ids.Delivery }), ...refused },
  redriveDeliveries: { input: ({ ids }) => ({ group: ids.NotificationGroup, since: '2026-01-01T00:00:00Z' }), ...refused },
  removeRecipient: { input: ({ ids }) => ({ id: ids.Recipient }), ...refused },
  deleteNotificationGroup: { input: ({ ids }) => ({ id: ids.NotificationGroup }), ...refused },
  createApp: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New' }), ...refused },
  updateApp: { input: ({ ids }) => ({ id: ids.App, name: 'Other' }), ...refused },
  rotateAppSecret: { input: ({ ids }) => ({ id: ids.App }), ...refused },
  createAppInstance: { input: ({ ids, unused }) => ({ workspace: ids.Workspace, app: unused.App }), ...refused },
  updateAppInstance: { input: ({ ids }) => ({ id: ids.AppInstance, suspended: true }), ...refused },
  deleteAppInstance: { input: ({ unused }) => ({ id: unused.AppInstance }), ...refused },
  createRule: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', recordType: marker, trigger: 'on create' }), ...refused },
  updateRule: { input: ({ ids }) => ({ id: ids.Rule, name: 'Other' }), ...refused },
  upsertRule: {
    input: ({ ids, rule }) => ({ workspace: ids.Workspace, key: rule.key, name: 'New', recordType: marker, trigger: 'on create' }),
    ...refused,
  },
  importRules: {
    input: ({ ids }) => ({ workspace: ids.Workspace, format: 'CSV', document: `name,record_type,trigger\nImported,${marker},on create` }),
    ...refused,
  },
  rollBackRule: { input: ({ rule }) => ({ version: rule.version }), ...refused },
  disableRule: { input: ({ ids, rule }) => ({ workspace: ids.Workspace, key: rule.key }), ...refused },
  enableRule: { input: ({ ids }) => ({ id: ids.Rule }), ...refused },
  testRule: {
    input: ({ ids, blueprintKey: recordType }) => ({
      draft: { workspace: ids.Workspace, recordType, trigger: 'on create', actions: "a1: add note 'New'" },
      entity: ids.Entity,
    }),
    ...refused,
  },
  deleteRule: { input: ({ unused }) => ({ id: unused.Rule }), ...refused },
  // No worker is there to run it: what is wrong with the draft is told to whoever may write flows.
  testFlow: {
    input: ({ ids }) => ({ draft: { workspace: ids.Workspace, steps: [{ kind: 'nosuch' }] }, entity: ids.Entity }),
    ...refused,
  },
  createFlow: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', type: 'AUTOMATION' }), ...refused },
  updateFlow: { input: ({ ids }) => ({ id: ids.Flow, name: 'Other' }), ...refused },
  upsertFlow: { input: ({ ids, flow }) => ({ workspace: ids.Workspace, key: flow.key, name: 'New', type: 'AUTOMATION' }), ...refused },
  importFlow: {
    input: ({ ids, flow }) => ({
      workspace: ids.Workspace,
      format: 'RELYIO',
      document: { id: flow.key, title: 'Imported', type: 'automation' },
    }),
    ...refused,
  },
  rollBackFlow: { input: ({ flow }) => ({ version: flow.version }), ...refused },
  startFlow: { input: ({ ids, flow }) => ({ workspace: ids.Workspace, key: flow.key }), ...refused },
  disableFlow: { input: ({ ids, flow }) => ({ workspace: ids.Workspace, key: flow.key }), ...refused },
  enableFlow: { input: ({ ids }) => ({ id: ids.Flow }), ...refused },
  deleteFlow: { input: ({ unused }) => ({ id: unused.Flow }), ...refused },
  createSuggestion: {
    input: ({ ids, blueprintKey: targetBlueprint }) => ({
      workspace: ids.Workspace,
      title: 'New',
      originId: 'nothing',
      sourceId: ids.Entity,
      targetId: 'new',
      targetBlueprint,
    }),
    ...refused,
  },
  upsertSuggestion: {
    input: ({ ids, blueprintKey: targetBlueprint }) => ({
      workspace: ids.Workspace,
      key: marker,
      title: 'New',
      originId: 'nothing',
      sourceId: ids.Entity,
      targetId: 'new',
      targetBlueprint,
    }),
    ...refused,
  },
  updateSuggestion: { input: ({ ids }) => ({ id: ids.Suggestion, title: 'Other' }), ...refused },
  ignoreSuggestion: { input: ({ ids }) => ({ workspace: ids.Workspace, key: marker }), ...refused },
  applySuggestion: { input: ({ ids }) => ({ id: ids.Suggestion }), ...refused },
  deleteSuggestion: { input: ({ unused }) => ({ id: unused.Suggestion }), ...refused },
  deleteApp: { input: ({ unused }) => ({ id: unused.App }), ...refused },
  createNamespace: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', app: ids.App }), ...refused },
  updateNamespace: { input: ({ ids }) => ({ id: ids.Namespace, name: 'Other' }), ...refused },
  deleteNamespace: { input: ({ unused }) => ({ id: unused.Namespace }), ...refused },
  createCredential: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', settings: { bearer: { token: 't' } } }), ...refused },
  updateCredential: { input: ({ ids }) => ({ id: ids.Credential, name: 'Other' }), ...refused },
  deleteCredential: { input: ({ unused }) => ({ id: unused.Credential }), ...refused },
  createSystem: { input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', baseUrl: 'https://example.com' }), ...refused },
  updateSystem: { input: ({ ids }) => ({ id: ids.System, name: 'Other' }), ...refused },
  upsertSystem: {
    input: ({ ids }) => ({ workspace: ids.Workspace, key: 'upserted', name: 'New', baseUrl: 'https://example.com' }),
    ...refused,
  },
  deleteSystem: { input: ({ unused }) => ({ id: unused.System }), ...refused },
  createEndpoint: {
    input: ({ ids }) => ({ workspace: ids.Workspace, name: 'New', method: 'GET', url: 'https://example.com' }),
    ...refused,
  },
  updateEndpoint: { input: ({ ids }) => ({ id: ids.Endpoint, name: 'Other' }), ...refused },
  upsertEndpoint: {
    input: ({ ids }) => ({ workspace: ids.Workspace, key: 'upserted', name: 'New', method: 'GET', url: 'https://example.com' }),
    ...refused,
  },
  deleteEndpoint: { input: ({ unused }) => ({ id: unused.Endpoint }), ...refused },
  setSecret: { input: ({ ids }) => ({ workspace: ids.Workspace, action: ids.Action, name: 'NEW', value: 'new' }), ...refused },
  deleteSecret: { input: ({ ids }) => ({ id: ids.Secret }), ...unseen },
  createWebhook: { input: ({ ids }) => ({ automation: ids.Action, name: 'New', verification: 'STANDARD_WEBHOOKS' }), ...refused },
  updateWebhook: { input: ({ ids }) => ({ id: ids.Webhook, name: 'Other' }), ...unseen },
  rotateWebhookToken: { input: ({ ids }) => ({ id: ids.Webhook }), ...unseen },
  rotateWebhookSecret: { input: ({ ids }) => ({ id: ids.Webhook }), ...unseen },
  createTriggerPoint: { input: ({ ids }) => ({ workspace: ids.Workspace, key: 'new', name: 'New' }), ...refused },
  updateTriggerPoint: { input: ({ ids }) => ({ workspace: ids.Workspace, key: marker, name: 'Other' }), ...refused },
  updateTriggerBindings: { input: ({ ids }) => ({ workspace: ids.Workspace, triggerPoint: 'post-login', bindings: [] }), ...refused },
  fireTriggerPoint: { input: ({ ids }) => ({ workspace: ids.Workspace, triggerPoint: 'post-login', event: {} }), ...refused },
  // It waits for nothing.
  continueTriggerPoint: { input: ({ ids }) => ({ run: ids.Run }), ...refused },
  deleteTriggerPoint: { input: ({ ids }) => ({ workspace: ids.Workspace, key: 'unused' }), ...refused },
  backfillSchedule: { input: ({ ids }) => ({ id: ids.Schedule, from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' }), ...refused },
  createBlueprint: { input: ({ ids }) => ({ workspace: ids.Workspace, key: 'new', name: 'New' }), ...refused },
  updateBlueprint: { input: ({ ids }) => ({ id: ids.Blueprint, name: 'Other' }), ...refused },
  upsertBlueprint: { input: ({ ids }) => ({ workspace: ids.Workspace, key: 'upserted', name: 'New' }), ...refused },
  seedBlueprints: { input: ({ ids }) => ({ workspace: ids.Workspace, set: 'SERVICE' }), ...refused },
  createEntity: { input: ({ ids, blueprintKey }) => ({ workspace: ids.Workspace, blueprint: blueprintKey, key: 'new' }), ...refused },
  updateEntity: { input: ({ ids }) => ({ id: ids.Entity, labels: ['new'] }), ...refused },
  upsertEntity: {
    input: ({ ids, blueprintKey }) => ({ workspace: ids.Workspace, blueprint: blueprintKey, key: marker, labels: ['newer'] }),
    ...refused,
  },
  addNote: {
    input: ({ ids, blueprintKey }) => ({ workspace: ids.Workspace, blueprint: blueprintKey, key: marker, text: 'New' }),
    ...refused,
  },
  emitEvents: { input: ({ ids }) => ({ items: [{ workspace: ids.Workspace, type: 'order.paid' }] }), ...refused },
  emitEvent: { input: ({ ids }) => ({ workspace: ids.Workspace, type: 'order.paid', entity: ids.Entity }), ...refused },
  unlinkEntities: { input: ({ ids }) => ({ id: ids.Entity, link: 'related', to: [{ id: ids.Entity }] }), ...refused },
  linkEntities: { input: ({ ids }) => ({ id: ids.Entity, link: 'related', to: [{ key: marker }] }), ...refused },
  deleteEntity: { input: ({ ids }) => ({ id: ids.Entity }), ...refused },
  deleteBlueprint: { input: ({ ids }) => ({ id: ids.Blueprint, force: true }), ...refused },
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
  // It is bound to a trigger point.
  deleteAction: { input: ({ ids }) => ({ id: ids.Action, force: true }), ...refused },
  deleteEnvironment: { input: ({ stagingId }) => ({ id: stagingId }), ...refused },
  revokeApiToken: { input: ({ ids }) => ({ id: ids.ApiToken }), ...unseen },
  removeMember: { input: ({ ids }) => ({ id: ids.Membership }), ...refused },
  // Its open run keeps the hidden workspace, so even its owner meets a conflict.
  deleteWorkspace: { input: ({ ids }) => ({ id: ids.Workspace }), ...refused },
};

/** Mutations that even the owner meets with an error of the thing's state, and which. */
export const states: Readonly<Record<string, ErrorCode>> = {
  deleteWorkspace: 'CONFLICT',
  revokeInvitation: 'CONFLICT',
  continueTriggerPoint: 'CONFLICT',
  testAction: 'CONFLICT',
  testFlow: 'INVALID_INPUT',
};

/** Mutations whose run, or whose event, is their audit entry. */
export const unaudited: ReadonlySet<string> = new Set([
  'triggerAction',
  'triggerActions',
  'startFlow',
  'fireTriggerPoint',
  'createEntity',
  'updateEntity',
  'upsertEntity',
  'deleteEntity',
  'addNote',
  'testRule',
  'applySuggestion',
  'linkEntities',
  'unlinkEntities',
  'emitEvent',
  'emitEvents',
]);

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
  actions: list(({ ids }) => [{ filter: { search: 'hidden' } }, { filter: { integration: ids.Integration } }]),
  run: ({ ids }) => [{ id: ids.Run }],
  runs: list(({ ids, actionKey }) => [
    { filter: { automation: ids.Action } },
    { filter: { automationKey: actionKey } },
    { filter: { errorCode: ['CODE'] } },
    { filter: { app: ids.App } },
    { filter: { thread: ids.Thread } },
  ]),
  runStats: ({ ids }) => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const range = { from: day(-1), until: day(1), interval: 'DAY', groupBy: ['AUTOMATION', 'ERROR_CODE'] };
    return [range, { ...range, workspace: ids.Workspace }, { ...range, filter: { automation: ids.Action } }];
  },
  bulkOperations: list(() => [{ filter: { kind: ['RETRY'] } }]),
  notificationGroup: ({ ids, groupKey }) => [{ id: ids.NotificationGroup }, { key: groupKey }],
  notificationGroups: list(({ ids }) => [
    { filter: { automation: ids.Action } },
    { filter: { app: ids.App } },
    { filter: { search: 'hidden' } },
  ]),
  approvals: list(({ ids }) => [{ filter: { run: ids.Run } }, { filter: { status: ['PENDING'] } }]),
  deliveries: list(({ ids }) => [
    { filter: { group: ids.NotificationGroup } },
    { filter: { recipient: ids.Recipient } },
    { filter: { run: ids.Run } },
    { filter: { action: ids.Action } },
  ]),
  pauses: list(() => [{ filter: { kind: ['HOST'] } }]),
  schedule: ({ ids }) => [{ id: ids.Schedule }],
  app: ({ ids }) => [{ id: ids.App }, { key: marker }],
  rule: ({ ids, rule }) => [{ id: ids.Rule }, { key: rule.key }, { number: rule.number }],
  flow: ({ ids, flow }) => [{ id: ids.Flow }, { key: flow.key }],
  flows: list(({ ids }) => [{ filter: { app: ids.App } }, { filter: { blueprint: `no-${marker}` } }, { filter: { search: 'hidden' } }]),
  exportFlow: ({ ids }) => [{ ids: [ids.Flow], format: 'RELYIO' }],
  suggestion: ({ ids }) => [{ id: ids.Suggestion }, { key: marker }],
  suggestions: list(({ ids, blueprintKey }) => [{ filter: { source: ids.Entity } }, { filter: { targetBlueprint: blueprintKey } }]),
  explainEvent: ({ ids }) => [{ id: ids.Event }],
  completeRule: ({ ids, blueprintKey: recordType }) => [
    { draft: { workspace: ids.Workspace, recordType, condition: 'find(' }, block: 'CONDITION', position: 5 },
  ],
  hoverRule: ({ ids, blueprintKey: recordType }) => [
    { draft: { workspace: ids.Workspace, recordType, condition: `find(${recordType}` }, block: 'CONDITION', position: 6 },
  ],
  checkRule: ({ ids, blueprintKey: recordType }) => [
    { draft: { workspace: ids.Workspace, recordType, trigger: 'on create', condition: `find(${recordType}, 1).nosuch` } },
  ],
  exportRules: ({ ids }) => [
    { format: 'JSON', workspace: ids.Workspace },
    { format: 'CSV', app: ids.App },
  ],
  rules: list(({ ids }) => [{ filter: { app: ids.App } }, { filter: { blueprint: marker } }]),
  appInstances: list(({ ids }) => [{ filter: { app: ids.App } }]),
  apps: list(() => [{ filter: { search: 'hidden' } }]),
  integration: ({ ids }) => [{ id: ids.Integration }, { key: marker }],
  integrations: list(() => [{ filter: { search: 'hidden', released: true } }]),
  blueprint: ({ ids, blueprintKey }) => [{ id: ids.Blueprint }, { key: blueprintKey }],
  blueprints: list(() => [{ filter: { search: 'hidden' } }]),
  entity: ({ ids, blueprintKey }) => [{ id: ids.Entity }, { key: marker, blueprint: blueprintKey }],
  entities: ({ ids, blueprintKey }) => [
    { blueprint: ids.Blueprint },
    { blueprint: blueprintKey, filter: { properties: [{ name: 'name', startsWith: 'hidden' }] }, orderBy: [{ property: 'name' }] },
    { blueprint: blueprintKey, workspace: ids.Workspace, filter: { links: [{ name: 'related', to: ids.Entity }] } },
  ],
  event: ({ ids }) => [{ id: ids.Event }],
  events: list(({ ids, blueprintKey }) => [{ filter: { entity: ids.Entity } }, { filter: { blueprint: blueprintKey } }]),
  module: ({ ids }) => [{ id: ids.Module }, { key: marker }],
  modules: list(() => [{ filter: { search: 'hidden' } }]),
  namespace: ({ ids }) => [{ id: ids.Namespace }, { key: marker }],
  namespaces: list(({ ids }) => [{ filter: { app: ids.App } }]),
  credential: ({ ids }) => [{ id: ids.Credential }, { key: marker }],
  credentials: list(() => [{ filter: { kind: ['API_KEY'] } }]),
  system: ({ ids }) => [{ id: ids.System }, { key: marker }],
  systems: list(({ ids }) => [{ filter: { credential: ids.Credential } }]),
  endpoint: ({ ids }) => [{ id: ids.Endpoint }, { key: marker }],
  endpoints: list(({ ids }) => [{ filter: { system: ids.System, app: ids.App, credential: ids.Credential } }]),
  secrets: list(({ ids }) => [{ filter: { automation: ids.Action } }, { filter: { search: 'plant' } }]),
  schedules: list(({ ids }) => [{ filter: { automation: ids.Action } }, { filter: { search: 'hidden', kind: ['INTERVAL'] } }]),
  previewSchedule: () => [{ cron: '0 9 * * *', timeZone: 'Europe/Paris' }],
  triggerPoint: ({ ids }) => [{ key: marker, workspace: ids.Workspace }],
  triggerPoints: ({ ids }) => [{ workspace: ids.Workspace }],
  webhook: ({ ids }) => [{ id: ids.Webhook }],
  webhooks: list(({ ids, actionKey }) => [{ filter: { automation: ids.Action } }, { filter: { automationKey: actionKey } }]),
};

/** Queries that are the same for everybody who is signed in. */
export const catalogues: ReadonlySet<string> = new Set(['stepKinds', 'previewSchedule']);

/** Every subscription, by what reaches for the hidden workspace. `{}` is followed while runs are made in both. */
export const subscriptions: Readonly<Record<string, Arguments>> = {
  runUpdated: ({ ids }) => [{ id: ids.Run }],
  bulkOperationUpdated: ({ ids }) => [{ id: ids.BulkOperation }],
  approvalUpdated: ({ ids }) => [{ id: ids.Approval }],
  runEvents: ({ ids, actionKey }) => [
    { filter: { workspace: ids.Workspace } },
    { filter: { automation: ids.Action } },
    { filter: { automationKey: actionKey } },
    { filter: { runs: [ids.Run] } },
  ],
  entityEvents: ({ ids, blueprintKey }) => [
    { filter: { workspace: ids.Workspace } },
    { filter: { blueprints: [blueprintKey] } },
    { filter: { entities: [ids.Entity] } },
  ],
  suggestionUpdated: ({ ids }) => [{ workspace: ids.Workspace }],
  backtestFlow: ({ ids }) => [{ input: { flow: ids.Flow, from: '2026-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' } }],
  backtestRule: ({ ids }) => [{ input: { rule: ids.Rule, from: '2026-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' } }],
};

/** Node types that a VIEWER does not see. */
export const unseenByViewer: ReadonlySet<string> = new Set(['Invitation', 'ApiToken', 'AuditEntry', 'Secret', 'Webhook', 'WebhookRequest']);

/** Mutations that answer for each of several items. */
export const several: ReadonlySet<string> = new Set(['triggerActions', 'emitEvents']);

/** The type of what a mutation answers when it succeeds. */
export const successOf = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}Success`;

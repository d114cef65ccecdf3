import type { App } from '#app';
import { newId } from '#platform/ids';
import { type NodeName, encodeId } from '#schema/node';
import type { Millrace } from '#test/support/api';
import { type Mutate, type Result, mutateOn } from '#test/support/mutate';
import { type SeededUser, type SeededWorkspace, seedPersonalToken, seedUser, seedWorkspace } from '#test/support/tenancy';

/** Stands in every text of the hidden workspace, so that whatever leaks out of it can be told. */
export const marker = 'hidden-from-others';

/**
 * Two workspaces of one organization with a person in both: whatever leads over the organization or over that person is the way
 * by which one could see into the other.
 */
export interface World {
  /** An id of every node type in the hidden workspace; the organization is the one that both share. */
  readonly ids: Readonly<Record<NodeName, string>>;
  /** The same in the workspace of the outsider; the user is the person who is in both. */
  readonly own: Readonly<Record<NodeName, string>>;
  readonly actionKey: string;
  readonly rule: RuleMarks;
  readonly flow: FlowMarks;
  readonly groupKey: string;
  readonly workspaceKey: string;
  /** A run that is final and did not succeed. */
  readonly failedRun: string;
  /** An action that comes from the integration. */
  readonly installedAction: string;
  /** An environment beside `production`. */
  readonly stagingId: string;
  readonly invitationToken: string;
  /** Keys of blueprints are words. */
  readonly blueprintKey: string;
  /** Things that nothing else uses, so that they can be deleted. */
  readonly unused: Readonly<
    Record<
      | 'App'
      | 'Namespace'
      | 'Credential'
      | 'System'
      | 'Endpoint'
      | 'Action'
      | 'Integration'
      | 'Rule'
      | 'Flow'
      | 'AppInstance'
      | 'Suggestion',
      string
    >
  >;
  /** Everything in the hidden workspace that others must never see: row ids and {@link marker}. */
  readonly secrets: readonly string[];
  /** What a VIEWER of the hidden workspace must not see either. */
  readonly adminSecrets: readonly string[];
  /** What stands after `Bearer`. */
  readonly as: {
    readonly owner: string;
    readonly viewer: string;
    /** Who was invited. */
    readonly invited: string;
    /** The owner of the other workspace. */
    readonly outsider: string;
  };
  readonly hidden: SeededWorkspace;
  /** Triggers a run in one of the two workspaces and answers its id. */
  trigger(as: 'owner' | 'outsider'): Promise<string>;
}

/** By what a rule can be named, beside its id. */
interface RuleMarks {
  readonly key: string;
  readonly number: number;
  readonly version: string;
}

/** By what a flow can be named, beside its id. */
interface FlowMarks {
  readonly key: string;
  readonly version: string;
}

/** What a workspace holds: one of everything, with `text` wherever there is text. */
interface Contents {
  readonly ids: Omit<Record<NodeName, string>, 'User' | 'Membership'>;
  readonly actionKey: string;
  readonly rule: RuleMarks;
  readonly flow: FlowMarks;
  readonly groupKey: string;
  readonly installedAction: string;
  readonly failedRun: string;
  readonly stagingId: string;
  readonly invitationToken: string;
  readonly blueprintKey: string;
  readonly unused: World['unused'];
}

export async function makeWorld(millrace: Millrace): Promise<World> {
  const { app } = millrace;
  const { prisma } = app.db;
  const write = mutateOn(millrace);
  const hidden = await seedWorkspace(app);
  const other = await seedWorkspace(app, hidden.organizationId);
  const workspaceKey = `${marker}-${hidden.workspaceId}`;
  await prisma.workspace.update({ where: { id: hidden.workspaceId }, data: { key: workspaceKey, name: marker } });
  const [owner, viewer] = [await hidden.member('OWNER'), await hidden.member('VIEWER')];
  const outsider = await other.member('OWNER');
  await prisma.user.updateMany({ where: { id: { in: [owner.userId, viewer.userId] } }, data: { name: marker } });
  const shared = await other.member('EDITOR');
  await prisma.membership.create({ data: { id: newId(), workspaceId: hidden.workspaceId, userId: shared.userId, role: 'EDITOR' } });
  const invitee = await seedUser(app);
  const as = {
    owner: await personal(app, owner),
    viewer: await personal(app, viewer),
    invited: await personal(app, invitee),
    outsider: await personal(app, outsider),
  };
  const inside = await fill(app, write, as.owner, hidden, { text: marker, invite: invitee.email });
  const outside = await fill(app, write, as.outsider, other, { text: 'own', invite: 'someone@example.com' });

  const where = { workspaceId: hidden.workspaceId };
  const select = { id: true };
  const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
  const webhooks = await prisma.webhook.findMany({ where, select: { id: true, token: true } });
  const tokens = await prisma.apiToken.findMany({ where, select: { id: true, prefix: true } });
  const personalTokens = await prisma.apiToken.findMany({
    where: { userId: { in: [owner.userId, viewer.userId] } },
    select: { id: true, prefix: true },
  });
  const adminSecrets = [
    ...ids(await prisma.auditEntry.findMany({ where, select })),
    ...ids(await prisma.invitation.findMany({ where, select })),
    ...ids(await prisma.secret.findMany({ where, select })),
    ...tokens.flatMap(({ id, prefix }) => [id, prefix]),
    ...webhooks.flatMap(({ id, token }) => [id, token]),
    ...ids(await prisma.webhookRequest.findMany({ where, select })),
  ];
  return {
    ...inside,
    ids: { ...inside.ids, User: encodeId('User', owner.userId), Membership: encodeId('Membership', viewer.membershipId) },
    own: { ...outside.ids, User: encodeId('User', shared.userId), Membership: encodeId('Membership', shared.membershipId) },
    workspaceKey,
    secrets: [
      marker,
      hidden.workspaceId,
      hidden.environmentId,
      owner.userId,
      viewer.userId,
      ...[inside.ids.NotificationGroup, inside.ids.Recipient, inside.ids.Delivery].map(uuidOf),
      ...[
        inside.ids.AutomationVersion,
        inside.ids.Deployment,
        inside.ids.Schedule,
        inside.ids.Pause,
        inside.ids.BulkOperation,
        inside.stagingId,
        inside.ids.Binding,
      ].map(uuidOf),
      ...[inside.ids.App, inside.ids.AppInstance, inside.ids.Namespace, inside.ids.Thread].map(uuidOf),
      ...[inside.ids.Credential, inside.ids.System, inside.ids.Endpoint].map(uuidOf),
      ...[inside.ids.Integration, inside.ids.IntegrationRelease].map(uuidOf),
      uuidOf(inside.ids.Effect),
      ...[inside.ids.Blueprint, inside.ids.Entity, inside.ids.Note, inside.ids.Event].map(uuidOf),
      inside.blueprintKey,
      ...ids(await prisma.automation.findMany({ where, select })),
      ...ids(await prisma.run.findMany({ where, select })),
      ...ids(await prisma.membership.findMany({ where, select })),
      ...personalTokens.flatMap(({ id, prefix }) => [id, prefix]),
      ...adminSecrets,
    ],
    adminSecrets,
    as,
    hidden,
    trigger: async (who) => {
      const id = who === 'owner' ? inside.ids.Action : outside.ids.Action;
      return idIn(await write(as[who], 'triggerAction', { id }, 'run { id }'), 'run');
    },
  };
}

async function fill(
  { db: { prisma }, clock }: App,
  write: Mutate,
  token: string,
  { workspaceId, organizationId, environmentId }: SeededWorkspace,
  { text, invite }: { readonly text: string; readonly invite: string },
): Promise<Contents> {
  const workspace = encodeId('Workspace', workspaceId);
  const actionKey = `${text}-action`;
  const code = `export default async () => '${text}'`;
  const action = idIn(
    await write(token, 'createAction', { workspace, key: actionKey, name: text, description: text, code }, 'action { id }'),
    'action',
  );
  const trigger = async () => idIn(await write(token, 'triggerAction', { id: action, payload: { text } }, 'run { id }'), 'run');
  const [run, failedRun] = [await trigger(), await trigger()];
  const at = clock.now();
  const error = { code: 'CODE', message: text };
  await prisma.run.update({
    where: { id: uuidOf(failedRun) },
    data: { status: 'FAILED', finishedAt: at, errorCode: error.code, errorMessage: text },
  });
  for (const runId of [run, failedRun].map(uuidOf)) {
    const attempts = [{ number: 1, startedAt: at.toISOString(), finishedAt: at.toISOString(), error }];
    await prisma.stepRun.create({
      data: { runId, path: 'main', ordinal: 0, kind: 'code', name: text, status: 'FAILED', output: { text }, attempts, startedAt: at },
    });
    const line = { level: 'INFO', message: text };
    await prisma.runEvent.create({
      data: {
        runId,
        sequence: 2,
        workspaceId,
        automationId: uuidOf(action),
        type: 'LOG',
        at,
        status: 'QUEUED',
        stepPath: 'main',
        data: line,
      },
    });
    await prisma.run.update({ where: { id: runId }, data: { sequence: 2 } });
  }
  const approval = newId();
  for (const [id, runId] of [
    [approval, run],
    [newId(), failedRun],
  ] as const)
    await prisma.approval.create({
      data: {
        id,
        workspaceId,
        runId: uuidOf(runId),
        automationId: uuidOf(action),
        path: 'ask',
        title: text,
        message: text,
        requesterKind: 'SYSTEM',
        requesterName: text,
        requestedAt: at,
        comment: text,
      },
    });
  const effect = newId();
  const message = { headers: { text }, body: text, truncated: false };
  await prisma.effect.create({
    data: {
      id: effect,
      workspaceId,
      runId: uuidOf(run),
      stepPath: 'main',
      ordinal: 1,
      attempt: 1,
      kind: 'HTTP',
      status: 'FAILED',
      idempotencyKey: text,
      method: 'POST',
      url: `https://${text}.example.com/`,
      host: `${text}.example.com`,
      request: message,
      response: message,
      errorCode: 'NETWORK',
      errorMessage: text,
      startedAt: at,
    },
  });
  const schedule = await write(token, 'createSchedule', { automation: action, interval: 'PT1H', payload: { text } }, 'schedule { id }');
  const bulk = await write(token, 'retryRuns', { workspace, filter: { automationKey: actionKey } }, 'operation { id }');
  const recorded = await record(write, token, workspace, text);
  const connected = await connect(prisma, write, token, { workspaceId, runId: uuidOf(run), action, text });
  const groupKey = `${text}-group`;
  const group = idIn(
    await write(
      token,
      'createNotificationGroup',
      { workspace, key: groupKey, name: text, description: text, events: ['RUN_FAILED'], automation: action, app: connected.ids.App },
      'group { id }',
    ),
    'group',
  );
  const recipient = idIn(
    await write(token, 'addRecipient', { group, webhook: `https://example.com/${text}` }, 'recipient { id }'),
    'recipient',
  );
  const delivery = idIn(await write(token, 'sendTestNotification', { recipient }, 'delivery { id }'), 'delivery');
  // One that tells of a run and was given up.
  await prisma.delivery.update({
    where: { id: uuidOf(delivery) },
    data: {
      event: 'RUN_FAILED',
      automationId: uuidOf(action),
      runId: uuidOf(run),
      status: 'FAILED',
      failure: text,
      attempts: [{ number: 1, at: at.toISOString(), durationMs: 1, error: text }],
      nextAttemptAt: null,
      finishedAt: at,
    },
  });
  const pause = await write(token, 'pause', { workspace, host: `${text}.example.com`, reason: text }, 'pause { id }');
  const webhook = idIn(
    await write(
      token,
      'createWebhook',
      {
        automation: action,
        name: text,
        verification: 'HMAC_SHA256',
        header: `x-${text}`,
        idHeader: `x-${text}-id`,
        responseFormat: 'TEXT',
        responseBody: text,
      },
      'webhook { id }',
    ),
    'webhook',
  );
  const request = newId();
  await prisma.webhookRequest.create({
    data: {
      id: request,
      workspaceId,
      webhookId: uuidOf(webhook),
      messageId: text,
      status: 'REJECTED',
      reason: text,
      runId: uuidOf(run),
      method: 'POST',
      query: { text },
      headers: { text },
      body: Buffer.from(text),
      receivedAt: at,
    },
  });
  await prisma.timer.create({
    data: {
      id: newId(),
      workspaceId,
      entityId: uuidOf(recorded.ids.Entity),
      automationId: uuidOf(connected.ids.Rule),
      dueAt: new Date('2100-01-01T00:00:00Z'),
      runId: uuidOf(run),
      eventId: uuidOf(recorded.ids.Event),
      depth: 1,
      chain: [text],
      createdAt: at,
    },
  });
  const binding = newId();
  await prisma.triggerPoint.create({ data: { id: newId(), workspaceId, key: 'unused', name: 'unused', handler: 'onExecute' } });
  await prisma.triggerPoint.create({
    data: { id: newId(), workspaceId, key: text, name: text, description: text, handler: 'onExecute', eventSchema: { description: text } },
  });
  await prisma.binding.create({
    data: { id: binding, workspaceId, triggerPoint: text, automationId: uuidOf(action), position: 0, displayName: text },
  });
  const invitation = await write(token, 'inviteMember', { workspace, email: invite, role: 'EDITOR' }, 'token invitation { id }');
  const apiToken = await write(token, 'createApiToken', { workspace, name: text, role: 'EDITOR' }, 'apiToken { id }');
  const staging = await write(token, 'createEnvironment', { workspace, name: `${text} staging` }, 'environment { id }');
  const automationId = uuidOf(action);
  const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId } });
  const deployment = await prisma.deployment.findFirstOrThrow({ where: { automationId } });
  const audit = await prisma.auditEntry.findFirstOrThrow({ where: { workspaceId } });
  return {
    ids: {
      Run: run,
      Action: action,
      AutomationVersion: encodeId('AutomationVersion', version.id),
      Deployment: encodeId('Deployment', deployment.id),
      Workspace: workspace,
      Environment: encodeId('Environment', environmentId),
      Organization: encodeId('Organization', organizationId),
      Invitation: idIn(invitation, 'invitation'),
      ApiToken: idIn(apiToken, 'apiToken'),
      AuditEntry: encodeId('AuditEntry', audit.id),
      Schedule: idIn(schedule, 'schedule'),
      NotificationGroup: group,
      Recipient: recipient,
      Delivery: delivery,
      ...connected.ids,
      ...recorded.ids,
      Pause: idIn(pause, 'pause'),
      BulkOperation: idIn(bulk, 'operation'),
      Approval: encodeId('Approval', approval),
      Webhook: webhook,
      Effect: encodeId('Effect', effect),
      WebhookRequest: encodeId('WebhookRequest', request),
      Binding: encodeId('Binding', binding),
    },
    blueprintKey: recorded.blueprintKey,
    unused: { ...connected.unused, ...recorded.unused },
    installedAction: connected.installedAction,
    actionKey,
    rule: connected.rule,
    flow: connected.flow,
    groupKey,
    failedRun,
    stagingId: idIn(staging, 'environment'),
    invitationToken: String(invitation['token']),
  };
}

/** A blueprint, and a record of it that is linked to itself and has a note and an event. */
async function record(write: Mutate, token: string, workspace: string, text: string) {
  const make = async (field: string, input: object, one: string) => idIn(await write(token, field, { ...input }, `${one} { id }`), one);
  const key = `${text.replaceAll('-', '_')}_records`;
  const Blueprint = await make(
    'createBlueprint',
    {
      workspace,
      key,
      name: text,
      description: text,
      schema: { properties: { name: { type: 'string', description: text } } },
      statuses: [{ name: 'open' }, { name: key, final: true, derived: true, when: { link: 'related', status: 'open' } }],
      links: [
        { name: 'related', kind: 'MANY', blueprint: key },
        { name: 'relating', kind: 'INVERSE', blueprint: key, inverseOf: 'related' },
      ],
      indexed: ['name'],
      release: { link: 'related', from: 'open', to: key },
      template: { blueprint: key },
    },
    'blueprint',
  );
  const given = { workspace, blueprint: key, key: text, properties: { name: text }, labels: [text] };
  const Entity = await make('createEntity', given, 'entity');
  await make('linkEntities', { id: Entity, link: 'related', to: [{ id: Entity }] }, 'entity');
  const Note = await make('addNote', { id: Entity, text, mentions: [Entity] }, 'note');
  const Event = await make('emitEvent', { workspace, type: 'hidden.told', entity: Entity, data: { text } }, 'event');
  const said = { workspace, title: text, description: text, originId: text, sourceId: Entity, targetBlueprint: key, data: { title: text } };
  const Suggestion = await make('createSuggestion', { ...said, key: text, targetId: text }, 'suggestion');
  const unused = await make('createSuggestion', { ...said, targetId: 'another' }, 'suggestion');
  return { ids: { Blueprint, Entity, Note, Event, Suggestion }, blueprintKey: key, unused: { Suggestion: unused } };
}

/** Apps and connections; the action belongs to the app and calls the endpoint, the run is on the thread. */
async function connect(
  prisma: App['db']['prisma'],
  write: Mutate,
  token: string,
  {
    workspaceId,
    runId,
    action,
    text,
  }: { readonly workspaceId: string; readonly runId: string; readonly action: string; readonly text: string },
) {
  const workspace = encodeId('Workspace', workspaceId);
  const described = { workspace, name: text, description: text };
  const make = async (field: string, input: object, one: string) => idIn(await write(token, field, { ...input }, `${one} { id }`), one);
  const settings = { apiKey: { in: 'QUERY', name: text, value: 'planted' } };
  const app = await make('createApp', described, 'app');
  const namespace = await make('createNamespace', { ...described, app }, 'namespace');
  const credential = await make('createCredential', { workspace, name: text, settings }, 'credential');
  const headers = [{ name: 'x-text', value: text }];
  const system = await make('createSystem', { ...described, baseUrl: `https://${text}.example.com`, headers, credential }, 'system');
  const call = { ...described, method: 'POST', url: `/${text}`, headers, body: { text }, output: { text }, inputSchema: { title: text } };
  const endpoint = await make('createEndpoint', { ...call, system, app, credential }, 'endpoint');
  const secret = await make('setSecret', { workspace, name: 'PLANTED', value: 'planted' }, 'secret');
  await make('setSecret', { workspace, action, name: 'PLANTED', value: 'planted' }, 'secret');
  const unused = {
    App: await make('createApp', described, 'app'),
    Namespace: await make('createNamespace', described, 'namespace'),
    Credential: await make('createCredential', { workspace, name: text, settings }, 'credential'),
    System: await make('createSystem', { ...described, baseUrl: 'https://example.com' }, 'system'),
    Endpoint: await make('createEndpoint', { ...call, url: 'https://example.com' }, 'endpoint'),
    Integration: await make('createIntegration', described, 'integration'),
    Action: await make('createAction', { ...described, publishPolicy: 'MANUAL', transform: { a: 1 } }, 'action'),
  };
  const module = await make('createModule', { ...described, code: `export const text = '${text}'` }, 'module');
  const moduleVersion = await prisma.moduleVersion.findFirstOrThrow({ where: { moduleId: uuidOf(module) } });
  const integration = await make('createIntegration', { ...described, partner: text }, 'integration');
  const required = { label: text, description: text };
  const released = {
    version: '1.0.0',
    triggerPoint: 'post-login',
    code: `exports.onExecutePostLogin = () => '${text}'`,
    requiredSecrets: [{ name: 'HIDDEN', ...required }],
    requiredConfiguration: [{ name: 'HIDDEN', ...required, default: text }],
  };
  await make('releaseIntegration', { integration, workspace, ...released }, 'integration');
  const release = await prisma.integrationRelease.findFirstOrThrow({ where: { integrationId: uuidOf(integration) } });
  const secrets = [{ name: 'HIDDEN', value: 'planted' }];
  const installedAction = await make('installIntegration', { ...described, integration, secrets }, 'action');
  const threadId = newId();
  await prisma.thread.create({ data: { id: threadId, workspaceId, namespaceId: uuidOf(namespace), key: text } });
  await prisma.run.update({ where: { id: runId }, data: { threadId } });
  const automationId = uuidOf(action);
  await prisma.automation.update({ where: { id: automationId }, data: { appId: uuidOf(app) } });
  const used = { endpointId: uuidOf(endpoint), namespaceId: uuidOf(namespace) };
  await prisma.automationVersion.updateMany({ where: { automationId }, data: used });
  const ruled = await writeRules(prisma, make, { workspaceId, app, text });
  const flowing = await writeFlows(prisma, make, { workspaceId, app, text });
  const ids = {
    App: app,
    Rule: ruled.id,
    Flow: flowing.id,
    AppInstance: await make('createAppInstance', { workspace, app, suspendedComment: text, customFields: { text } }, 'appInstance'),
    Namespace: namespace,
    Thread: encodeId('Thread', threadId),
    Credential: credential,
    System: system,
    Endpoint: endpoint,
    Secret: secret,
    Module: module,
    Integration: integration,
    IntegrationRelease: encodeId('IntegrationRelease', release.id),
    ModuleVersion: encodeId('ModuleVersion', moduleVersion.id),
  };
  const other = await make('createApp', described, 'app');
  const AppInstance = await make('createAppInstance', { workspace, app: other }, 'appInstance');
  const spare: Omit<World['unused'], 'Suggestion'> = { ...unused, Rule: ruled.unused, Flow: flowing.unused, AppInstance };
  return { ids, unused: spare, installedAction, rule: ruled.marks, flow: flowing.marks };
}

/** Rules about records of a blueprint of their own. */
async function writeRules(
  prisma: App['db']['prisma'],
  make: (field: string, input: object, one: string) => Promise<string>,
  { workspaceId, app, text }: { readonly workspaceId: string; readonly app: string; readonly text: string },
) {
  await prisma.blueprint.create({ data: { id: newId(), workspaceId, key: text, name: text, aliases: [], indexed: [], schema: {} } });
  const rule = {
    workspace: encodeId('Workspace', workspaceId),
    name: text,
    description: text,
    recordType: text,
    trigger: 'on create',
    expressions: { text: `a: '${text}'` },
    condition: `a = '${text}'`,
    actions: { list: [{ name: 'a1', value: `add note '${text}'` }] },
  };
  const id = await make('createRule', { ...rule, app }, 'rule');
  const { key, rule: row } = await prisma.automation.findUniqueOrThrow({ where: { id: uuidOf(id) }, include: { rule: true } });
  const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId: uuidOf(id) } });
  return {
    id,
    unused: await make('createRule', rule, 'rule'),
    marks: { key, number: row?.number ?? 0, version: encodeId('AutomationVersion', version.id) },
  };
}

/** Flows that nothing starts. */
async function writeFlows(
  prisma: App['db']['prisma'],
  make: (field: string, input: object, one: string) => Promise<string>,
  { workspaceId, app, text }: { readonly workspaceId: string; readonly app: string; readonly text: string },
) {
  const flow = {
    workspace: encodeId('Workspace', workspaceId),
    name: text,
    description: text,
    type: 'AUTOMATION',
    icon: text,
    arguments: { text },
    tags: [{ key: text, value: text }],
    triggers: [{ event: { events: ['create'], conditions: [{ field: 'data.blueprintId', operator: 'eq', value: `no-${text}` }] } }],
    steps: [{ kind: 'transform', id: 'main', title: text, description: text, args: { mapping: text } }],
    outputs: { text },
  };
  const id = await make('createFlow', { ...flow, key: `flow-${text}`, app }, 'flow');
  const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId: uuidOf(id) } });
  const marks = { key: `flow-${text}`, version: encodeId('AutomationVersion', version.id) };
  return { id, unused: await make('createFlow', flow, 'flow'), marks };
}

function idIn(result: Result, field: string): string {
  const made = result[field] as { readonly id: string } | undefined;
  if (made === undefined) throw new Error(`The world could not be made: ${JSON.stringify(result)}`);
  return made.id;
}

function uuidOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

async function personal(app: App, { userId }: SeededUser): Promise<string> {
  return (await seedPersonalToken(app, userId, 'OWNER')).token;
}

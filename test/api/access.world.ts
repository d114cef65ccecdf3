import type { App } from '#app';
import { newId } from '#platform/ids';
import { type NodeName, encodeId } from '#schema/node';
import type { Millrace } from '#test/support/api';
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
  readonly actionKey: string;
  readonly workspaceKey: string;
  /** A run that is final and did not succeed. */
  readonly failedRun: string;
  /** An environment beside `production`. */
  readonly stagingId: string;
  readonly invitationToken: string;
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
  readonly other: SeededWorkspace;
  /** Triggers a run in one of the two workspaces and answers its id. */
  trigger(as: 'owner' | 'outsider'): Promise<string>;
}

export async function makeWorld(millrace: Millrace): Promise<World> {
  const { app } = millrace;
  const { prisma } = app.db;
  const hidden = await seedWorkspace(app);
  const other = await seedWorkspace(app, hidden.organizationId);
  const workspaceKey = `${marker}-${hidden.workspaceId}`;
  await prisma.workspace.update({ where: { id: hidden.workspaceId }, data: { key: workspaceKey, name: marker } });
  const [owner, viewer] = [await hidden.member('OWNER'), await hidden.member('VIEWER')];
  const outsider = await other.member('OWNER');
  await prisma.user.updateMany({ where: { id: { in: [owner.userId, viewer.userId] } }, data: { name: marker } });
  const shared = await hidden.member('EDITOR');
  await prisma.membership.create({ data: { id: newId(), workspaceId: other.workspaceId, userId: shared.userId, role: 'EDITOR' } });
  const invitee = await seedUser(app);
  const as = {
    owner: await personal(app, owner),
    viewer: await personal(app, viewer),
    invited: await personal(app, invitee),
    outsider: await personal(app, outsider),
  };

  const write = async (
    token: string,
    field: string,
    input: Readonly<Record<string, unknown>>,
    selection: string,
  ): Promise<Record<string, unknown>> => {
    const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    const answer = await millrace.ask(
      token,
      `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { ${selection} } ... on Error { message } } }`,
      { input },
    );
    const result = answer.data?.[field] as Record<string, unknown> | undefined;
    if (result?.['__typename'] !== `${name}Success`) throw new Error(`${field} did not work: ${JSON.stringify(answer)}`);
    return result;
  };
  const idOf = (result: Record<string, unknown>, name: string) => (result[name] as { readonly id: string }).id;
  const workspace = encodeId('Workspace', hidden.workspaceId);

  const actionKey = `${marker}-action`;
  const action = idOf(
    await write(
      as.owner,
      'createAction',
      { workspace, key: actionKey, name: marker, description: marker, code: `export default async () => '${marker}'` },
      'action { id }',
    ),
    'action',
  );
  await write(as.outsider, 'createAction', { key: 'own', name: 'Own', code: 'export default async () => 1' }, 'action { id }');
  const trigger = async (who: 'owner' | 'outsider') => {
    const input = who === 'owner' ? { workspace, key: actionKey, payload: { marker } } : { key: 'own' };
    return idOf(await write(as[who], 'triggerAction', input, 'run { id }'), 'run');
  };
  const run = await trigger('owner');
  const failedRun = await trigger('owner');
  await trigger('outsider');
  const [runId, failedRunId] = [uuidOf(run), uuidOf(failedRun)];
  const at = app.clock.now();
  await prisma.run.update({
    where: { id: failedRunId },
    data: { status: 'FAILED', finishedAt: at, errorCode: 'CODE', errorMessage: marker, waitKind: null },
  });
  for (const id of [runId, failedRunId]) {
    await prisma.stepRun.create({
      data: {
        runId: id,
        path: 'main',
        ordinal: 0,
        kind: 'code',
        name: marker,
        status: 'FAILED',
        output: { marker },
        attempts: [{ number: 1, startedAt: at.toISOString(), finishedAt: at.toISOString(), error: { code: 'CODE', message: marker } }],
        startedAt: at,
      },
    });
    await prisma.runEvent.create({
      data: {
        runId: id,
        sequence: 2,
        workspaceId: hidden.workspaceId,
        automationId: uuidOf(action),
        type: 'LOG',
        at,
        status: 'QUEUED',
        stepPath: 'main',
        data: { level: 'INFO', message: marker },
      },
    });
    await prisma.run.update({ where: { id }, data: { sequence: 2 } });
  }
  const schedule = idOf(
    await write(as.owner, 'createSchedule', { automation: action, interval: 'PT1H', payload: { marker } }, 'schedule { id }'),
    'schedule',
  );
  const invitation = await write(as.owner, 'inviteMember', { workspace, email: invitee.email, role: 'EDITOR' }, 'token invitation { id }');
  const apiToken = idOf(
    await write(as.owner, 'createApiToken', { workspace, name: marker, role: 'EDITOR' }, 'apiToken { id }'),
    'apiToken',
  );
  const staging = idOf(
    await write(as.owner, 'createEnvironment', { workspace, name: `${marker} staging` }, 'environment { id }'),
    'environment',
  );

  const { workspaceId } = hidden;
  const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId: uuidOf(action) } });
  const deployment = await prisma.deployment.findFirstOrThrow({ where: { automationId: uuidOf(action) } });
  const audits = await prisma.auditEntry.findMany({ where: { workspaceId }, select: { id: true } });
  const tokens = await prisma.apiToken.findMany({ where: { workspaceId }, select: { id: true, prefix: true } });
  const personalTokens = await prisma.apiToken.findMany({
    where: { userId: { in: [owner.userId, viewer.userId] } },
    select: { id: true, prefix: true },
  });
  const invitations = await prisma.invitation.findMany({ where: { workspaceId }, select: { id: true } });
  const memberships = await prisma.membership.findMany({ where: { workspaceId }, select: { id: true } });
  const adminSecrets = [...audits, ...tokens, ...invitations].map(({ id }) => id).concat(tokens.map(({ prefix }) => prefix));
  return {
    ids: {
      Run: run,
      Action: action,
      AutomationVersion: encodeId('AutomationVersion', version.id),
      Deployment: encodeId('Deployment', deployment.id),
      Workspace: workspace,
      Environment: encodeId('Environment', hidden.environmentId),
      Organization: encodeId('Organization', hidden.organizationId),
      User: encodeId('User', owner.userId),
      Membership: encodeId('Membership', viewer.membershipId),
      Invitation: idOf(invitation, 'invitation'),
      ApiToken: apiToken,
      AuditEntry: encodeId('AuditEntry', audits[0]?.id ?? ''),
      Schedule: schedule,
    },
    actionKey,
    workspaceKey,
    failedRun,
    stagingId: staging,
    invitationToken: String(invitation['token']),
    secrets: [
      marker,
      workspaceId,
      hidden.environmentId,
      owner.userId,
      viewer.userId,
      version.id,
      deployment.id,
      ...[action, run, failedRun, schedule, staging].map(uuidOf),
      ...memberships.map(({ id }) => id),
      ...personalTokens.flatMap(({ id, prefix }) => [id, prefix]),
      ...adminSecrets,
    ],
    adminSecrets,
    as,
    hidden,
    other,
    trigger,
  };
}

function uuidOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

async function personal(app: App, { userId }: SeededUser): Promise<string> {
  return (await seedPersonalToken(app, userId, 'OWNER')).token;
}

import type { Automation as AutomationRow, AutomationDraft as DraftRow } from '#platform/db/generated/prisma/client';
import { type State, type VersionChanges as Changes, compareStates, sameState } from '#domain/action/action.compare';
import type { ActionSpec } from '#domain/action/action.spec';
import { readableAutomations } from '#domain/automation/automation.policy';
import { findPoint } from '#domain/point/point.policy';
import { can } from '#domain/tenant/permission';
import { Build, BuildError, errorsOf, loadBuild } from '#schema/automation/build';
import { AutomationVersion, type LightVersion, loadLive, loadVersion } from '#schema/automation/version';
import { builder, heavyComplexity } from '#schema/builder';
import { type SignedIn, batched, byKey, groupedBy } from '#schema/context';
import { BuildStatus, enumType } from '#schema/enums';
import { decodeId } from '#schema/node';
import { User, loadUser } from '#schema/tenant/user';
import { Action } from './action.js';
import { ActionContent, contentOf } from './action.content.js';
import { loadDraft } from './action.saved.js';

const VersionSecret = builder.objectRef<State['secrets'][number]>('VersionSecret').implement({
  description: 'A secret as a deployed version has it: a copy of what its action had then. The value is never given back.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name by which its code finds it.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the copied value was set.' }),
  }),
});

/** The names of an owner's secrets, by the owner's UUID. Rights are the caller's. */
const loadSecretMarks = batched<State['secrets']>(async ({ app }, ownerIds) => {
  const rows = await app.db.prisma.secret.findMany({
    where: { ownerId: { in: [...ownerIds] } },
    orderBy: { name: 'asc' },
    select: { ownerId: true, name: true, updatedAt: true },
  });
  return groupedBy(rows, (row) => row.ownerId);
});

const DependencyChange = builder.objectRef<Changes['dependencies'][number]>('DependencyChange').implement({
  description: 'A package that differs.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    from: t.exposeString('from', { nullable: true, description: 'The version before; null when it was not there.' }),
    to: t.exposeString('to', { nullable: true, description: 'The version after; null when it is gone.' }),
  }),
});

const SecretChangeKind = enumType<Changes['secrets'][number]['change']>('SecretChangeKind', 'How a secret differs.', {
  ADDED: 'It is new.',
  REMOVED: 'It is gone.',
  SET_ANEW: 'Its value was set again.',
});

const SecretChange = builder.objectRef<Changes['secrets'][number]>('SecretChange').implement({
  description: 'A secret that differs.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    change: t.expose('change', { type: SecretChangeKind, description: 'How.' }),
  }),
});

const VersionChanges = builder.objectRef<Changes>('VersionChanges').implement({
  description: 'What differs between two saved states of an action.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The unified difference of the code; empty when it is the same.' }),
    dependencies: t.field({ type: [DependencyChange], description: 'Packages that differ.', resolve: (row) => [...row.dependencies] }),
    secrets: t.field({ type: [SecretChange], description: 'Secrets that differ, by name.', resolve: (row) => [...row.secrets] }),
    others: t.field({
      type: ['String'],
      description: 'The names of the other fields that differ: `retry`, `modules`, `configuration` …',
      resolve: (row) => [...row.others],
    }),
  }),
});

/** A secret's name is shown to those who may know of secrets. */
async function stateOf(context: SignedIn, workspaceId: string, ownerId: string, spec: ActionSpec): Promise<State> {
  const secrets = can(context.viewer, workspaceId, 'secret.read') ? await loadSecretMarks(context, ownerId) : [];
  return { spec, secrets: secrets ?? [] };
}

async function versionState(context: SignedIn, workspaceId: string, versionId: string): Promise<State> {
  return stateOf(context, workspaceId, versionId, await contentOf(context, versionId));
}

interface Undeployed {
  readonly from: State;
  readonly to: State;
}

/** What is live and what is saved instead of it; null when all that is saved is live. */
async function undeployed(context: SignedIn, { id, workspaceId }: AutomationRow): Promise<Undeployed | null> {
  const draft = await loadDraft(context, id);
  if (draft === null) return null;
  const live = await loadLive(context, id);
  const to = await stateOf(context, workspaceId, id, draft.spec as unknown as ActionSpec);
  if (live === null) return { from: { spec: { ...to.spec, code: '' }, secrets: [] }, to };
  const from = await versionState(context, workspaceId, live.versionId);
  return sameState(from, to) ? null : { from, to };
}

/** Whether the newest build of the action is its draft's or its live version's. */
async function buildOf(context: SignedIn, id: string) {
  const hash = (await loadDraft(context, id))?.buildHash ?? (await loadLive(context, id))?.version.buildHash ?? null;
  return hash === null ? null : loadBuild(context, hash);
}

const AutomationDraft = builder.objectRef<DraftRow>('AutomationDraft').implement({
  description: 'What was last saved of an automation and is not live by itself.',
  fields: (t) => ({
    action: t.field({
      type: ActionContent,
      nullable: true,
      description: 'What it does, when it is the draft of an action.',
      resolve: ({ spec }) => spec as unknown as ActionSpec,
    }),
    build: t.field({
      type: Build,
      nullable: true,
      description: 'What its code is built to; null when it needs no build.',
      resolve: ({ buildHash }, _args, context) => (buildHash === null ? null : loadBuild(context, buildHash)),
    }),
    deployWhenBuilt: t.exposeBoolean('deployWhenBuilt', { description: 'Whether it goes live as soon as it is built.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last saved.' }),
    updatedBy: t.field({
      type: User,
      nullable: true,
      description: 'Who saved it; null when no person did.',
      resolve: ({ updatedById }, _args, context) => (updatedById === null ? null : loadUser(context, updatedById)),
    }),
  }),
});

const SupportedTrigger = builder.objectRef<{ readonly key: string; readonly version: string }>('SupportedTrigger').implement({
  description: 'The trigger point that an action is made for.',
  fields: (t) => ({
    id: t.exposeString('key', { description: 'The key of the trigger point, such as `post-login`.' }),
    version: t.exposeString('version', { description: 'The version of the trigger point.' }),
  }),
});

builder.objectFields(Action, (t) => ({
  supportedTriggers: t.field({
    type: [SupportedTrigger],
    description: 'The one trigger point at which it can be bound; none for an action that runs otherwise.',
    resolve: async ({ workspaceId, triggerPoint }, _args, context) => {
      const point = triggerPoint === null ? null : await findPoint(context.app.db.prisma, workspaceId, triggerPoint);
      return point === null ? [] : [point];
    },
  }),
  draft: t.field({
    type: AutomationDraft,
    nullable: true,
    description: 'Its draft; with the policy AUTO there is one only while it is being built, or when that failed.',
    resolve: ({ id }, _args, context) => loadDraft(context, id),
  }),
  status: t.field({
    type: BuildStatus,
    description: 'Where the build of what was last saved stands; BUILT for what needs none.',
    resolve: async ({ id }, _args, context) => (await buildOf(context, id))?.status ?? 'BUILT',
  }),
  errors: t.field({
    type: [BuildError],
    description: 'Why what was last saved cannot be built.',
    resolve: async ({ id }, _args, context) => {
      const build = await buildOf(context, id);
      return build === null ? [] : errorsOf(build);
    },
  }),
  builtAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When what was last saved was built; null until then, and for what needs no build.',
    resolve: async ({ id }, _args, context) => (await buildOf(context, id))?.builtAt ?? null,
  }),
  allChangesDeployed: t.boolean({
    description: 'Whether what was last saved, secrets included, is live in `production`.',
    resolve: async (row, _args, context) => {
      const live = await loadLive(context, row.id);
      return live !== null && (await undeployed(context, row)) === null;
    },
  }),
  undeployedChanges: t.field({
    type: VersionChanges,
    nullable: true,
    description: 'What was saved and is not live in `production`; null when all is.',
    complexity: heavyComplexity,
    resolve: async (row, _args, context) => {
      const states = await undeployed(context, row);
      return states === null ? null : compareStates(states.from, states.to);
    },
  }),
}));

builder.objectFields(AutomationVersion, (t) => ({
  build: t.field({
    type: Build,
    nullable: true,
    description: 'What its code was built to; null when it needed no build.',
    resolve: ({ buildHash }, _args, context) => (buildHash === null ? null : loadBuild(context, buildHash)),
  }),
  errors: t.field({
    type: [BuildError],
    description: 'What its build found; none for what could be deployed.',
    resolve: async ({ buildHash }, _args, context) => {
      const build = buildHash === null ? null : await loadBuild(context, buildHash);
      return build === null ? [] : errorsOf(build);
    },
  }),
  deployed: t.boolean({ description: 'Whether it is live in some environment.', resolve: ({ status }) => status === 'DEPLOYED' }),
  secrets: t.field({
    type: [VersionSecret],
    description: 'The secrets that it was deployed with, by name; none for who may not know of secrets, and none when its policy is AUTO.',
    resolve: async (version, _args, context) =>
      (await mayKnow(context, version)) ? [...((await loadSecretMarks(context, version.id)) ?? [])] : [],
  }),
  changes: t.field({
    type: VersionChanges,
    nullable: true,
    description: 'What differs from another version of the same action; null when there is no such version.',
    args: { since: t.arg.id({ description: 'The id of the other version; the one before it when absent.' }) },
    complexity: heavyComplexity,
    resolve: async (version, { since }, context) => {
      const action = await loadOwner(context, version.automationId);
      const other =
        typeof since === 'string'
          ? await loadVersion(context, decodeId('AutomationVersion', since, ['since']))
          : await before(context, version);
      if (action === null || other?.automationId !== version.automationId) return null;
      const states = [other, version].map(({ id }) => versionState(context, action.workspaceId, id));
      const [from, to] = (await Promise.all(states)) as [State, State];
      return compareStates(from, to);
    },
  }),
}));

function before(context: SignedIn, { automationId, number }: LightVersion): Promise<LightVersion | null> {
  return context.app.db.prisma.automationVersion.findFirst({
    where: { automationId, number: { lt: number } },
    orderBy: { number: 'desc' },
    omit: { spec: true },
  });
}

const loadOwner = batched<Pick<AutomationRow, 'id' | 'workspaceId'>>(async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.automation.findMany({
    where: { AND: [{ id: { in: [...ids] } }, readableAutomations(viewer)] },
    select: { id: true, workspaceId: true },
  });
  return byKey(rows, (row) => row.id);
});

async function mayKnow(context: SignedIn, { automationId }: LightVersion): Promise<boolean> {
  const owner = await loadOwner(context, automationId);
  return owner !== null && can(context.viewer, owner.workspaceId, 'secret.read');
}

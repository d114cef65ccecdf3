import type { Automation, Flow } from '#platform/db/generated/prisma/client';
import {
  type AutomationPlace,
  findAutomation,
  findOwner,
  insertAutomation,
  lockAutomation,
  removeAutomation,
} from '#domain/automation/automation.service';
import { readableAutomations } from '#domain/automation/automation.policy';
import { savedSpec } from '#domain/automation/version.service';
import { InvalidInputError, NotFoundError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { referToAny } from '#domain/keyed';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { endPauseOf } from '#domain/run/pause.service';
import { followAutomation } from '#domain/schedule/schedule.service';
import type { SecretsInput } from '#domain/secret/secret.input';
import { replaceSecrets } from '#domain/secret/secret.service';
import { keyedApp } from '#domain/tenant/app.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { specProblems } from './flow.check.js';
import { isBare, unknownArguments } from './flow.complete.js';
import {
  type CreateFlowInput,
  createInput,
  type FlowContent,
  type UpdateFlowInput,
  updateInput,
  type UpsertFlowInput,
  upsertInput,
  type WholeFlow,
} from './flow.input.js';
import { findFirstRun, startForExisting } from './flow.existing.service.js';
import { mergeSpec } from './flow.merge.js';
import { type FlowSpec, specOf } from './flow.spec.js';
import { flow, type FlowColumns, writeFlow } from './flow.write.service.js';

type Allowed = NonNullable<Parameters<typeof specProblems>[1]>;

/** A flow that was saved. */
export interface SavedFlow {
  readonly id: string;
  /** The run that starts it for the records that are there; null: there is none. */
  readonly runId: string | null;
}

/** Makes a flow, live at once. Throws InvalidInputError with line and column where a template or a condition is at fault. */
export async function createFlow(work: Work, raw: CreateFlowInput): Promise<SavedFlow> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'automation.write');
  const find = (id: string) => work.tx.automation.findUnique({ where: { id, deletedAt: null }, select: { id: true } });
  const saved: { now?: SavedFlow } = {};
  const id = await once(work, { workspaceId, operation: 'createFlow', key: idempotencyKey, body: input, find }, async () => {
    saved.now = await insertFlow(work, 'createFlow', input);
    return saved.now.id;
  });
  return saved.now ?? { id, runId: input.trigger === true ? await findFirstRun(work, id) : null };
}

/** Rights and the form of the input are the caller's. */
async function insertFlow(work: Work, operation: string, input: WholeFlow, allowed: Allowed = {}): Promise<SavedFlow> {
  const { workspaceId, name } = input;
  const spec = await knownSpec(work, workspaceId, readSpec(null, input, allowed));
  const automation = await insertAutomation(work, flow.kind, {
    workspaceId,
    key: input.key,
    name,
    description: input.description ?? '',
    enabled: input.enabled ?? true,
    labels: input.labels ?? [],
    appId: (await referToAny(work, keyedApp, workspaceId, input.app)) ?? null,
    notifyOwner: input.notifyOwner ?? true,
    publishPolicy: 'AUTO',
    triggerPoint: null,
    releaseId: null,
  });
  const { id, key } = automation;
  if (input.secrets != null) await writeSecrets(work, automation, input.secrets);
  await audit(work, { workspaceId, operation, subjectType: flow.type, subjectId: id, change: { key, name } });
  await writeFlow(work, { id, workspaceId, name, enabled: input.enabled ?? true }, spec, columnsOf(null, input));
  return { id, runId: input.trigger === true ? await startForExisting(work, automation, spec) : null };
}

/** Changes what is given, live at once as a new version; runs that are under way keep theirs. Answers the flow's id. */
export async function updateFlow(work: Work, place: AutomationPlace, raw: UpdateFlowInput): Promise<string> {
  const input = parseInput(updateInput(work.platform.config), raw);
  const before = await lockAutomation(work, flow, place, 'automation.write');
  const ownerId = await findOwner(work, before.workspaceId, input.owner);
  const appId = await referToAny(work, keyedApp, before.workspaceId, input.app);
  const saved = specOf(await savedSpec(work, before.id));
  const spec = await knownSpec(work, before.workspaceId, readSpec(saved, input));
  return saveFlow(work, 'updateFlow', before, spec, input, {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(input.labels === undefined ? {} : { labels: input.labels ?? [] }),
    ...(input.notifyOwner === undefined ? {} : { notifyOwner: input.notifyOwner ?? true }),
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(appId === undefined ? {} : { appId }),
  });
}

/** Makes the flow with this key be as given: what is absent gets its default; its owner stays, and its secrets where none are given. */
export async function upsertFlow(work: Work, raw: UpsertFlowInput): Promise<SavedFlow> {
  const input = parseInput(upsertInput(work.platform.config), raw);
  assertCan(work.viewer, input.workspaceId, 'automation.write');
  return putFlow(work, 'upsertFlow', input);
}

/** The same for an input that was checked. Rights are the caller's. */
export async function putFlow(
  work: Work,
  operation: string,
  input: WholeFlow & { readonly key: string },
  allowed: Allowed = {},
): Promise<SavedFlow> {
  const { workspaceId, key } = input;
  const known = await findAutomation(work, flow.kind, { workspaceId, key });
  if (known === null) return insertFlow(work, operation, input, allowed);
  const before = await lockAutomation(work, flow, { id: known.id }, 'automation.write');
  const defaults = { icon: null, position: null, tags: null, ...input };
  const spec = await knownSpec(work, workspaceId, readSpec(null, input, allowed));
  const id = await saveFlow(work, operation, before, spec, defaults, {
    name: input.name,
    description: input.description ?? '',
    labels: input.labels ?? [],
    enabled: input.enabled ?? true,
    notifyOwner: input.notifyOwner ?? true,
    appId: (await referToAny(work, keyedApp, workspaceId, input.app)) ?? null,
  });
  return { id, runId: input.trigger === true ? await startForExisting(work, before, spec) : null };
}

/** Makes a flow do what it did in a version of it, as a new version, and answers its id. */
export async function rollBackFlow(work: Work, versionId: string): Promise<string> {
  const version = await work.tx.automationVersion.findFirst({
    where: { id: versionId, automation: { AND: [readableAutomations(work.viewer), { kind: flow.kind }] } },
  });
  if (version === null) throw new NotFoundError('No such version of a flow.');
  const before = await lockAutomation(work, flow, { id: version.automationId }, 'automation.write');
  return saveFlow(work, 'rollBackFlow', before, specOf(version.spec), {}, {});
}

interface Columns {
  readonly name?: string;
  readonly description?: string;
  readonly labels?: readonly string[];
  readonly enabled?: boolean;
  readonly ownerId?: string | null;
  readonly appId?: string | null;
  readonly notifyOwner?: boolean;
}

async function saveFlow(
  work: Work,
  operation: string,
  before: Automation,
  spec: FlowSpec,
  input: FlowContent,
  columns: Columns,
): Promise<string> {
  const { id, workspaceId, name, description, enabled, ownerId, appId, notifyOwner } = before;
  if (input.secrets != null) await writeSecrets(work, before, input.secrets);
  const row = await work.tx.flow.findUniqueOrThrow({ where: { automationId: id } });
  const wanted = columnsOf(row, input);
  const { labels, ...rest } = columns;
  await work.tx.automation.update({
    where: { id },
    data: { ...rest, ...(labels === undefined ? {} : { labels: [...labels] }), updatedAt: work.now },
  });
  const now = { ...before, ...rest };
  const published = await writeFlow(work, now, spec, wanted);
  if (now.enabled !== enabled) await followAutomation(work, id, now.enabled);
  const change = {
    ...differences(
      { name, description, enabled, ownerId, appId, notifyOwner, labels: before.labels.join(), icon: row.icon, position: row.position },
      { ...rest, labels: labels?.join(), icon: wanted.icon, position: wanted.position },
    ),
    ...(published.made ? { version: published.number } : {}),
    ...(JSON.stringify(row.tags) === JSON.stringify(wanted.tags)
      ? {}
      : { tags: wanted.tags.map(({ key, value }) => `${key}=${value}`).join() }),
  };
  if (Object.keys(change).length > 0) await audit(work, { workspaceId, operation, subjectType: flow.type, subjectId: id, change });
  return id;
}

/** `before` is null for a new flow. */
function columnsOf(before: Flow | null, { icon, position, tags }: FlowContent): FlowColumns {
  return {
    icon: icon === undefined ? (before?.icon ?? null) : icon,
    position: position === undefined ? (before?.position ?? 0) : (position ?? 0),
    tags: tags === undefined ? ((before?.tags ?? []) as unknown as FlowColumns['tags']) : (tags ?? []),
  };
}

/** What a checked input makes of a flow; `before` is null for a whole one. Throws InvalidInputError naming each field at fault. */
export function readSpec(before: FlowSpec | null, input: FlowContent, allowed: Allowed = {}): FlowSpec {
  const kinds = ['event', 'manual', 'schedule', 'webhook'] as const;
  const several = (input.triggers ?? []).findIndex((trigger) => kinds.filter((kind) => trigger[kind] != null).length !== 1);
  if (several >= 0) throw invalid(['triggers', String(several)], 'Give exactly one of event, manual, schedule and webhook.', 'ONE_OF');
  const spec = mergeSpec(before, input);
  const problems = specProblems(spec, allowed);
  if (problems.length > 0) throw new InvalidInputError(problems);
  return spec;
}

/** Throws InvalidInputError where its arguments name what the workspace does not have. */
async function knownSpec(work: Work, workspaceId: string, spec: FlowSpec): Promise<FlowSpec> {
  if (!isBare(spec)) return spec;
  const problems = unknownArguments(spec, await loadBlueprints(work.sql, workspaceId));
  if (problems.length > 0) throw new InvalidInputError(problems);
  return spec;
}

async function writeSecrets(work: Work, { id, workspaceId }: { readonly id: string; readonly workspaceId: string }, secrets: SecretsInput) {
  assertCan(work.viewer, workspaceId, 'secret.write');
  await replaceSecrets(work, { workspaceId, owner: 'AUTOMATION', ownerId: id }, secrets);
}

/** Deletes the flow: its key is free again, nothing starts it any more, the history of its runs stays; runs under way end as they would have. Answers its id. */
export async function deleteFlow(work: Work, place: AutomationPlace): Promise<string> {
  const { id, workspaceId, key, name } = await lockAutomation(work, flow, place, 'automation.write');
  await removeAutomation(work, id);
  await work.tx.eventTrigger.deleteMany({ where: { automationId: id } });
  await endPauseOf(work, { workspaceId, subjectId: id });
  await audit(work, { workspaceId, operation: 'deleteFlow', subjectType: flow.type, subjectId: id, change: { key, name } });
  return id;
}

/** Lets the flow be started again, by what happens from now on. Answers its id. Throws InvalidInputError where it was imported unfinished and still is. */
export function enableFlow(work: Work, place: AutomationPlace): Promise<string> {
  return setEnabled(work, place, true);
}

/** Keeps the flow from being started, by events, schedules and by hand. Answers its id. */
export function disableFlow(work: Work, place: AutomationPlace): Promise<string> {
  return setEnabled(work, place, false);
}

async function setEnabled(work: Work, place: AutomationPlace, enabled: boolean): Promise<string> {
  const { id, workspaceId, enabled: before } = await lockAutomation(work, flow, place, 'automation.enable');
  if (before === enabled) return id;
  const problems = enabled ? specProblems(specOf(await savedSpec(work, id))) : [];
  if (problems.length > 0) throw new InvalidInputError(problems);
  await work.tx.automation.update({ where: { id }, data: { enabled, updatedAt: work.now } });
  await followAutomation(work, id, enabled);
  await audit(work, {
    workspaceId,
    operation: enabled ? 'enableFlow' : 'disableFlow',
    subjectType: flow.type,
    subjectId: id,
    change: { enabled: { from: before, to: enabled } },
  });
  return id;
}

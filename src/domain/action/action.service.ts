import type { Automation, PublishPolicy } from '#platform/db/generated/prisma/client';
import { ConflictError, InvalidInputError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { type Reference, referToAny } from '#domain/keyed';
import {
  type AutomationPlace,
  type Noun,
  findAutomation,
  findOwner,
  insertAutomation,
  lockAutomation,
  removeAutomation,
} from '#domain/automation/automation.service';
import { sameSpec, savedSpec } from '#domain/automation/version.service';
import { isBound, unbind } from '#domain/point/chain.service';
import { findPoint } from '#domain/point/point.policy';
import { endPauseOf } from '#domain/run/pause.service';
import { type OwnScheduleInput, followAutomation, putOwnSchedule } from '#domain/schedule/schedule.service';
import { keyedApp } from '#domain/tenant/app.service';
import type { SecretsInput } from '#domain/secret/secret.input';
import { replaceSecrets } from '#domain/secret/secret.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { specProblems } from './action.check.js';
import type { Publishing } from './action.build.js';
import { keepInstalled } from './action.installed.js';
import {
  type CreateActionInput,
  type UpdateActionInput,
  type UpsertActionInput,
  createInput,
  updateInput,
  upsertInput,
} from './action.input.js';
import { saveSpec } from './publish.service.js';
import { findReferences, keepReferences } from './action.references.js';
import { type ActionSpec, type SpecFields, mergeSpec } from './action.spec.js';

const action: Noun = { kind: 'ACTION', type: 'Action', noun: 'action' };

/** Makes an action, live at once, and answers its id. */
export async function createAction(work: Work, raw: CreateActionInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'automation.write');
  const find = (id: string) => work.tx.automation.findUnique({ where: { id, deletedAt: null }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createAction', key: idempotencyKey, body: input, find }, () =>
    insertAction(work, 'createAction', input, raw.schedule),
  );
}

/** An action as it is made. */
export interface WholeAction extends SpecFields {
  readonly workspaceId: string;
  readonly key?: string | null | undefined;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly labels?: readonly string[] | null | undefined;
  readonly enabled?: boolean | null | undefined;
  readonly app?: Reference | null | undefined;
  readonly notifyOwner?: boolean | null | undefined;
  readonly publishPolicy?: PublishPolicy | null | undefined;
  readonly triggerPoint?: string | null | undefined;
  readonly deploy?: boolean | null | undefined;
  readonly secrets?: SecretsInput | null | undefined;
  /** The release of an integration that it comes from. */
  readonly releaseId?: string | undefined;
}

/** Rights and the form of the input are the caller's. `schedule` is as the client gave it: its own service reads it. */
export async function insertAction(
  work: Work,
  operation: string,
  input: WholeAction,
  schedule: OwnScheduleInput | null | undefined,
): Promise<string> {
  const { workspaceId, name, releaseId } = input;
  const publishing = await publishingOf(work, input);
  const spec = await readSpec(work, { workspaceId, ...publishing }, null, input, releaseId);
  const enabled = input.enabled ?? true;
  const automation = await insertAutomation(work, action.kind, {
    workspaceId,
    key: input.key,
    name,
    description: input.description ?? '',
    enabled,
    labels: input.labels ?? [],
    appId: (await referToAny(work, keyedApp, workspaceId, input.app)) ?? null,
    notifyOwner: input.notifyOwner ?? true,
    releaseId: releaseId ?? null,
    ...publishing,
  });
  const { id, key } = automation;
  if (input.secrets != null) await writeSecrets(work, automation, input.secrets);
  const { version } = await saveSpec(work, automation, spec, input.deploy ?? false);
  await audit(work, { workspaceId, operation, subjectType: action.type, subjectId: id, change: { key, name, version } });
  if (schedule != null) await putOwnSchedule(work, { id, workspaceId, enabled }, schedule);
  return id;
}

/** MANUAL by default for what is bound to a trigger point. */
async function publishingOf(work: Work, { workspaceId, publishPolicy, triggerPoint }: WholeAction): Promise<Publishing> {
  if (triggerPoint == null) return { publishPolicy: publishPolicy ?? 'AUTO', triggerPoint: null };
  if ((await findPoint(work.tx, workspaceId, triggerPoint)) === null)
    throw invalid(['triggerPoint'], 'There is no such trigger point.', 'UNKNOWN_TRIGGER_POINT');
  return { publishPolicy: publishPolicy ?? 'MANUAL', triggerPoint };
}

/** What was decided when the action was made, its live version and its bindings rest on. */
function assertSamePublishing(
  before: Publishing,
  { publishPolicy, triggerPoint }: Pick<WholeAction, 'publishPolicy' | 'triggerPoint'>,
): void {
  const message = 'This was decided when the action was made: make another one.';
  if (triggerPoint != null && triggerPoint !== before.triggerPoint) throw invalid(['triggerPoint'], message, 'IMMUTABLE');
  if (publishPolicy != null && publishPolicy !== before.publishPolicy) throw invalid(['publishPolicy'], message, 'IMMUTABLE');
}

async function writeSecrets(work: Work, { id, workspaceId }: { readonly id: string; readonly workspaceId: string }, secrets: SecretsInput) {
  assertCan(work.viewer, workspaceId, 'secret.write');
  await replaceSecrets(work, { workspaceId, owner: 'AUTOMATION', ownerId: id }, secrets);
}

/** Changes what is given. Another spec is a new version, live at once, or the new draft where the policy is MANUAL. Answers the action's id. */
export async function updateAction(work: Work, place: AutomationPlace, raw: UpdateActionInput): Promise<string> {
  const given = parseInput(updateInput(work.platform.config), raw);
  const before = await lockAutomation(work, action, place, 'automation.write');
  const input = await keepInstalled(work, before, given);
  const stored = (await savedSpec(work, before.id)) as unknown as ActionSpec | null;
  const { id, workspaceId } = before;
  const spec = await readSpec(work, before, stored, input);
  const appId = await referToAny(work, keyedApp, workspaceId, input.app);
  const ownerId = await findOwner(work, workspaceId, input.owner);
  if (input.secrets != null) await writeSecrets(work, before, input.secrets);
  await save(work, 'updateAction', before, spec, {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(input.labels === undefined ? {} : { labels: input.labels ?? [] }),
    ...(input.notifyOwner === undefined ? {} : { notifyOwner: input.notifyOwner ?? true }),
    ...(appId === undefined ? {} : { appId }),
    ...(ownerId === undefined ? {} : { ownerId }),
  });
  if (raw.schedule !== undefined) await putOwnSchedule(work, before, raw.schedule);
  return id;
}

/** Rights are the caller's: the automation is locked. */
export async function changeRelease(work: Work, before: Automation, changes: ReleaseChange): Promise<void> {
  const stored = (await savedSpec(work, before.id)) as unknown as ActionSpec | null;
  const spec = await readSpec(work, before, stored, changes, changes.releaseId);
  if (changes.secrets != null) await writeSecrets(work, before, changes.secrets);
  await save(work, 'installRelease', before, spec, { releaseId: changes.releaseId }, changes.deploy);
}

export interface ReleaseChange extends SpecFields {
  readonly releaseId: string;
  readonly secrets?: SecretsInput | undefined;
  readonly deploy: boolean;
}

/** Makes the action with this key be as given: what is absent gets its default; its owner stays. Answers its id. */
export async function upsertAction(work: Work, raw: UpsertActionInput): Promise<string> {
  const given = parseInput(upsertInput(work.platform.config), raw);
  const { workspaceId, key } = given;
  assertCan(work.viewer, workspaceId, 'automation.write');
  const known = await findAutomation(work, action.kind, { workspaceId, key });
  if (known === null) return insertAction(work, 'upsertAction', given, raw.schedule);
  const before = await lockAutomation(work, action, { id: known.id }, 'automation.write');
  const input = await keepInstalled(work, before, given);
  const enabled = input.enabled ?? true;
  assertSamePublishing(before, input);
  if (input.secrets != null) await writeSecrets(work, before, input.secrets);
  const saved = await readSpec(work, before, null, input);
  await save(
    work,
    'upsertAction',
    before,
    saved,
    {
      name: input.name,
      description: input.description ?? '',
      labels: input.labels ?? [],
      enabled,
      notifyOwner: input.notifyOwner ?? true,
      appId: (await referToAny(work, keyedApp, workspaceId, input.app)) ?? null,
    },
    input.deploy ?? false,
  );
  const schedule = raw.schedule == null ? null : { ...scheduleDefaults, ...raw.schedule };
  await putOwnSchedule(work, { id: before.id, workspaceId, enabled }, schedule);
  return before.id;
}

/** What is absent from a whole schedule: else it would stay as it was. */
const scheduleDefaults: OwnScheduleInput = {
  timeZone: 'UTC',
  endAt: null,
  jitter: null,
  payload: null,
  misfire: 'RUN_ONCE',
  overlap: 'SKIP',
  enabled: true,
};

interface Columns {
  readonly name?: string;
  readonly description?: string;
  readonly labels?: readonly string[];
  readonly enabled?: boolean;
  readonly appId?: string | null;
  readonly ownerId?: string | null;
  readonly notifyOwner?: boolean;
  readonly releaseId?: string;
}

async function save(work: Work, operation: string, before: Automation, spec: ActionSpec, columns: Columns, deploy = false): Promise<void> {
  const { id, workspaceId, name, description, enabled, appId, ownerId, notifyOwner, releaseId } = before;
  const labels = before.labels.join();
  const draft = await work.tx.automationDraft.findUnique({ where: { automationId: id }, select: { spec: true } });
  const newest = await work.tx.automationVersion.findFirst({
    where: { automationId: id },
    orderBy: { number: 'desc' },
    select: { number: true },
  });
  const version = newest?.number ?? 0;
  const saved = await saveSpec(work, before, spec, deploy);
  const change = {
    ...differences(
      { name, description, enabled, appId, ownerId, notifyOwner, releaseId, labels, version },
      { ...columns, labels: columns.labels?.join(), version: saved.version ?? undefined },
    ),
    ...(saved.version === null && (draft === null || !sameSpec(draft.spec, { ...spec } as object)) ? { draft: true } : {}),
  };
  if (Object.keys(change).length === 0) return;
  const { labels: newLabels, ...rest } = columns;
  await work.tx.automation.update({
    where: { id },
    data: { ...rest, ...(newLabels === undefined ? {} : { labels: [...newLabels] }), updatedAt: work.now },
  });
  if (columns.enabled !== undefined && columns.enabled !== enabled) await followAutomation(work, id, columns.enabled);
  await audit(work, { workspaceId, operation, subjectType: action.type, subjectId: id, change });
}

/**
 * Deletes the action: its key is free again, its schedules stop, a pause of it ends, the history of its runs stays. Answers its id. Throws ConflictError
 * (BOUND) for one that is bound to a trigger point, unless it is `force`d to leave it.
 */
export async function deleteAction(work: Work, place: AutomationPlace, force = false): Promise<string> {
  const { id, workspaceId, key, name } = await lockAutomation(work, action, place, 'automation.write');
  if (await isBound(work, id)) {
    if (!force) throw new ConflictError('The action is bound to a trigger point: unbind it first, or force it.', 'BOUND');
    await unbind(work, id);
  }
  await removeAutomation(work, id);
  await endPauseOf(work, { workspaceId, subjectId: id });
  await audit(work, { workspaceId, operation: 'deleteAction', subjectType: action.type, subjectId: id, change: { key, name } });
  return id;
}

/** Lets the action's schedules fire again, from now on. Answers its id. */
export function enableAction(work: Work, place: AutomationPlace): Promise<string> {
  return setEnabled(work, place, true);
}

/** Stops the action's schedules; it can still be triggered by hand. Answers its id. */
export function disableAction(work: Work, place: AutomationPlace): Promise<string> {
  return setEnabled(work, place, false);
}

async function setEnabled(work: Work, place: AutomationPlace, enabled: boolean): Promise<string> {
  const { id, workspaceId, enabled: before } = await lockAutomation(work, action, place, 'automation.enable');
  if (before === enabled) return id;
  await work.tx.automation.update({ where: { id }, data: { enabled, updatedAt: work.now } });
  await followAutomation(work, id, enabled);
  await audit(work, {
    workspaceId,
    operation: enabled ? 'enableAction' : 'disableAction',
    subjectType: action.type,
    subjectId: id,
    change: { enabled: { from: before, to: enabled } },
  });
  return id;
}

/** The spec that a save makes, checked. Throws InvalidInputError naming each field at fault, with line and column where it is a text. */
async function readSpec(
  work: Work,
  { workspaceId, ...publishing }: Publishing & { readonly workspaceId: string },
  before: ActionSpec | null,
  given: SpecFields,
  integrationReleaseId?: string,
): Promise<ActionSpec> {
  const references = { ...(await findReferences(work, workspaceId, given)), integrationReleaseId };
  const spec = mergeSpec(before, given, references);
  const problems = specProblems(spec, before, given, work.platform.config, publishing);
  if (problems.length > 0) throw new InvalidInputError(problems);
  await keepReferences(work, workspaceId, spec);
  return spec;
}

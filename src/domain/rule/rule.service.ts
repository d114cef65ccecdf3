import type { Automation } from '#platform/db/generated/prisma/client';
import { type AutomationPlace, findAutomation, findOwner, lockAutomation, removeAutomation } from '#domain/automation/automation.service';
import { readableAutomations } from '#domain/automation/automation.policy';
import { savedSpec } from '#domain/automation/version.service';
import { NotFoundError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { type Reference, holdRoom, referTo } from '#domain/keyed';
import { endPauseOf } from '#domain/run/pause.service';
import { keyedApp } from '#domain/tenant/app.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import {
  type CreateRuleInput,
  type UpdateRuleInput,
  type UpsertRuleInput,
  type WholeRule,
  createInput,
  updateInput,
  upsertInput,
} from './rule.input.js';
import { given, patched } from './rule.given.js';
import { assertNotNamed, assertSoleName, readRule } from './rule.place.js';
import { type GivenSpec, type RuleSpec, specOf } from './rule.spec.js';
import { type RuleChange, insertRules, rule, writeRule } from './rule.write.service.js';

/** Makes a rule, live at once, and answers its id. Throws InvalidInputError with line and column in `trigger`, `expressions`, `condition` and `actions`. */
export async function createRule(work: Work, raw: CreateRuleInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'automation.write');
  const find = (id: string) => work.tx.automation.findUnique({ where: { id, deletedAt: null }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createRule', key: idempotencyKey, body: input, find }, async () => {
    await holdRules(work, workspaceId);
    return insertRule(work, 'createRule', input);
  });
}

/** Makes those who write the rules of a workspace wait for each other: rules name each other, and have places in one order. */
export function holdRules(work: Work, workspaceId: string): Promise<void> {
  return holdRoom(work, 'Rule', workspaceId);
}

async function insertRule(work: Work, operation: string, input: WholeRule): Promise<string> {
  const { workspaceId, name } = input;
  const appId = input.app == null ? null : (await referTo(work, keyedApp, workspaceId, input.app)).id;
  const self = { id: null, workspaceId, appId, name };
  const read = await readRule(work, self, given(input));
  await assertSoleName(work, self, read);
  const [id] = await insertRules(work, operation, workspaceId, [{ input, appId, read }]);
  if (id === undefined) throw new Error('A rule that was made has no id.');
  return id;
}

/**
 * Changes what is given, live at once, and answers the rule's id. Throws ConflictError (NAMED) when other rules trigger it after a delay and
 * could not any more.
 */
export async function updateRule(work: Work, place: AutomationPlace, raw: UpdateRuleInput): Promise<string> {
  const input = parseInput(updateInput, raw);
  const before = await lockRule(work, place);
  const stored = specOf(await savedSpec(work, before.id));
  const ownerId = await findOwner(work, before.workspaceId, input.owner);
  return saveRule(work, 'updateRule', before, stored, {
    spec: patched(stored, input),
    position: input.position,
    columns: {
      ...(input.name == null ? {} : { name: input.name }),
      ...(input.labels === undefined ? {} : { labels: input.labels ?? [] }),
      ...(input.notifyOwner === undefined ? {} : { notifyOwner: input.notifyOwner ?? true }),
      ...(ownerId === undefined ? {} : { ownerId }),
    },
  });
}

/** Makes a rule say what it said in a version of it, and answers its id. */
export async function rollBackRule(work: Work, versionId: string): Promise<string> {
  const version = await work.tx.automationVersion.findFirst({
    where: { id: versionId, automation: { AND: [readableAutomations(work.viewer), { kind: rule.kind }] } },
  });
  if (version === null) throw new NotFoundError('No such version of a rule.');
  const before = await lockRule(work, { id: version.automationId });
  const stored = specOf(await savedSpec(work, before.id));
  return saveRule(work, 'rollBackRule', before, stored, { spec: given(specOf(version.spec)), position: undefined, columns: {} });
}

/** Makes the rule with this key be as given: what is absent gets its default; its owner stays, and without one its position. Answers its id. */
export async function upsertRule(work: Work, raw: UpsertRuleInput): Promise<string> {
  const input = parseInput(upsertInput, raw);
  const { workspaceId, key } = input;
  assertCan(work.viewer, workspaceId, 'automation.write');
  await holdRules(work, workspaceId);
  const known = await findAutomation(work, rule.kind, { workspaceId, key });
  return known === null ? insertRule(work, 'upsertRule', input) : replaceRule(work, 'upsertRule', known.id, input);
}

/** Makes a rule be as given, but for its key. Rights are the caller's, who holds the rules of the workspace. */
async function replaceRule(work: Work, operation: string, id: string, input: WholeRule): Promise<string> {
  const before = await lockAutomation(work, rule, { id }, 'automation.write');
  await assertSameApp(work, before, input.app);
  return saveRule(work, operation, before, specOf(await savedSpec(work, id)), {
    spec: given(input),
    position: input.position ?? undefined,
    columns: {
      name: input.name,
      labels: input.labels ?? [],
      enabled: input.enabled ?? true,
      notifyOwner: input.notifyOwner ?? true,
    },
  });
}

/** On whose behalf a rule acts, and where, was decided when it was made. */
async function assertSameApp(work: Work, { workspaceId, appId }: Automation, app: Reference | null | undefined): Promise<void> {
  if (app == null) return;
  if ((await referTo(work, keyedApp, workspaceId, app)).id !== appId)
    throw invalid(['app'], 'The app of a rule was decided when it was made: make another rule.', 'IMMUTABLE');
}

interface Changes extends Omit<RuleChange, 'read'> {
  readonly spec: GivenSpec;
}

async function saveRule(work: Work, operation: string, before: Automation, stored: RuleSpec, changes: Changes): Promise<string> {
  const { id, workspaceId, appId, name } = before;
  const self = { id, workspaceId, appId, name: changes.columns.name ?? name };
  const read = await readRule(work, self, changes.spec);
  await assertSoleName(work, self, read);
  await assertNotNamed(work, { ...self, name }, stored, { name: self.name, ...read.spec });
  await writeRule(work, operation, before, stored, { ...changes, read });
  return id;
}

/** The rule, locked with all others of its workspace, for a viewer who wants to change it. */
async function lockRule(work: Work, place: AutomationPlace): Promise<Automation> {
  const needs = { see: 'automation.read', change: 'automation.write', noun: rule.noun } as const;
  const { id, workspaceId } = permitted(work.viewer, await findAutomation(work, rule.kind, place), needs);
  await holdRules(work, workspaceId);
  return lockAutomation(work, rule, { id }, 'automation.write');
}

/**
 * Deletes the rule: its key is free again, a pause of it ends, the history of its runs stays; what it has set to happen after a delay does not.
 * Answers its id. Throws ConflictError (NAMED) when other rules trigger it after a delay.
 */
export async function deleteRule(work: Work, place: AutomationPlace): Promise<string> {
  const before = await lockRule(work, place);
  const { id, workspaceId, key, name } = before;
  await assertNotNamed(work, before, specOf(await savedSpec(work, id)), null);
  await removeAutomation(work, id);
  await endPauseOf(work, { workspaceId, subjectId: id });
  await audit(work, { workspaceId, operation: 'deleteRule', subjectType: rule.type, subjectId: id, change: { key, name } });
  return id;
}

/** Lets the rule act again, on what happens from now on. Answers its id. */
export function enableRule(work: Work, place: AutomationPlace): Promise<string> {
  return setEnabled(work, place, true);
}

/** Keeps the rule from acting. Answers its id. */
export function disableRule(work: Work, place: AutomationPlace): Promise<string> {
  return setEnabled(work, place, false);
}

async function setEnabled(work: Work, place: AutomationPlace, enabled: boolean): Promise<string> {
  const { id, workspaceId, enabled: before } = await lockAutomation(work, rule, place, 'automation.enable');
  if (before === enabled) return id;
  await work.tx.automation.update({ where: { id }, data: { enabled, updatedAt: work.now } });
  await audit(work, {
    workspaceId,
    operation: enabled ? 'enableRule' : 'disableRule',
    subjectType: rule.type,
    subjectId: id,
    change: { enabled: { from: before, to: enabled } },
  });
  return id;
}

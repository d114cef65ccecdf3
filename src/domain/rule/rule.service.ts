import type { Automation } from '#platform/db/generated/prisma/client';
import {
  type AutomationPlace,
  type Noun,
  findAutomation,
  findOwner,
  insertAutomation,
  lockAutomation,
  removeAutomation,
} from '#domain/automation/automation.service';
import { readableAutomations } from '#domain/automation/automation.policy';
import { sameSpec, savedSpec } from '#domain/automation/version.service';
import { NotFoundError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { type Reference, holdRoom, referTo } from '#domain/keyed';
import { endPauseOf } from '#domain/run/pause.service';
import { keyedApp } from '#domain/tenant/app.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
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
import { assertNotNamed, assertRoomForRule, assertSoleName, readRule } from './rule.place.js';
import { publishRule } from './rule.publish.service.js';
import { jsonOf, noLines, type RuleSpec, type Shape, specOf } from './rule.spec.js';

export const rule: Noun = { kind: 'RULE', type: 'Rule', noun: 'rule' };

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

/** Rights are the caller's, who holds the rules of the workspace. */
export async function insertRule(work: Work, operation: string, input: WholeRule): Promise<string> {
  const { workspaceId, name } = input;
  await assertRoomForRule(work, workspaceId);
  const appId = input.app == null ? null : (await referTo(work, keyedApp, workspaceId, input.app)).id;
  const read = await readRule(work, { id: null, workspaceId, appId, name }, given(input));
  await assertSoleName(work, { id: null, workspaceId, appId, name }, read);
  const automation = await insertAutomation(work, rule.kind, {
    workspaceId,
    key: input.key,
    name,
    description: input.description ?? '',
    enabled: input.enabled ?? true,
    labels: input.labels ?? [],
    appId,
    notifyOwner: input.notifyOwner ?? true,
    publishPolicy: 'AUTO',
    triggerPoint: null,
    releaseId: null,
  });
  const { id, key } = automation;
  await publishRule(work, automation, read, input.position ?? null);
  await audit(work, { workspaceId, operation, subjectType: rule.type, subjectId: id, change: { key, name } });
  return id;
}

type Given = Pick<WholeRule, 'recordType' | 'trigger'> & {
  readonly expressions?: Shape | null | undefined;
  readonly condition?: string | null | undefined;
  readonly actions?: Shape | null | undefined;
  readonly description?: string | null | undefined;
};

/** A whole rule: what is absent is empty. */
const given = ({ recordType, trigger, expressions, condition, actions, description }: Given) => ({
  recordType,
  trigger,
  expressions: expressions ?? noLines,
  condition: condition ?? '',
  actions: actions ?? noLines,
  description: description ?? '',
});

/**
 * Changes what is given, live at once, and answers the rule's id. Throws ConflictError (NAMED) when other rules trigger it after a delay and
 * could not any more.
 */
export async function updateRule(work: Work, place: AutomationPlace, raw: UpdateRuleInput): Promise<string> {
  const input = parseInput(updateInput, raw);
  const before = await lockRule(work, place);
  const stored = specOf(await savedSpec(work, before.id));
  const { recordType, trigger, expressions, condition, actions, description } = input;
  const ownerId = await findOwner(work, before.workspaceId, input.owner);
  return saveRule(work, 'updateRule', before, stored, {
    spec: given({
      recordType: recordType ?? stored.recordType,
      trigger: trigger ?? stored.trigger,
      expressions: expressions === undefined ? stored.expressions : expressions,
      condition: condition === undefined ? stored.condition : condition,
      actions: actions === undefined ? stored.actions : actions,
      description: description === undefined ? stored.description : description,
    }),
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
export async function replaceRule(work: Work, operation: string, id: string, input: WholeRule): Promise<string> {
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

interface Changes {
  readonly spec: Omit<RuleSpec, 'blueprint' | 'triggerKey'>;
  /** Null: the last one; undefined: as it was. */
  readonly position: number | null | undefined;
  readonly columns: {
    readonly name?: string;
    readonly labels?: readonly string[];
    readonly enabled?: boolean;
    readonly ownerId?: string | null;
    readonly notifyOwner?: boolean;
  };
}

async function saveRule(work: Work, operation: string, before: Automation, stored: RuleSpec, changes: Changes): Promise<string> {
  const { id, workspaceId, appId, name, enabled, ownerId, notifyOwner } = before;
  const { columns } = changes;
  const self = { id, workspaceId, appId, name: columns.name ?? name };
  const read = await readRule(work, self, changes.spec);
  await assertSoleName(work, self, read);
  await assertNotNamed(work, { ...self, name }, stored, { name: self.name, ...read.spec });
  const { description } = read.spec;
  const labels = before.labels.join();
  const row = await work.tx.rule.findUniqueOrThrow({ where: { automationId: id }, select: { position: true } });
  const saved = await publishRule(work, before, read, changes.position === undefined ? row.position : changes.position);
  const change = {
    ...differences(
      { name, enabled, ownerId, notifyOwner, labels, position: row.position },
      { ...columns, labels: columns.labels?.join(), position: saved.position },
    ),
    ...(sameSpec(jsonOf(stored) as object, jsonOf(read.spec) as object) ? {} : { version: saved.version }),
  };
  if (Object.keys(change).length === 0) return id;
  const { labels: newLabels, ...rest } = columns;
  await work.tx.automation.update({
    where: { id },
    data: { ...rest, description, ...(newLabels === undefined ? {} : { labels: [...newLabels] }), updatedAt: work.now },
  });
  await audit(work, { workspaceId, operation, subjectType: rule.type, subjectId: id, change });
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

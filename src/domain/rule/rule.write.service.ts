import type { Automation } from '#platform/db/generated/prisma/client';
import type { Plan } from '#plan/plan';
import { type NewAutomation, type Noun, insertAutomation, insertAutomations } from '#domain/automation/automation.service';
import { publishFirst, publishNext, publishVersion, sameSpec, type VersionContent } from '#domain/automation/version.service';
import { auditAll, audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import type { WholeRule } from './rule.input.js';
import { assertRoomForRules, lastPosition, mostPosition, type ReadRule } from './rule.place.js';
import { delayedBy, jsonOf, type RuleSpec, ruleText } from './rule.spec.js';

export const rule: Noun = { kind: 'RULE', type: 'Rule', noun: 'rule' };

/** A rule is a plan of one step: its texts, in one transaction. It is not attempted twice: what failed once was undone, and is told. */
function compileRule(spec: RuleSpec): Plan {
  return {
    format: 1,
    steps: [
      {
        id: 'main',
        name: 'main',
        kind: 'rule',
        args: { recordType: spec.recordType, ...ruleText(spec) },
        retry: { max: 0, delayMs: 1_000, backoff: 'FIXED', maxDelayMs: 1_000, jitter: 0 },
        timeoutMs: null,
        onError: 'FAIL',
      },
    ],
    atomicity: 'ALL',
    budgetMs: null,
  };
}

const contentOf = (spec: RuleSpec): VersionContent => ({
  spec: jsonOf(spec),
  plan: () => compileRule(spec),
  stepKind: 'rule',
  maxAttempts: 1,
  priority: 3,
  endpointId: null,
  namespaceId: null,
  buildHash: null,
  threadMode: 'NEW_EACH_RUN',
});

const columnsOf = ({ spec, rule: tree }: ReadRule) => ({
  recordType: spec.recordType,
  blueprint: spec.blueprint,
  trigger: spec.trigger,
  triggerKey: spec.triggerKey,
  delayed: delayedBy(tree),
});

/** A rule that was read and checked, beside those that are there and those that come with it. */
export interface NewRule {
  readonly input: Pick<WholeRule, 'key' | 'name'> & Partial<Pick<WholeRule, 'enabled' | 'labels' | 'notifyOwner' | 'position'>>;
  readonly appId: string | null;
  readonly read: ReadRule;
}

/** Makes rules, live at once, those without a position behind all others, and answers their ids. Rights are the caller's, who holds the rules of the workspace. */
export async function insertRules(work: Work, operation: string, workspaceId: string, rules: readonly NewRule[]): Promise<string[]> {
  if (rules.length === 0) return [];
  await assertRoomForRules(work, workspaceId, rules.length);
  const automations = await insertAll(
    work,
    workspaceId,
    rules.map(({ input, appId, read }) => ({
      workspaceId,
      key: input.key,
      name: input.name,
      description: read.spec.description,
      enabled: input.enabled ?? true,
      labels: input.labels ?? [],
      appId,
      notifyOwner: input.notifyOwner ?? true,
      publishPolicy: 'AUTO',
      triggerPoint: null,
      releaseId: null,
    })),
  );
  let last = await lastPosition(work, workspaceId, null);
  const made = automations.flatMap(({ id, key }, index) => {
    const one = rules[index];
    if (one === undefined) return [];
    const position = one.input.position ?? Math.min(last + 1, mostPosition);
    last = Math.max(last, position);
    return [{ id, key, position, rule: one }];
  });
  await publishFirst(
    work,
    workspaceId,
    made.map(({ id, rule: { read } }) => ({ id, content: contentOf(read.spec) })),
  );
  await work.tx.rule.createMany({
    data: made.map(({ id, position, rule: { read } }) => ({ automationId: id, workspaceId, position, ...columnsOf(read) })),
  });
  await auditAll(
    work,
    made.map(({ id, key, rule: { input } }) => {
      const change = { key, name: input.name };
      return { workspaceId, operation, subjectType: rule.type, subjectId: id, change };
    }),
  );
  return made.map(({ id }) => id);
}

/** One alone waits for who takes its key at the same time. */
async function insertAll(work: Work, workspaceId: string, wanted: readonly NewAutomation[]) {
  const [only, ...others] = wanted;
  return only !== undefined && others.length === 0
    ? [await insertAutomation(work, rule.kind, only)]
    : insertAutomations(work, rule.kind, workspaceId, wanted);
}

export interface RuleColumns {
  readonly name?: string;
  readonly labels?: readonly string[];
  readonly enabled?: boolean;
  readonly ownerId?: string | null;
  readonly notifyOwner?: boolean;
}

export interface RuleChange {
  readonly read: ReadRule;
  /** Null: the last one; undefined: as it was. */
  readonly position: number | null | undefined;
  readonly columns: RuleColumns;
}

/** A rule that is locked, with what it says and what it shall say. */
export interface Rewritten {
  readonly before: Automation;
  readonly stored: RuleSpec;
  readonly read: ReadRule;
  readonly position: number | undefined;
  readonly columns: Pick<RuleColumns, 'name' | 'enabled'>;
}

/** The same as {@link writeRule} for many rules of one workspace, with few statements. Answers the ids of those that differ from what was stored. */
export async function writeRules(
  work: Work,
  operation: string,
  workspaceId: string,
  rules: readonly Rewritten[],
): Promise<ReadonlySet<string>> {
  if (rules.length === 0) return new Set();
  const rows = await work.tx.rule.findMany({ where: { automationId: { in: rules.map(({ before }) => before.id) } } });
  const rowOf = new Map(rows.map((row) => [row.automationId, row]));
  const differing = rules.flatMap((one) => {
    const { before, stored, read, columns } = one;
    const row = rowOf.get(before.id);
    if (row === undefined) throw new Error('An automation is no rule.');
    const position = one.position ?? row.position;
    const same = sameSpec(jsonOf(stored) as object, jsonOf(read.spec) as object);
    const change = differences({ name: before.name, enabled: before.enabled, position: row.position }, { ...columns, position });
    return same && Object.keys(change).length === 0 ? [] : [{ ...one, row, position, same, change }];
  });
  const published = differing.filter(({ same }) => !same);
  const numbers = await publishNext(
    work,
    workspaceId,
    published.map(({ before, read }) => ({ id: before.id, content: contentOf(read.spec) })),
  );
  for (const { before, read, row, position } of differing) {
    const wanted = { position, ...columnsOf(read) };
    if (Object.keys(differences({ ...row, delayed: row.delayed.join('\n') }, { ...wanted, delayed: wanted.delayed.join('\n') })).length > 0)
      await work.tx.rule.update({ where: { automationId: before.id }, data: wanted });
  }
  const plain: string[] = [];
  for (const { before, read, columns } of differing) {
    const { id, name, enabled, description } = before;
    const wanted = { name, enabled, ...columns, description: read.spec.description };
    if (Object.keys(differences({ name, enabled, description }, wanted)).length === 0) plain.push(id);
    else await work.tx.automation.update({ where: { id }, data: { ...wanted, updatedAt: work.now } });
  }
  await work.tx.automation.updateMany({ where: { id: { in: plain } }, data: { updatedAt: work.now } });
  await auditAll(
    work,
    differing.map(({ before, change }) => {
      const number = numbers.get(before.id);
      const version = number === undefined ? {} : { version: number };
      return { workspaceId, operation, subjectType: rule.type, subjectId: before.id, change: { ...change, ...version } };
    }),
  );
  return new Set(differing.map(({ before }) => before.id));
}

/** Makes a locked rule say what was read and checked, live at once. Answers whether that differs from what was stored. */
export async function writeRule(
  work: Work,
  operation: string,
  before: Automation,
  stored: RuleSpec,
  { read, position, columns }: RuleChange,
): Promise<boolean> {
  const { id, workspaceId, name, enabled, ownerId, notifyOwner } = before;
  const row = await work.tx.rule.findUniqueOrThrow({ where: { automationId: id }, select: { position: true } });
  const wanted =
    position === undefined ? row.position : (position ?? Math.min((await lastPosition(work, workspaceId, id)) + 1, mostPosition));
  const same = sameSpec(jsonOf(stored) as object, jsonOf(read.spec) as object);
  const change = differences(
    { name, enabled, ownerId, notifyOwner, labels: before.labels.join(), position: row.position },
    { ...columns, labels: columns.labels?.join(), position: wanted },
  );
  if (same && Object.keys(change).length === 0) return false;
  const version = same ? {} : { version: (await publishVersion(work, before, contentOf(read.spec))).number };
  await work.tx.rule.update({ where: { automationId: id }, data: { position: wanted, ...columnsOf(read) } });
  const { labels, ...rest } = columns;
  await work.tx.automation.update({
    where: { id },
    data: {
      ...rest,
      description: read.spec.description,
      ...(labels === undefined ? {} : { labels: [...labels] }),
      updatedAt: work.now,
    },
  });
  await audit(work, { workspaceId, operation, subjectType: rule.type, subjectId: id, change: { ...change, ...version } });
  return true;
}

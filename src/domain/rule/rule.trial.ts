import type { Database } from '#platform/db/database';
import type { Rule } from '#language/rule/syntax';
import { listedAutomations } from '#domain/automation/automation.policy';
import { ConflictError, InvalidInputError, NotFoundError } from '#domain/errors';
import { seenEvent, type SeenEvent, workspacesOfRecords } from '#domain/event/event.seen.policy';
import { invalid } from '#domain/input';
import { type Permission, permitted } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { checkDraft, type RuleDraft } from './rule.draft.js';
import { type ActingInstance, loadInstances, readRuleText } from './rule.load.js';
import type { RuleFailure } from './rule.failure.js';
import { specOf, triggerKeyOf } from './rule.spec.js';

/** A rule that is tried out: saved, or being written. */
export interface TriedRule {
  /** Null: it was never saved. */
  readonly automationId: string | null;
  readonly workspaceId: string;
  readonly appId: string | null;
  readonly name: string;
  /** The key of the blueprint whose records it is about. */
  readonly blueprint: string;
  readonly triggerKey: string;
  /** Null: it cannot be read, and `failure` says why. */
  readonly tree: Rule | null;
  readonly failure: RuleFailure | null;
}

type Reader = Pick<Database, 'prisma' | 'sql'>;

/** What is live of a saved rule. Throws NotFoundError, ForbiddenError, and ConflictError for one that is not live. */
export async function savedRule({ prisma }: Reader, viewer: Viewer, id: string, permission: Permission): Promise<TriedRule> {
  const found = await prisma.automation.findFirst({
    where: { AND: [listedAutomations(viewer), { id, kind: 'RULE' }] },
    select: {
      id: true,
      workspaceId: true,
      appId: true,
      name: true,
      deployments: { where: { environment: { key: 'production' } }, select: { version: { select: { spec: true } } } },
    },
  });
  const { deployments, ...rule } = permitted(viewer, found, { see: 'automation.read', change: permission, noun: 'rule' });
  const live = deployments[0]?.version;
  if (live === undefined) throw new ConflictError('The rule is not deployed.', 'NOT_DEPLOYED');
  const { appId, name, workspaceId } = rule;
  const spec = specOf(live.spec);
  const { blueprint, triggerKey } = spec;
  return { automationId: rule.id, workspaceId, appId, name, blueprint, triggerKey, ...readRuleText(spec) };
}

/** A draft that could be saved. Throws InvalidInputError with line and column; `path` leads to the draft in the input. */
export function triedDraft(draft: RuleDraft, path: readonly string[]): TriedRule {
  const checked = checkDraft(draft);
  if (!checked.ok) throw new InvalidInputError(checked.problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
  const { workspaceId, appId, blueprint } = draft;
  const tree = checked.rule;
  const triggerKey = triggerKeyOf(tree.trigger);
  return { automationId: null, workspaceId, appId, name: 'Draft', blueprint: blueprint.key, triggerKey, tree, failure: null };
}

/** What a rule is tried out on. */
export interface TriedSubject {
  readonly workspaceId: string;
  readonly entityId: string;
  /** Null: the record as it is, as if something had just happened to it. */
  readonly event: SeenEvent | null;
}

export type SubjectPlace = { readonly event: string } | { readonly entity: string };

/** The event or the record. Throws NotFoundError for what the viewer may not see, and InvalidInputError where the rule is not about such records. */
export async function triedSubject({ prisma }: Reader, viewer: Viewer, rule: TriedRule, place: SubjectPlace): Promise<TriedSubject> {
  const visible = { workspaceId: { in: workspacesOfRecords(viewer) } };
  if ('event' in place) {
    const row = await prisma.event.findFirst({ where: { id: place.event, ...visible } });
    if (row === null) throw new NotFoundError('No such event.');
    if (row.entityId === null || row.blueprint !== rule.blueprint)
      throw invalid(['event'], `The rule is about records of the type ${rule.blueprint}, and the event is not.`, 'OTHER_TYPE');
    return { workspaceId: row.workspaceId, entityId: row.entityId, event: seenEvent(row) };
  }
  const row = await prisma.entity.findFirst({
    where: { id: place.entity, ...visible },
    select: { workspaceId: true, blueprint: { select: { key: true } } },
  });
  if (row === null) throw new NotFoundError('No such record.');
  if (row.blueprint.key !== rule.blueprint)
    throw invalid(['entity'], `The rule is about records of the type ${rule.blueprint}, not of ${row.blueprint.key}.`, 'OTHER_TYPE');
  return { workspaceId: row.workspaceId, entityId: place.entity, event: null };
}

/**
 * Through what the rule acts in a workspace; null: it is no app's. Whether it may act there now is not asked: it is tried out. Throws
 * NotFoundError for a workspace in which it never acts, as if the record were not there, and ConflictError where its app is not installed.
 */
export async function actingIn(db: Reader, rule: TriedRule, workspaceId: string): Promise<ActingInstance | null> {
  if (rule.appId === null) {
    if (workspaceId !== rule.workspaceId) throw new NotFoundError('No such record in the workspace of the rule.');
    return null;
  }
  const instance = await db.prisma.appInstance.findUnique({
    where: { appId_workspaceId: { appId: rule.appId, workspaceId } },
    select: { id: true },
  });
  if (instance === null && workspaceId !== rule.workspaceId) throw new NotFoundError('No such record in a workspace of the rule.');
  if (instance === null) throw new ConflictError('The app has no instance in the workspace of the record.', 'NOT_INSTALLED');
  const acting = (await loadInstances(db.sql, [instance.id])).get(instance.id);
  if (acting === undefined) throw new ConflictError('The app has no instance in the workspace of the record.', 'NOT_INSTALLED');
  return acting;
}

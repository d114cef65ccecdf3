import type { Rule } from '#language/rule/syntax';
import { AlreadyExistsError, ConflictError, InvalidInputError, LimitExceededError } from '#domain/errors';
import { invalid } from '#domain/input';
import { listKeys } from '#domain/keyed';
import { type BlueprintSpec, blueprintCalled } from '#domain/record/blueprint.spec';
import type { Work } from '#domain/work';
import { checkSpec } from './rule.check.js';
import { type GivenSpec, type RuleSpec, triggerKeyIn, triggerKeyOf } from './rule.spec.js';
import { blueprintsOf, delayedRules, recordTypesOf, ruleAt, typesOf } from './rule.types.js';

/** Rules of one workspace: every event is compared with those of its type. */
const mostRules = 5_000;
export const mostPosition = 2_147_483_647;

/** A rule among the others of its workspace and app. */
export interface Self {
  /** Null: it is about to be made. */
  readonly id: string | null;
  readonly workspaceId: string;
  readonly appId: string | null;
  readonly name: string;
}

/** A rule that can be saved, as its text says and as a tree. */
export interface ReadRule {
  readonly spec: RuleSpec;
  readonly rule: Rule;
}

/** Reads and checks a rule. Throws InvalidInputError: `recordType`, or the blocks with line and column. */
export async function readRule(work: Work, self: Self, given: GivenSpec): Promise<ReadRule> {
  const { workspaceId, appId } = self;
  const blueprints = await blueprintsOf(work.tx, workspaceId);
  const blueprint = blueprintCalled(blueprints, given.recordType);
  const place = { workspaceId, appId, blueprint: blueprint?.key ?? '' };
  const others = blueprint === null ? [] : await delayedRules(work.tx, place);
  const names = others.flatMap(({ automationId, name }) => (automationId === self.id ? [] : [name]));
  const own = triggerKeyIn(given.trigger) === 'delay' ? [self.name] : [];
  return readAmong(blueprints, appId, new Set([...names, ...own]), given);
}

/** The same beside the rules that are there in the end: `delayed` are the names of those that `after … trigger` may name; `types` those of the blueprints. */
export function readAmong(
  blueprints: readonly BlueprintSpec[],
  appId: string | null,
  delayed: ReadonlySet<string>,
  given: GivenSpec,
  types = recordTypesOf(blueprints),
): ReadRule {
  const blueprint = blueprintCalled(blueprints, given.recordType);
  if (blueprint === null) throw invalid(['recordType'], 'There is no such type of records in the workspace.', 'UNKNOWN_BLUEPRINT');
  const checked = checkSpec(
    { ...given, blueprint: blueprint.key },
    typesOf(blueprints, blueprint.key, appId, delayed, types),
    appId !== null,
  );
  if (!checked.ok) throw new InvalidInputError(checked.problems);
  return { spec: { ...given, blueprint: blueprint.key, triggerKey: triggerKeyOf(checked.rule.trigger) }, rule: checked.rule };
}

/** `after … trigger` names one rule. Throws AlreadyExistsError (`name`). */
export async function assertSoleName(work: Work, { id, workspaceId, appId, name }: Self, { spec }: ReadRule): Promise<void> {
  if (spec.triggerKey !== 'delay') return;
  const others = await delayedRules(work.tx, { workspaceId, appId, blueprint: spec.blueprint });
  if (others.some((other) => other.name === name && other.automationId !== id))
    throw new AlreadyExistsError('name', `There is a rule “${name}” with the trigger “after delay” for the same type of records.`);
}

/** Throws ConflictError (NAMED) when other rules trigger one after a delay that would not be there any more. */
export async function assertNotNamed(
  work: Work,
  { id, workspaceId, appId, name }: Self,
  { blueprint, triggerKey }: Pick<RuleSpec, 'blueprint' | 'triggerKey'>,
  after: (Pick<RuleSpec, 'blueprint' | 'triggerKey'> & { readonly name: string }) | null,
): Promise<void> {
  if (triggerKey !== 'delay') return;
  if (after?.name === name && after.blueprint === blueprint && after.triggerKey === triggerKey) return;
  const naming = await work.tx.rule.findMany({
    where: {
      AND: [ruleAt({ workspaceId, appId, blueprint }), { delayed: { has: name } }, ...(id === null ? [] : [{ automationId: { not: id } }])],
    },
    orderBy: { number: 'asc' },
    select: { automation: { select: { key: true } } },
  });
  if (naming.length === 0) return;
  throw new ConflictError(`These rules trigger it after a delay: ${listKeys(naming.map(({ automation }) => automation.key))}.`, 'NAMED');
}

/** Throws LimitExceededError when a workspace would have more rules than it may have. */
export async function assertRoomForRules(work: Work, workspaceId: string, more: number): Promise<void> {
  const held = await work.tx.rule.count({ where: { workspaceId, automation: { deletedAt: null } } });
  if (held + more > mostRules) throw new LimitExceededError(`A workspace has at most ${mostRules} rules.`, mostRules);
}

/** The position behind which the next rule of the workspace stands, but for one of them. */
export async function lastPosition(work: Work, workspaceId: string, butFor: string | null): Promise<number> {
  const last = await work.tx.rule.findFirst({
    where: { workspaceId, ...(butFor === null ? {} : { automationId: { not: butFor } }), automation: { deletedAt: null } },
    orderBy: { position: 'desc' },
    select: { position: true },
  });
  return last?.position ?? 0;
}

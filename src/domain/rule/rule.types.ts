import type { FieldType, RecordType, RuleTypes } from '#language/rule/world';
import type { Prisma } from '#platform/db/generated/prisma/client';
import { type BlueprintSpec, blueprintSpec, pseudoTypes, recordTypeOf } from '#domain/record/blueprint.spec';

type Reader = Pick<Prisma.TransactionClient, 'blueprint' | 'rule'>;

/** What `rule_app_instance` is. */
export const appInstanceType = 'app_instance';
/** The blueprint of those whom `current_user` is looked up among. */
export const personType = 'person';

/** The blueprints of a workspace. */
export async function blueprintsOf(reader: Pick<Reader, 'blueprint'>, workspaceId: string): Promise<readonly BlueprintSpec[]> {
  return (await reader.blueprint.findMany({ where: { workspaceId }, orderBy: { id: 'asc' } })).map(blueprintSpec);
}

/**
 * The types of records that rules know in a workspace, for those about records of one blueprint. A rule of an app knows the types of the
 * workspace in which it acts, and the rules of its app.
 */
export async function ruleTypesFor(reader: Reader, workspaceId: string, recordTypeKey: string, appId: string | null): Promise<RuleTypes> {
  const [blueprints, rules] = await Promise.all([
    blueprintsOf(reader, workspaceId),
    delayedRules(reader, { workspaceId, appId, blueprint: recordTypeKey }),
  ]);
  return typesOf(blueprints, recordTypeKey, appId, new Set(rules.map(({ name }) => name)));
}

/** The types of records of a workspace, by their keys and aliases. */
export function recordTypesOf(blueprints: readonly BlueprintSpec[]): RuleTypes['types'] {
  const types = new Map<string, RecordType>(pseudoTypes);
  for (const blueprint of blueprints) {
    const type = recordTypeOf(blueprint);
    // A key comes before the alias of another one.
    for (const alias of blueprint.aliases) if (!types.has(alias)) types.set(alias, type);
    types.set(blueprint.key, type);
  }
  return types;
}

/** `types`: those of the blueprints, where they were made before. */
export function typesOf(
  blueprints: readonly BlueprintSpec[],
  record: string,
  appId: string | null,
  rules: ReadonlySet<string> | null,
  types = recordTypesOf(blueprints),
): RuleTypes {
  const roots = new Map<string, FieldType>([
    ['current_user', types.has(personType) ? { type: 'one', of: personType } : { type: 'any' }],
    ...(appId === null ? [] : [['rule_app_instance', { type: 'one', of: appInstanceType }] as const]),
  ]);
  return { record, types, roots, rules };
}

/** Where the rules are that `after … trigger` can name: of the same app, or beside it of the same workspace, and about the same records. */
export interface DelayPlace {
  readonly workspaceId: string;
  readonly appId: string | null;
  readonly blueprint: string;
}

/** The rules that nothing but `after … trigger` fires, by the names by which that calls them; no two have the same one. */
export async function delayedRules(
  reader: Pick<Reader, 'rule'>,
  place: DelayPlace,
): Promise<readonly { readonly automationId: string; readonly name: string }[]> {
  const rows = await reader.rule.findMany({
    where: { ...ruleAt(place), triggerKey: 'delay' },
    select: { automationId: true, automation: { select: { name: true } } },
  });
  return rows.map(({ automationId, automation }) => ({ automationId, name: automation.name }));
}

/** The id of the rule that `after … trigger` calls so; null: there is none any more. */
export async function delayedRule(reader: Pick<Reader, 'rule'>, place: DelayPlace, name: string): Promise<string | null> {
  const row = await reader.rule.findFirst({
    where: { AND: [ruleAt(place), { triggerKey: 'delay', automation: { name } }] },
    select: { automationId: true },
  });
  return row?.automationId ?? null;
}

/** An app's rules are all in its own workspace. */
export function ruleAt({ workspaceId, appId, blueprint }: DelayPlace): Prisma.RuleWhereInput {
  const automation = { appId, deletedAt: null };
  return appId === null ? { workspaceId, blueprint, automation } : { blueprint, automation };
}

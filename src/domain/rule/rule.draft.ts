import { z } from 'zod';
import type { Database } from '#platform/db/database';
import type { RuleText } from '#language/rule/syntax';
import type { RuleTypes } from '#language/rule/world';
import { NotFoundError } from '#domain/errors';
import { invalid, parseInput, referenceInput, wellFormed } from '#domain/input';
import { type BlueprintSpec, blueprintCalled } from '#domain/record/blueprint.spec';
import { keyedApp } from '#domain/tenant/app.service';
import { assertCan, type Permission } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { checkSpec, type Checked } from './rule.check.js';
import { blueprintsOf, delayedRules, typesOf } from './rule.types.js';

const text = wellFormed(z.string());

const draftInput = z.strictObject({
  workspaceId: z.uuid(),
  app: referenceInput.nullish(),
  recordType: wellFormed(z.string().min(1).max(128)),
  trigger: text.nullish(),
  expressions: text.nullish(),
  condition: text.nullish(),
  actions: text.nullish(),
});
export type RuleDraftInput = z.input<typeof draftInput>;

/** A rule that is being written, with the types of records that it knows. Its texts need not be right. */
export interface RuleDraft {
  readonly workspaceId: string;
  readonly appId: string | null;
  readonly recordType: string;
  readonly blueprint: BlueprintSpec;
  readonly text: RuleText;
  readonly types: RuleTypes;
}

/** Reads a draft for a viewer who may do something with rules. Throws InvalidInputError (`recordType`), NotFoundError for a workspace or an app. */
export async function readDraft(
  { prisma }: Pick<Database, 'prisma'>,
  viewer: Viewer,
  permission: Permission,
  raw: RuleDraftInput,
): Promise<RuleDraft> {
  const { workspaceId, app, recordType, ...texts } = parseInput(draftInput, raw);
  assertCan(viewer, workspaceId, permission);
  const [appId, blueprints] = await Promise.all([
    app == null ? null : prisma.app.findFirst({ where: { ...app, workspaceId }, select: { id: true } }).then((found) => found?.id),
    blueprintsOf(prisma, workspaceId),
  ]);
  if (appId === undefined) throw new NotFoundError(`No such ${keyedApp.noun}.`);
  const blueprint = blueprintCalled(blueprints, recordType);
  if (blueprint === null) throw invalid(['recordType'], 'There is no such type of records in the workspace.', 'UNKNOWN_BLUEPRINT');
  const rules = await delayedRules(prisma, { workspaceId, appId, blueprint: blueprint.key });
  const { trigger, expressions, condition, actions } = texts;
  return {
    workspaceId,
    appId,
    recordType,
    blueprint,
    text: { trigger: trigger ?? '', expressions: expressions ?? '', condition: condition ?? '', actions: actions ?? '' },
    types: typesOf(blueprints, blueprint.key, appId, new Set(rules.map(({ name }) => name))),
  };
}

/** The draft as it would be checked when it is saved. */
export function checkDraft({
  recordType,
  blueprint,
  text: { trigger, expressions, condition, actions },
  types,
  appId,
}: RuleDraft): Checked {
  const spec = {
    recordType,
    blueprint: blueprint.key,
    trigger,
    expressions: { form: 'TEXT', text: expressions },
    condition,
    actions: { form: 'TEXT', text: actions },
    description: '',
  } as const;
  return checkSpec(spec, types, appId !== null);
}

import { parseRule } from '#language/rule/parse';
import type { Rule } from '#language/rule/syntax';
import type { RuleTypes } from '#language/rule/world';
import type { Sql, Statement } from '#platform/db/database';
import type { BlueprintSpec } from '#domain/record/blueprint.spec';
import { type RuleFailure, languageFailure } from './rule.failure.js';
import type { RuleHome } from './rule.send.js';
import { type RuleSpec, ruleText, specOf } from './rule.spec.js';
import type { Scopes } from './rule.scope.js';
import { typesOf } from './rule.types.js';
import type { RuleInstance } from './rule.world.js';

/** The text of a rule, read for execution. */
export interface ReadRule {
  /** Null: it is no rule, and `failure` says why. */
  readonly tree: Rule | null;
  readonly failure: RuleFailure | null;
}

/** What never changes of a version. */
export interface LoadedRule extends ReadRule {
  readonly automationId: string;
  /** The workspace of the rule itself. */
  readonly workspaceId: string;
  readonly blueprint: string;
}

export function readRuleText(spec: RuleSpec): ReadRule {
  const parsed = parseRule(ruleText(spec));
  if (parsed.ok) return { tree: parsed.tree, failure: null };
  const [error] = parsed.errors;
  return { tree: null, failure: error === undefined ? null : languageFailure(error) };
}

const readVersions: Statement = {
  name: 'rule.versions',
  text: `
SELECT v.id AS "versionId", v.spec, a.id AS "automationId", a."workspaceId"
FROM "AutomationVersion" v JOIN "Automation" a ON a.id = v."automationId" WHERE v.id = ANY($1::uuid[])`,
};

interface VersionRow {
  readonly versionId: string;
  readonly spec: unknown;
  readonly automationId: string;
  readonly workspaceId: string;
}

/** An app in a workspace, as its rules act through it. */
export interface ActingInstance {
  readonly instance: RuleInstance;
  readonly scopes: Scopes;
  readonly app: NonNullable<RuleHome['app']>;
}

const readInstances: Statement = {
  name: 'rule.instances',
  text: `
SELECT i.id, app.name, i."customFields", i.scopes, app.id AS "appId", app.scopes AS "appScopes", app."webhookUrl"
FROM "AppInstance" i JOIN "App" app ON app.id = i."appId" WHERE i.id = ANY($1::uuid[])`,
};

interface InstanceRow extends RuleInstance {
  readonly scopes: readonly string[];
  readonly appId: string;
  readonly appScopes: readonly string[];
  readonly webhookUrl: string | null;
}

export async function loadInstances(sql: Sql, instanceIds: readonly string[]): Promise<ReadonlyMap<string, ActingInstance>> {
  if (instanceIds.length === 0) return new Map();
  const rows = await sql.query<InstanceRow>(readInstances, [instanceIds]);
  return new Map(
    rows.map(({ id, name, customFields, scopes, appId, appScopes, webhookUrl }) => [
      id,
      { instance: { id, name, customFields }, scopes: [appScopes, scopes], app: { id: appId, webhookUrl } },
    ]),
  );
}

/** Rules by their versions, and the types that they know: what was read once is not read again. */
export interface RuleShelf {
  /** Those of a version that is gone are absent. */
  rules(sql: Sql, versionIds: readonly string[]): Promise<ReadonlyMap<string, LoadedRule>>;
  /** `hasApp`: whether the rule is an app's. */
  types(blueprints: readonly BlueprintSpec[], record: string, hasApp: boolean): RuleTypes;
}

/** Trees that are kept: some kilobytes each. */
const mostRules = 20_000;
const mostTypes = 500;

export function createRuleShelf(): RuleShelf {
  const known = new Map<string, LoadedRule>();
  const types = new Map<string, { readonly blueprints: readonly BlueprintSpec[]; readonly types: RuleTypes }>();

  /** What rules of one event ask for, one after the other. */
  const [ofApps, ofNone] = [new WeakMap<object, Map<string, RuleTypes>>(), new WeakMap<object, Map<string, RuleTypes>>()];

  function typesFor(blueprints: readonly BlueprintSpec[], record: string, hasApp: boolean): RuleTypes {
    const key = `${blueprints[0]?.workspaceId ?? ''} ${record} ${String(hasApp)}`;
    const kept = types.get(key);
    // A blueprint that was changed is another object.
    if (kept?.blueprints.length === blueprints.length && kept.blueprints.every((one, index) => one === blueprints[index]))
      return kept.types;
    const made = typesOf(blueprints, record, hasApp ? 'app' : null, null);
    types.delete(key);
    types.set(key, { blueprints, types: made });
    trim(types, mostTypes);
    return made;
  }

  function trim(map: Map<string, unknown>, most: number): void {
    for (const oldest of map.keys()) {
      if (map.size <= most) break;
      map.delete(oldest);
    }
  }

  return {
    rules: async (sql, versionIds) => {
      const found = new Map<string, LoadedRule>();
      const missing: string[] = [];
      for (const id of versionIds) {
        const rule = known.get(id);
        if (rule === undefined) missing.push(id);
        else found.set(id, rule);
      }
      if (missing.length > 0)
        for (const { versionId, spec, automationId, workspaceId } of await sql.query<VersionRow>(readVersions, [missing])) {
          const read = specOf(spec);
          const rule = { ...readRuleText(read), automationId, workspaceId, blueprint: read.blueprint };
          known.set(versionId, rule);
          found.set(versionId, rule);
        }
      trim(known, mostRules);
      return found;
    },
    types: (blueprints, record, hasApp) => {
      const asked = hasApp ? ofApps : ofNone;
      const again = asked.get(blueprints)?.get(record);
      if (again !== undefined) return again;
      const found = typesFor(blueprints, record, hasApp);
      asked.set(blueprints, (asked.get(blueprints) ?? new Map<string, RuleTypes>()).set(record, found));
      return found;
    },
  };
}

import { fuelOf, spend } from '#language/fuel';
import { Fault } from '#language/language-error';
import type { JsonValue } from '#language/value';
import { type Answer, after, inTurn, otherwise } from './answer.js';
import { fieldProblem } from './check.js';
import { type Environment, evaluate } from './evaluate.js';
import { displayDuration, displayOf, displayTime, durationOf, later } from './operations.js';
import { type Reason, reasonOf } from './reason.js';
import { type RuleError, ruleError, RuleFault } from './rule-error.js';
import { namesOf } from './scope.js';
import type { Action, Block, Change, Expression, Rule } from './syntax.js';
import { isKind, isRuleList, isTruthy, kindName, type RuleRecord, type RuleTime, type RuleValue } from './value.js';
import type { RuleWorld } from './world.js';

/** What a rule wants done. Nothing of it has been done. */
export type Effect = { readonly label: string } /** A record that `new` describes, before its first use. */ & (
  | { readonly type: 'create'; readonly record: RuleRecord }
  | { readonly type: 'set'; readonly target: RuleRecord; readonly field: readonly string[]; readonly value: RuleValue }
  | { readonly type: 'note'; readonly target: RuleRecord; readonly text: string; readonly mentions: readonly RuleRecord[] }
  | { readonly type: 'add' | 'remove'; readonly target: RuleRecord; readonly field: readonly string[]; readonly value: RuleValue }
  | { readonly type: 'clear'; readonly target: RuleRecord; readonly field: readonly string[] }
  /** The target was nil: there is a warning, and nothing is done. */
  | { readonly type: 'skip' }
  | { readonly type: 'trigger'; readonly rule: string; readonly record: RuleRecord; readonly due: RuleTime }
  | { readonly type: 'webhook'; readonly webhook: string; readonly payload: { readonly [name: string]: JsonValue } | null }
  | { readonly type: 'email'; readonly to: readonly (RuleRecord | string)[]; readonly subject: string; readonly body: string }
);

export type Outcome = { readonly values: readonly { readonly name: string; readonly value: RuleValue }[] } & (
  | { readonly status: 'MET'; readonly effects: readonly Effect[] }
  | { readonly status: 'NOT_MET'; readonly failed: Reason }
  /** Nothing of the rule may be done. */
  | { readonly status: 'FAILED'; readonly error: RuleError }
);

/**
 * Evaluates a rule: its expressions from the top, its condition, and, where that is met, what its actions want. It is answered at once where
 * nothing has to be read for it.
 */
export function evaluateRule(rule: Rule, world: RuleWorld, limits: { readonly fuel?: number } = {}): Answer<Outcome> {
  const fuel = fuelOf(limits.fuel);
  const values = new Map<string, RuleValue>();
  const mentions: RuleRecord[] = [];
  const env: Environment = {
    world,
    names: namesOf(world.types),
    values,
    members: [],
    fuel,
    made: { count: 0 },
    mention: (person) => mentions.push(person),
  };
  const logged = () => [...values].map(([name, value]) => ({ name, value }));
  let block: Block = 'expressions';
  const wanted = async (): Promise<Outcome> => {
    block = 'actions';
    return { status: 'MET', values: logged(), effects: await allEffects(rule.actions, env, mentions) };
  };
  const judged = (): Answer<Outcome> => {
    block = 'condition';
    const { condition } = rule;
    if (condition === null) return wanted();
    return after(evaluate(condition, env), (value): Answer<Outcome> => {
      if (isTruthy(value)) return wanted();
      return after(reasonOf(rule, condition, env), (failed) => ({ status: 'NOT_MET', values: logged(), failed }));
    });
  };
  const evaluated = () =>
    inTurn(rule.expressions, ({ name, value }) =>
      after(evaluate(value, env), (found) => {
        values.set(name, found);
        return true;
      }),
    );
  return otherwise(
    () => after(evaluated(), judged),
    (error) => {
      if (!(error instanceof RuleFault) && !(error instanceof Fault)) throw error;
      return { status: 'FAILED', values: logged(), error: ruleError(block, rule.text, error) };
    },
  );
}

/** Changes that the actions of one rule may want: each is a write of its own, and all of them are one transaction. */
const mostEffects = 1_000;

async function allEffects(actions: Rule['actions'], env: Environment, mentions: RuleRecord[]): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  const made = new Set<string>();
  for (const { label, action, at } of actions) {
    mentions.length = 0;
    const wanted = await effectsOf(label, action, env, mentions);
    if (effects.length + wanted.length > mostEffects)
      throw new RuleFault('TOO_LONG', `The actions want more than ${String(mostEffects)} changes.`, at);
    const [first] = wanted;
    const value = first !== undefined && 'value' in first ? first.value : null;
    spend(env.fuel, wanted.length * (1 + itemsIn(value)), at);
    // The value is the same for all targets.
    let shared = recordsIn(value);
    for (const effect of wanted) {
      const used = 'target' in effect ? [effect.target, ...shared] : shared;
      shared = [];
      for (const record of used) {
        if (record.template === undefined || made.has(String(record.id))) continue;
        made.add(String(record.id));
        effects.push({ label, type: 'create', record });
      }
      effects.push(effect);
    }
  }
  return effects;
}

function itemsIn(value: RuleValue): number {
  return isRuleList(value) ? value.reduce<number>((sum, item) => sum + 1 + itemsIn(item), 0) : 0;
}

function recordsIn(value: RuleValue): readonly RuleRecord[] {
  if (isRuleList(value)) return value.flatMap(recordsIn);
  return isKind(value, 'record') ? [value] : [];
}

async function effectsOf(label: string, action: Action, env: Environment, mentions: readonly RuleRecord[]): Promise<readonly Effect[]> {
  switch (action.type) {
    case 'change': {
      const targets = action.target === null ? [env.world.record] : await targetsOf(action.target, env);
      return targets === null ? [{ label, type: 'skip' }] : changesOf(label, targets, action.change, env, mentions);
    }
    case 'delay': {
      const due = later(env.world.now, durationOf(action.delay), action.delay.at);
      return [{ label, type: 'trigger', rule: action.rule, record: env.world.record, due }];
    }
    case 'webhook': {
      const { payload, payloadAt } = action;
      const entries = payload?.map((name) => [name, jsonOf(env.values.get(name) ?? null, env, payloadAt)] as const);
      return [{ label, type: 'webhook', webhook: action.webhook, payload: entries === undefined ? null : Object.fromEntries(entries) }];
    }
    case 'email': {
      const to = recipientsOf(await evaluate(action.to, env), action.to.at);
      const [subject, body] = [await textOf(action.subject, env), await textOf(action.body, env)];
      return [to.length === 0 ? { label, type: 'skip' } : { label, type: 'email', to, subject, body }];
    }
  }
}

/** Null where there is nothing to change. */
async function targetsOf(target: Expression, env: Environment): Promise<readonly RuleRecord[] | null> {
  const value = await evaluate(target, env);
  if (value === null) return null;
  return (isRuleList(value) ? value : [value]).flatMap((item) => {
    if (item === null) return [];
    if (!isKind(item, 'record')) throw new RuleFault('TYPE', `A record is updated, not ${kindName(item)}.`, target.at);
    return [item];
  });
}

async function changesOf(
  label: string,
  targets: readonly RuleRecord[],
  change: Change,
  env: Environment,
  mentions: readonly RuleRecord[],
): Promise<readonly Effect[]> {
  if (change.type === 'note') {
    const text = await textOf(change.text, env);
    const mentioned = [...new Map(mentions.map((person) => [`${person.type} ${String(person.id)}`, person])).values()];
    return targets.map((target) => ({ label, type: 'note', target, text, mentions: mentioned }));
  }
  for (const { type } of targets) {
    const problem = fieldProblem(change.field, type, env.world.types);
    if (problem !== null) throw new RuleFault(problem.code, problem.message, change.field.at);
  }
  const field = change.field.names;
  if (change.type === 'clear') return targets.map((target) => ({ label, type: 'clear', target, field }));
  const value = await evaluate(change.value, env);
  return targets.map((target) => ({ label, type: change.type, target, field, value }));
}

async function textOf(node: Expression, env: Environment): Promise<string> {
  return displayOf(await evaluate(node, env), { fuel: env.fuel, at: node.at });
}

function recipientsOf(value: RuleValue, at: number): readonly (RuleRecord | string)[] {
  if (value === null) return [];
  if (isRuleList(value)) return value.flatMap((item) => recipientsOf(item, at));
  if (typeof value === 'string' || isKind(value, 'record')) return [value];
  throw new RuleFault('TYPE', `An e-mail goes to a person or an address, not to ${kindName(value)}.`, at);
}

/** As a payload carries it. */
function jsonOf(value: RuleValue, env: Environment, at: number): JsonValue {
  spend(env.fuel, 1, at);
  if (value === null || typeof value !== 'object') return value;
  if (isRuleList(value)) return value.map((item) => jsonOf(item, env, at));
  switch (value.kind) {
    case 'time':
      return displayTime(value);
    case 'duration':
      return displayDuration(value);
    case 'choice':
      return value.value;
    case 'record':
      return { id: value.id, name: value.name };
    case 'object':
      return Object.fromEntries([...value.entries].map(([name, entry]) => [name, jsonOf(entry, env, at)]));
  }
}

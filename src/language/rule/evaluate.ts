import { spend, spendText, type Fuel } from '#language/fuel';
import { type Answer, after, each, firstThat, fold } from './answer.js';
import { type Argument, collectionFunctions, functions } from './functions.js';
import { calculate, compare, displayOf, durationOf, later, negative } from './operations.js';
import { compilePattern } from './pattern.js';
import { RuleFault } from './rule-error.js';
import { meaningOf, type Names } from './scope.js';
import type { Expression, Index, Step } from './syntax.js';
import { readTogether } from './together.js';
import { isKind, isRuleList, isTruthy, kindName, plainText, type RuleRecord, type RuleValue } from './value.js';
import type { FieldType, RuleWorld } from './world.js';

/** Where an expression is evaluated. */
export interface Environment {
  readonly world: RuleWorld;
  readonly names: Names;
  /** The expressions that stand above, with their values. */
  readonly values: ReadonlyMap<string, RuleValue>;
  /** The members whose conditions are being asked, the innermost first. */
  readonly members: readonly RuleValue[];
  readonly fuel: Fuel;
  /** Counts the records that are to be made. */
  readonly made: { count: number };
  /** Is told of everybody whom a text mentions. */
  readonly mention: (person: RuleRecord) => void;
}

/** The value of an expression. Throws RuleFault, or Fault where it takes too long. */
export function evaluate(node: Expression, env: Environment): Answer<RuleValue> {
  const { fuel } = env;
  spend(fuel, 1, node.at);
  switch (node.type) {
    case 'literal':
      return node.value;
    case 'duration': {
      const length = durationOf(node);
      return node.from === null ? length : moment(length, node.from, env, node.at);
    }
    case 'pattern':
      throw new RuleFault('SYNTAX', 'A pattern is no value.', node.at);
    case 'text':
      return fillText(node, env);
    case 'name':
      return lookUp(node.name, env, node.at);
    case 'call':
      return call(node, env);
    case 'list':
      return each(node.items, (item) => evaluate(item, env));
    case 'path':
      return after(evaluate(node.first, env), (first) => fold(node.steps, first, (value, step) => follow(value, step, env)));
    case 'unary':
      return after(evaluate(node.operand, env), (value) => (node.operator === 'not' ? !isTruthy(value) : negative(value, node.at)));
    case 'chain': {
      if (node.level === 'or' || node.level === 'and') return decide(node, node.level === 'or', env);
      return after(evaluate(node.first, env), (first) =>
        fold(node.rest, first, (left, { operator, right }) =>
          after(evaluate(right, env), (value) =>
            operator === 'or' || operator === 'and' ? left : calculate(operator, left, value, { fuel, at: node.at }),
          ),
        ),
      );
    }
    case 'compare':
      return after(evaluate(node.left, env), (left) => comparison(node, left, env));
    case 'ternary':
      return after(evaluate(node.test, env), (test) => evaluate(isTruthy(test) ? node.then : node.otherwise, env));
  }
}

type Chain = Extract<Expression, { type: 'chain' }>;

/** What stands between the operators of a chain. */
export const partsOf = ({ first, rest }: Chain): readonly Expression[] => [first, ...rest.map(({ right }) => right)];

function decide(node: Chain, decisive: boolean, env: Environment): Answer<boolean> {
  const decided = firstThat(partsOf(node), (part) => after(evaluate(part, env), (value) => isTruthy(value) === decisive));
  return after(decided, (part) => (part === null ? !decisive : decisive));
}

function comparison(node: Extract<Expression, { type: 'compare' }>, left: RuleValue, env: Environment): Answer<boolean> {
  const { operator, right } = node;
  if (operator === '=~') return matches(left, right, env);
  const cost = { fuel: env.fuel, at: node.at };
  // Beside a choice, the name of one of its values is that value, also where an expression is called so.
  if (isKind(left, 'choice') && right.type === 'name' && left.order.includes(right.name)) return compare(operator, left, right.name, cost);
  return after(evaluate(right, env), (value) => compare(operator, left, value, cost));
}

function moment(length: RuleValue, from: 'ago' | 'from_now', { world }: Environment, at: number): RuleValue {
  if (!isKind(length, 'duration')) throw new RuleFault('TYPE', `${from} goes with a duration, not with ${kindName(length)}.`, at);
  return later(world.now, from === 'from_now' ? length : { ...length, months: 0 - length.months, ms: 0 - length.ms }, at);
}

function matches(left: RuleValue, right: Expression, { fuel }: Environment): boolean {
  if (left === null || right.type !== 'pattern') return false;
  const text = isKind(left, 'record') ? left.name : plainText(left);
  if (text === null) throw new RuleFault('TYPE', `=~ looks into a text, not into ${kindName(left)}.`, right.at);
  spendPattern(text, right.source, fuel, right.at);
  return compilePattern(right.source, right.at).matcher(text).find();
}

/** Linear in the text, with the length of the pattern as its factor. */
function spendPattern(text: string, pattern: string, fuel: Fuel, at: number): void {
  spend(fuel, 50 + Math.ceil((text.length * pattern.length) / 16), at);
}

function fillText(node: Extract<Expression, { type: 'text' }>, env: Environment): Answer<string> {
  const cost = { fuel: env.fuel, at: node.at };
  const paid = (text: string) => {
    spendText(env.fuel, text.length, node.at);
    return text;
  };
  return fold(node.parts, '', (text, part) => {
    if (typeof part === 'string') return paid(text + part);
    return after(evaluate(part.value, env), (value) =>
      paid(text + (part.mention ? mention(value, env, part.value.at) : displayOf(value, cost))),
    );
  });
}

function mention(value: RuleValue, env: Environment, at: number): string {
  if (value === null) return '';
  if (isRuleList(value)) return value.map((item) => mention(item, env, at)).join(', ');
  if (!isKind(value, 'record')) throw new RuleFault('TYPE', `Only a person can be mentioned, not ${kindName(value)}.`, at);
  spend(env.fuel, 1, at);
  env.mention(value);
  return `@${value.name}`;
}

function lookUp(name: string, env: Environment, at: number): Answer<RuleValue> {
  for (const member of env.members) {
    if (isKind(member, 'record')) {
      const field = env.names.types.types.get(member.type)?.fields.get(name);
      if (field !== undefined) return fieldOf(member, name, field, env);
    }
    if (isKind(member, 'object') && member.entries.has(name)) return member.entries.get(name) ?? null;
  }
  const meaning = meaningOf(name, (word) => env.values.has(word), env.names);
  switch (meaning?.type) {
    case undefined:
      throw new RuleFault('UNKNOWN_NAME', `There is no “${name}”.`, at);
    case 'expression':
      return env.values.get(name) ?? null;
    case 'field':
      return fieldOf(env.world.record, name, meaning.field, env);
    case 'was':
      return after(env.world.was(meaning.name), (value) => chosen(value, meaning.field));
    case 'root':
      return after(env.world.root(name), (value) => chosen(value, meaning.field));
    case 'now':
      return env.world.now;
    case 'today':
      return { kind: 'time', ms: env.world.now.ms - (((env.world.now.ms % 86_400_000) + 86_400_000) % 86_400_000) };
    case 'static':
      return name;
  }
}

/** A value of a choice brings the order of the choice along. */
function chosen(value: RuleValue, field: FieldType): RuleValue {
  return field.type === 'choice' && typeof value === 'string' ? { kind: 'choice', value, order: field.values } : value;
}

function fieldOf(record: RuleRecord, name: string, field: FieldType, env: Environment): Answer<RuleValue> {
  // What is still to be made has no fields yet.
  if (record.template !== undefined) return null;
  return after(env.world.field(record, name), (value) => chosen(value, field));
}

type Call = Extract<Expression, { type: 'call' }>;

function call(node: Call, env: Environment): Answer<RuleValue> {
  const [first, second] = node.args;
  if (first?.type !== 'name' || second === undefined || node.args.length !== 2)
    throw new RuleFault('TYPE', `${node.name} takes a type and a text.`, node.at);
  return after(evaluate(second, env), (key) => called(node, first.name, key, env));
}

function called(node: Call, type: string, key: RuleValue, env: Environment): Answer<RuleValue> {
  if (key === null) return node.name === 'find_all' ? [] : null;
  const text = isKind(key, 'record') ? key.name : plainText(key);
  spend(env.fuel, 50, node.at);
  switch (node.name) {
    case 'find':
      if (typeof key !== 'number' && text === null)
        throw new RuleFault('TYPE', `find looks for a text or a number, not for ${kindName(key)}.`, node.at);
      return env.world.find(type, typeof key === 'number' ? key : (text ?? ''));
    case 'find_all':
      // It looks at every record of a type.
      spend(env.fuel, 2_000, node.at);
      if (text === null) throw new RuleFault('TYPE', `find_all looks for a text, not for ${kindName(key)}.`, node.at);
      return env.world.findAll(type, text);
    case 'new':
      if (text === null) throw new RuleFault('TYPE', `new takes the name of a template, not ${kindName(key)}.`, node.at);
      env.made.count++;
      return { kind: 'record', type, id: `new-${String(env.made.count)}`, name: text, template: text };
    default:
      throw new RuleFault('UNKNOWN_NAME', `There is no function “${node.name}”. There are: find, find_all, new.`, node.at);
  }
}

/** Nil anywhere on a path makes it nil. */
function follow(value: RuleValue, step: Step, env: Environment): Answer<RuleValue> {
  spend(env.fuel, 1, step.at);
  switch (step.type) {
    case 'index':
      return indexed(value, step.index, env, step.at);
    case 'method':
      return method(value, step, env);
    case 'field':
      return member(value, step.name, env, step.at);
  }
}

function member(value: RuleValue, name: string, env: Environment, at: number): Answer<RuleValue> {
  spend(env.fuel, 1, at);
  if (value === null) return null;
  if (isRuleList(value)) {
    if (collectionFunctions.has(name)) return applied(value, name, [], env, at);
    const found = after(readTogether(value, env), () => each(value, (item) => member(item, name, env, at)));
    return after(found, (of) => of.flat());
  }
  if (isKind(value, 'object')) return value.entries.get(name) ?? null;
  if (isKind(value, 'record')) {
    const field = env.names.types.types.get(value.type)?.fields.get(name);
    if (field === undefined) throw new RuleFault('UNKNOWN_FIELD', `A ${value.type} has no field “${name}”.`, at);
    return fieldOf(value, name, field, env);
  }
  if (name === 'ago' || name === 'from_now') return moment(value, name, env, at);
  if (functions.has(name)) return applied(value, name, [], env, at);
  throw new RuleFault('TYPE', `${kindName(value)} has no “${name}”.`, at);
}

function applied(value: RuleValue, name: string, args: readonly Argument[], { fuel }: Environment, at: number): RuleValue {
  const found = functions.get(name);
  if (found === undefined) throw new RuleFault('UNKNOWN_NAME', `There is no function “${name}”.`, at);
  if (args.length < found.least || args.length > found.most)
    throw new RuleFault('TYPE', `${name} takes ${found.least === found.most ? '' : `${found.least} to `}${found.most} arguments.`, at);
  return found.apply(value, args, { fuel, at });
}

function indexed(value: RuleValue, index: Index, env: Environment, at: number): Answer<RuleValue> {
  if (value === null) return null;
  if (isKind(value, 'object')) return typeof index === 'string' ? (value.entries.get(index) ?? null) : null;
  if (isKind(value, 'record') && typeof index === 'string') return member(value, index, env, at);
  if (!isRuleList(value)) throw new RuleFault('TYPE', `There is no place in ${kindName(value)}.`, at);
  if (typeof index === 'number') return value[index - 1] ?? null;
  if (typeof index === 'object') return (index.end === 'first' ? value[0] : value.at(-1)) ?? null;
  spend(env.fuel, value.length, at);
  return value.find((item) => (isKind(item, 'record') ? item.name : plainText(item)) === index) ?? null;
}

function method(value: RuleValue, step: Extract<Step, { type: 'method' }>, env: Environment): Answer<RuleValue> {
  const { name, at } = step;
  if (name === 'select' || name === 'reject' || name === 'map') return throughMembers(value, name, step, env);
  if (name === 'target_at' || name === 'duration') return calendar(value, name, step, env);
  const args = each(step.args, (arg): Answer<Argument> => {
    if (arg.type !== 'pattern') return evaluate(arg, env);
    spendPattern(plainText(value) ?? '', arg.source, env.fuel, arg.at);
    return { kind: 'pattern', pattern: compilePattern(arg.source, arg.at) };
  });
  return after(args, (given) =>
    !functions.has(name) && given.length === 0 ? member(value, name, env, at) : applied(value, name, given, env, at),
  );
}

function throughMembers(
  value: RuleValue,
  name: 'select' | 'reject' | 'map',
  { args: [body], at }: Extract<Step, { type: 'method' }>,
  env: Environment,
): Answer<RuleValue> {
  if (value === null) return null;
  if (!isRuleList(value)) throw new RuleFault('TYPE', `${name} goes with a collection, not with ${kindName(value)}.`, at);
  if (body === undefined) throw new RuleFault('TYPE', `${name} takes one argument.`, at);
  const results = after(readTogether(value, env, body), () =>
    each(value, (item) => evaluate(body, { ...env, members: [item, ...env.members] })),
  );
  return after(results, (found) =>
    name === 'map' ? found : value.filter((_, index) => isTruthy(found[index] ?? null) === (name === 'select')),
  );
}

function calendar(
  value: RuleValue,
  name: 'target_at' | 'duration',
  { args, at }: Extract<Step, { type: 'method' }>,
  env: Environment,
): Answer<RuleValue> {
  if (value === null) return null;
  return after(
    each(args, (arg) => evaluate(arg, env)),
    ([start = null, second = null]): Answer<RuleValue> => {
      if (start === null || second === null) return null;
      if (isKind(value, 'record') && isKind(start, 'time')) {
        spend(env.fuel, 50, at);
        if (name === 'target_at' && isKind(second, 'duration')) return env.world.targetAt(value, start, second);
        if (name === 'duration' && isKind(second, 'time')) return env.world.workingTime(value, start, second);
      }
      throw new RuleFault('TYPE', `${name} of a calendar takes a time and ${name === 'duration' ? 'another' : 'a duration'}.`, at);
    },
  );
}

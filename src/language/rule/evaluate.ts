import { spend, spendText, type Fuel } from '#language/fuel';
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
export async function evaluate(node: Expression, env: Environment): Promise<RuleValue> {
  const { fuel } = env;
  const cost = { fuel, at: node.at };
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
    case 'list': {
      const items: RuleValue[] = [];
      for (const item of node.items) items.push(await evaluate(item, env));
      return items;
    }
    case 'path': {
      let value = await evaluate(node.first, env);
      for (const step of node.steps) value = await follow(value, step, env);
      return value;
    }
    case 'unary': {
      const value = await evaluate(node.operand, env);
      return node.operator === 'not' ? !isTruthy(value) : negative(value, node.at);
    }
    case 'chain': {
      if (node.level === 'or' || node.level === 'and') {
        const decisive = node.level === 'or';
        for (const part of [node.first, ...node.rest.map(({ right }) => right)])
          if (isTruthy(await evaluate(part, env)) === decisive) return decisive;
        return !decisive;
      }
      let left = await evaluate(node.first, env);
      for (const { operator, right } of node.rest) {
        const value = await evaluate(right, env);
        if (operator !== 'or' && operator !== 'and') left = calculate(operator, left, value, cost);
      }
      return left;
    }
    case 'compare': {
      const left = await evaluate(node.left, env);
      if (node.operator === '=~') return matches(left, node.right, env);
      // Beside a choice, the name of one of its values is that value, also where an expression is called so.
      if (isKind(left, 'choice') && node.right.type === 'name' && left.order.includes(node.right.name))
        return compare(node.operator, left, node.right.name, cost);
      return compare(node.operator, left, await evaluate(node.right, env), cost);
    }
    case 'ternary':
      return evaluate(isTruthy(await evaluate(node.test, env)) ? node.then : node.otherwise, env);
  }
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

async function fillText(node: Extract<Expression, { type: 'text' }>, env: Environment): Promise<string> {
  const cost = { fuel: env.fuel, at: node.at };
  let text = '';
  for (const part of node.parts) {
    if (typeof part === 'string') text += part;
    else {
      const value = await evaluate(part.value, env);
      text += part.mention ? mention(value, env, part.value.at) : displayOf(value, cost);
    }
    spendText(env.fuel, text.length, node.at);
  }
  return text;
}

function mention(value: RuleValue, env: Environment, at: number): string {
  if (value === null) return '';
  if (isRuleList(value)) return value.map((item) => mention(item, env, at)).join(', ');
  if (!isKind(value, 'record')) throw new RuleFault('TYPE', `Only a person can be mentioned, not ${kindName(value)}.`, at);
  spend(env.fuel, 1, at);
  env.mention(value);
  return `@${value.name}`;
}

async function lookUp(name: string, env: Environment, at: number): Promise<RuleValue> {
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
      return chosen(await env.world.was(meaning.name), meaning.field);
    case 'root':
      return chosen(await env.world.root(name), meaning.field);
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

async function fieldOf(record: RuleRecord, name: string, field: FieldType, env: Environment): Promise<RuleValue> {
  // What is still to be made has no fields yet.
  return record.template === undefined ? chosen(await env.world.field(record, name), field) : null;
}

async function call(node: Extract<Expression, { type: 'call' }>, env: Environment): Promise<RuleValue> {
  const [first, second] = node.args;
  if (first?.type !== 'name' || second === undefined || node.args.length !== 2)
    throw new RuleFault('TYPE', `${node.name} takes a type and a text.`, node.at);
  const key = await evaluate(second, env);
  const type = first.name;
  if (key === null) return node.name === 'find_all' ? [] : null;
  const text = isKind(key, 'record') ? key.name : plainText(key);
  spend(env.fuel, 50, node.at);
  switch (node.name) {
    case 'find':
      if (typeof key !== 'number' && text === null)
        throw new RuleFault('TYPE', `find looks for a text or a number, not for ${kindName(key)}.`, node.at);
      return env.world.find(type, typeof key === 'number' ? key : (text ?? ''));
    case 'find_all':
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
async function follow(value: RuleValue, step: Step, env: Environment): Promise<RuleValue> {
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

async function member(value: RuleValue, name: string, env: Environment, at: number): Promise<RuleValue> {
  spend(env.fuel, 1, at);
  if (value === null) return null;
  if (isRuleList(value)) {
    if (collectionFunctions.has(name)) return applied(value, name, [], env, at);
    await readTogether(value, env);
    const found: RuleValue[] = [];
    for (const item of value) {
      const of = await member(item, name, env, at);
      if (isRuleList(of)) found.push(...of);
      else found.push(of);
    }
    return found;
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

async function indexed(value: RuleValue, index: Index, env: Environment, at: number): Promise<RuleValue> {
  if (value === null) return null;
  if (isKind(value, 'object')) return typeof index === 'string' ? (value.entries.get(index) ?? null) : null;
  if (isKind(value, 'record') && typeof index === 'string') return member(value, index, env, at);
  if (!isRuleList(value)) throw new RuleFault('TYPE', `There is no place in ${kindName(value)}.`, at);
  if (typeof index === 'number') return value[index - 1] ?? null;
  if (typeof index === 'object') return (index.end === 'first' ? value[0] : value.at(-1)) ?? null;
  spend(env.fuel, value.length, at);
  return value.find((item) => (isKind(item, 'record') ? item.name : plainText(item)) === index) ?? null;
}

async function method(value: RuleValue, step: Extract<Step, { type: 'method' }>, env: Environment): Promise<RuleValue> {
  const { name, at } = step;
  if (name === 'select' || name === 'reject' || name === 'map') return throughMembers(value, name, step, env);
  if (name === 'target_at' || name === 'duration') return calendar(value, name, step, env);
  const args: Argument[] = [];
  for (const arg of step.args) {
    if (arg.type !== 'pattern') args.push(await evaluate(arg, env));
    else {
      spendPattern(plainText(value) ?? '', arg.source, env.fuel, arg.at);
      args.push({ kind: 'pattern', pattern: compilePattern(arg.source, arg.at) });
    }
  }
  if (!functions.has(name) && args.length === 0) return member(value, name, env, at);
  return applied(value, name, args, env, at);
}

async function throughMembers(
  value: RuleValue,
  name: 'select' | 'reject' | 'map',
  { args: [body], at }: Extract<Step, { type: 'method' }>,
  env: Environment,
): Promise<RuleValue> {
  if (value === null) return null;
  if (!isRuleList(value)) throw new RuleFault('TYPE', `${name} goes with a collection, not with ${kindName(value)}.`, at);
  if (body === undefined) throw new RuleFault('TYPE', `${name} takes one argument.`, at);
  await readTogether(value, env, body);
  const found: RuleValue[] = [];
  for (const item of value) {
    const result = await evaluate(body, { ...env, members: [item, ...env.members] });
    if (name === 'map') found.push(result);
    else if (isTruthy(result) === (name === 'select')) found.push(item);
  }
  return found;
}

async function calendar(
  value: RuleValue,
  name: 'target_at' | 'duration',
  { args, at }: Extract<Step, { type: 'method' }>,
  env: Environment,
): Promise<RuleValue> {
  if (value === null) return null;
  const values: RuleValue[] = [];
  for (const arg of args) values.push(await evaluate(arg, env));
  const [start = null, second = null] = values;
  if (start === null || second === null) return null;
  if (isKind(value, 'record') && isKind(start, 'time')) {
    spend(env.fuel, 50, at);
    if (name === 'target_at' && isKind(second, 'duration')) return env.world.targetAt(value, start, second);
    if (name === 'duration' && isKind(second, 'time')) return env.world.workingTime(value, start, second);
  }
  throw new RuleFault('TYPE', `${name} of a calendar takes a time and ${name === 'duration' ? 'another' : 'a duration'}.`, at);
}

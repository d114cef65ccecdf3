import { collectionFunctions, functions } from './functions.js';
import { maxErrors, type RuleError, ruleError, type RuleErrorCode, RuleFault } from './rule-error.js';
import { meaningOf, type Names, namesOf } from './scope.js';
import { type Action, type Block, type Change, type Expression, expressionParts, type Field, type Rule, type Step } from './syntax.js';
import type { FieldType, RuleTypes } from './world.js';

/** What can be known of a value before there are records: null where nothing is. */
type Shape = null | { readonly type: 'record' | 'list'; readonly of: string };

interface Checking {
  readonly names: Names;
  readonly known: ReadonlyMap<string, Shape>;
  /** Of every expression of the rule, also of those below. */
  readonly all: ReadonlySet<string>;
  /** What `select` and its like are asked about, the innermost first. */
  readonly members: readonly Shape[];
  readonly report: (code: RuleErrorCode, message: string, at: number) => void;
}

/** What is wrong with the names of a rule, given the types of records. What its values are is seen when it runs. */
export function checkRule(rule: Rule, types: RuleTypes): readonly RuleError[] {
  const errors: RuleError[] = [];
  const known = new Map<string, Shape>();
  const checking = (block: Block): Checking => ({
    names: namesOf(types),
    known,
    all: new Set(rule.expressions.map(({ name }) => name)),
    members: [],
    report: (code, message, at) => {
      if (errors.length < maxErrors) errors.push(ruleError(block, rule.text, new RuleFault(code, message, at)));
    },
  });
  const { trigger } = rule;
  if (trigger.type === 'field' && types.types.get(types.record)?.fields.has(trigger.field) !== true)
    checking('trigger').report('UNKNOWN_TRIGGER', `A ${types.record} has no field “${trigger.field}” that could be updated.`, 0);
  const inExpressions = checking('expressions');
  for (const { name, value } of rule.expressions) known.set(name, shapeOf(value, inExpressions));
  if (rule.condition !== null) shapeOf(rule.condition, checking('condition'));
  const inActions = checking('actions');
  for (const { action } of rule.actions) checkAction(action, inActions);
  return errors;
}

function checkAction(action: Action, env: Checking): void {
  switch (action.type) {
    case 'change':
      checkChange(action.change, action.target === null ? env.names.types.record : (shapeOf(action.target, env)?.of ?? null), env);
      return;
    case 'delay':
      return;
    case 'webhook':
      for (const name of action.payload ?? [])
        if (!env.known.has(name)) env.report('UNKNOWN_NAME', `There is no expression “${name}”.`, action.payloadAt);
      return;
    case 'email':
      for (const part of [action.to, action.subject, action.body]) shapeOf(part, env);
  }
}

function checkChange(change: Change, type: string | null, env: Checking): void {
  if (change.type === 'note') shapeOf(change.text, env);
  else {
    if (change.type !== 'clear') shapeOf(change.value, env);
    const problem = type === null ? null : fieldProblem(change.field, type, env.names.types);
    if (problem !== null) env.report(problem.code, problem.message, change.field.at);
  }
}

/** Why a field of a record cannot be written; null where it can. */
export function fieldProblem(
  { names }: Field,
  type: string,
  types: RuleTypes,
): { readonly code: RuleErrorCode; readonly message: string } | null {
  const [name = '', ...inner] = names;
  const field = types.types.get(type)?.fields.get(name);
  if (field === undefined || (inner.length > 0 && field.type !== 'object' && field.type !== 'any'))
    return { code: 'UNKNOWN_FIELD', message: `A ${type} has no field “${names.join('.')}”.` };
  return field.readOnly === true ? { code: 'READ_ONLY_FIELD', message: `${name} of a ${type} cannot be written.` } : null;
}

function shapeOf(node: Expression, env: Checking): Shape {
  switch (node.type) {
    case 'name':
      return shapeOfName(node.name, node.at, env);
    case 'call':
      return shapeOfCall(node, env);
    case 'path': {
      let shape = shapeOf(node.first, env);
      for (const step of node.steps) shape = shapeAfter(shape, step, env);
      return shape;
    }
    case 'ternary': {
      shapeOf(node.test, env);
      const [then, otherwise] = [shapeOf(node.then, env), shapeOf(node.otherwise, env)];
      return then?.type === otherwise?.type && then?.of === otherwise?.of ? then : null;
    }
    default:
      for (const part of expressionParts(node)) shapeOf(part, env);
      return null;
  }
}

function shapeOfName(name: string, at: number, env: Checking): Shape {
  for (const member of env.members) {
    const field = member === null ? undefined : fieldsOf(member.of, env)?.get(name);
    if (field !== undefined) return shapeOfField(field);
  }
  const meaning = meaningOf(name, (word) => env.known.has(word), env.names);
  switch (meaning?.type) {
    case 'expression':
      return env.known.get(name) ?? null;
    case 'field':
    case 'was':
    case 'root':
      return shapeOfField(meaning.field);
    case 'now':
    case 'today':
    case 'static':
      return null;
    case undefined:
      if (env.all.has(name))
        env.report('FORWARD_REFERENCE', `“${name}” stands further down: an expression may use those above it only.`, at);
      // A member of which nothing is known may have any field.
      else if (!env.members.includes(null)) env.report('UNKNOWN_NAME', `There is no “${name}”.`, at);
      return null;
  }
}

const fieldsOf = (type: string, { names }: Checking) => names.types.types.get(type)?.fields;

function shapeOfField(field: FieldType): Shape {
  if (field.type === 'one') return { type: 'record', of: field.of };
  return field.type === 'many' ? { type: 'list', of: field.of } : null;
}

const calls: Readonly<Record<string, 'record' | 'list'>> = { find: 'record', find_all: 'list', new: 'record' };

function shapeOfCall(node: Extract<Expression, { type: 'call' }>, env: Checking): Shape {
  const result = Object.hasOwn(calls, node.name) ? calls[node.name] : undefined;
  if (result === undefined) {
    env.report('UNKNOWN_NAME', `There is no function “${node.name}”. There are: ${Object.keys(calls).join(', ')}.`, node.at);
    return null;
  }
  const [type, ...rest] = node.args;
  for (const arg of rest) shapeOf(arg, env);
  if (type?.type !== 'name' || rest.length !== 1) {
    env.report('TYPE', `${node.name} takes the name of a type and a text.`, node.at);
    return null;
  }
  if (!env.names.types.types.has(type.name)) env.report('UNKNOWN_NAME', `There is no type “${type.name}”.`, type.at);
  return { type: result, of: type.name };
}

function shapeAfter(shape: Shape, step: Step, env: Checking): Shape {
  switch (step.type) {
    case 'index':
      return shape?.type === 'list' ? { type: 'record', of: shape.of } : null;
    case 'field':
      return shape === null ? null : shapeOfMember(shape, step.name, step.at, env);
    case 'method':
      return shapeAfterMethod(shape, step, env);
  }
}

function shapeOfMember(shape: Exclude<Shape, null>, name: string, at: number, env: Checking): Shape {
  if (shape.type === 'list' && collectionFunctions.has(name)) return shapeAfterFunction(shape, name);
  const fields = fieldsOf(shape.of, env);
  const field = fields?.get(name);
  if (field === undefined) {
    if (fields !== undefined) env.report('UNKNOWN_FIELD', `A ${shape.of} has no field “${name}”.`, at);
    return null;
  }
  const of = shapeOfField(field);
  return of === null || shape.type === 'record' ? of : { type: 'list', of: of.of };
}

function shapeAfterFunction(shape: Shape, name: string): Shape {
  if (shape?.type !== 'list') return null;
  if (name === 'first' || name === 'last') return { type: 'record', of: shape.of };
  return name === 'uniq' || name === 'reverse' ? shape : null;
}

/** How many arguments those functions take that are not in the table. */
const arities: Readonly<Record<string, number>> = { select: 1, reject: 1, map: 1, target_at: 2, duration: 2, ago: 0, from_now: 0 };

function shapeAfterMethod(shape: Shape, step: Extract<Step, { type: 'method' }>, env: Checking): Shape {
  const { name, args, at } = step;
  const arity = Object.hasOwn(arities, name) ? arities[name] : undefined;
  const least = arity ?? functions.get(name)?.least;
  const most = arity ?? functions.get(name)?.most;
  if (least === undefined || most === undefined) {
    env.report('UNKNOWN_NAME', `There is no function “${name}”.`, at);
    return null;
  }
  if (args.length < least || args.length > most)
    env.report('TYPE', `${name} takes ${least === most ? '' : `${least} to `}${most} argument${most === 1 ? '' : 's'}.`, at);
  if (name !== 'select' && name !== 'reject' && name !== 'map') {
    for (const arg of args) shapeOf(arg, env);
    return shapeAfterFunction(shape, name);
  }
  const member: Shape = shape === null ? null : { type: 'record', of: shape.of };
  const [result = null] = args.map((arg) => shapeOf(arg, { ...env, members: [member, ...env.members] }));
  if (name !== 'map') return shape;
  return result === null ? null : { type: 'list', of: result.of };
}

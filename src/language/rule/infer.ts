import { calls, methods } from './catalogue.js';
import { collectionFunctions, functions } from './functions.js';
import type { RuleErrorCode } from './rule-error.js';
import { meaningOf, type Names } from './scope.js';
import { type Expression, expressionParts, type Step } from './syntax.js';
import { boolean, common, duration, memberShape, number, type Shape, shapeOfField, text, time } from './shape.js';

/** Where an expression stands. */
export interface Surroundings {
  readonly names: Names;
  /** The expressions that it may use. */
  readonly known: { has(name: string): boolean; get(name: string): Shape | undefined };
  /** Of every expression of the rule, also of those below. */
  readonly all: ReadonlySet<string>;
  /** What `select` and its like are asked about, the innermost first. */
  readonly members: readonly Shape[];
  readonly report: (code: RuleErrorCode, message: string, at: number) => void;
}

export function shapeOf(node: Expression, env: Surroundings): Shape {
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
      return common([shapeOf(node.then, env), shapeOf(node.otherwise, env)]);
    }
    case 'literal':
      return node.value === null ? null : typeof node.value === 'string' ? text : typeof node.value === 'number' ? number : boolean;
    case 'duration':
      return node.from === null ? duration : time;
    case 'pattern':
      return null;
    default:
      return shapeOfWhole(
        node,
        expressionParts(node).map((part) => shapeOf(part, env)),
      );
  }
}

type Whole = Extract<Expression, { type: 'text' | 'list' | 'unary' | 'chain' | 'compare' }>;

function shapeOfWhole(node: Whole, parts: readonly Shape[]): Shape {
  switch (node.type) {
    case 'text':
      return text;
    case 'list':
      return { type: 'list', of: common(parts) };
    case 'compare':
      return boolean;
    case 'unary':
      return node.operator === 'not' ? boolean : (parts[0] ?? null);
    case 'chain': {
      if (node.level === 'or' || node.level === 'and') return boolean;
      const [first = null, ...rest] = parts;
      return rest.reduce((left, right, i) => calculated(left, node.rest[i]?.operator, right), first);
    }
  }
}

function calculated(left: Shape, operator: string | undefined, right: Shape): Shape {
  if (left?.type === 'choice') return text;
  if (left?.type === 'time') return operator === '-' && right?.type === 'time' ? duration : time;
  if (left?.type === 'duration' && right?.type === 'time') return time;
  return left?.type === 'text' || left?.type === 'number' || left?.type === 'duration' ? left : null;
}

function shapeOfName(name: string, at: number, env: Surroundings): Shape {
  for (const member of env.members) {
    const field = member?.type === 'record' ? fieldsOf(member.of, env)?.get(name) : undefined;
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
      return time;
    case 'static':
      return text;
    case undefined:
      if (env.all.has(name))
        env.report('FORWARD_REFERENCE', `“${name}” stands further down: an expression may use those above it only.`, at);
      // A member of which nothing is known may have any field.
      else if (env.members.every((member) => member?.type === 'record')) env.report('UNKNOWN_NAME', `There is no “${name}”.`, at);
      return null;
  }
}

export const fieldsOf = (type: string, { names }: Pick<Surroundings, 'names'>) => names.types.types.get(type)?.fields;

function shapeOfCall(node: Extract<Expression, { type: 'call' }>, env: Surroundings): Shape {
  const known = calls.has(node.name);
  if (!known) {
    env.report('UNKNOWN_NAME', `There is no function “${node.name}”. There are: ${[...calls.keys()].join(', ')}.`, node.at);
    return null;
  }
  const [type, ...rest] = node.args;
  for (const arg of rest) shapeOf(arg, env);
  if (type?.type !== 'name' || rest.length !== 1) {
    env.report('TYPE', `${node.name} takes the name of a type and a text.`, node.at);
    return null;
  }
  if (!env.names.types.types.has(type.name)) env.report('UNKNOWN_NAME', `There is no type “${type.name}”.`, type.at);
  const record: Shape = { type: 'record', of: type.name };
  return node.name === 'find_all' ? { type: 'list', of: record } : record;
}

function shapeAfter(shape: Shape, step: Step, env: Surroundings): Shape {
  switch (step.type) {
    case 'index':
      return shape?.type === 'list'
        ? shape.of
        : shape?.type === 'record' && typeof step.index === 'string'
          ? memberOf(shape, step.index, env)
          : null;
    case 'field':
      return shapeOfMember(shape, step.name, step.at, env);
    case 'method':
      return shapeAfterMethod(shape, step, env);
  }
}

function memberOf(shape: Extract<Shape, { type: 'record' }>, name: string, env: Surroundings): Shape {
  const field = fieldsOf(shape.of, env)?.get(name);
  return field === undefined ? null : shapeOfField(field);
}

export function shapeOfMember(shape: Shape, name: string, at: number, env: Surroundings): Shape {
  if (shape === null || shape.type === 'object') return null;
  if (shape.type === 'list' && !collectionFunctions.has(name)) {
    const of = shapeOfMember(shape.of, name, at, env);
    return { type: 'list', of: of?.type === 'list' ? of.of : of };
  }
  if (shape.type !== 'record') return methods.get(name)?.result(shape) ?? null;
  const fields = fieldsOf(shape.of, env);
  if (fields !== undefined && !fields.has(name)) env.report('UNKNOWN_FIELD', `A ${shape.of} has no field “${name}”.`, at);
  return memberOf(shape, name, env);
}

/** How many arguments those functions take that are not in the table. */
const arities: Readonly<Record<string, number>> = { select: 1, reject: 1, map: 1, target_at: 2, duration: 2, ago: 0, from_now: 0 };

function shapeAfterMethod(shape: Shape, step: Extract<Step, { type: 'method' }>, env: Surroundings): Shape {
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
    return methods.get(name)?.result(shape) ?? null;
  }
  const [result = null] = args.map((arg) => shapeOf(arg, { ...env, members: [memberShape(shape), ...env.members] }));
  return name === 'map' ? { type: 'list', of: result } : shape;
}

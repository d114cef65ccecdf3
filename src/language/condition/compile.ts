import { checkExpression } from '#language/check';
import { type FunctionName, functions as allFunctions, isFunctionName } from '#language/functions';
import { type Fuel, fuelOf } from '#language/fuel';
import { Fault, located, quoted, type Source } from '#language/language-error';
import { namesIn, namesUsed } from '#language/names';
import { parseExpression } from '#language/parser';
import type { Node } from '#language/syntax';
import { type CompiledTemplate, compileTemplate } from '#language/template';
import type { JsonValue } from '#language/value';
import { type Check, type ConditionOperator, conditionOperators, operatorNamed, type OperatorName, operators } from './operators.js';
import { parsePath, type Path } from './path.js';

/** What is asked of a value of the context. */
export interface Condition {
  /** A path such as `data.properties.tags['env']` or `properties/labels`, or an expression. */
  readonly field: string;
  readonly operator: ConditionOperator;
  /** A template, even in parts. None is the same as null. */
  readonly value?: JsonValue | undefined;
  /** Whether the field is an expression of the language of templates. */
  readonly expression?: boolean | undefined;
}

export type Field = { readonly type: 'path'; readonly path: Path } | { readonly type: 'expression'; readonly node: Node };

export interface CompiledCondition {
  readonly field: Field;
  readonly operator: OperatorName;
  readonly value: CompiledTemplate;
  /** What is asked, where the value is known before there is a context. */
  readonly check: Check | null;
  /** The names of the context that its field and its value refer to: what no condition refers to need not be read. */
  readonly names: ReadonlySet<string>;
  readonly fieldSource: Source;
  readonly valueSource: Source;
}

/** Conditions that were read; all of them are to hold. */
export type CompiledConditions = readonly CompiledCondition[];

export interface ConditionOptions {
  /** Where the list stands in some larger JSON: places of errors begin with it. */
  readonly path?: readonly string[];
  /** The functions that expressions and values may call; the default is all of them. */
  readonly functions?: readonly FunctionName[];
}

/** Longest list of conditions. */
export const maxConditions = 100;
/** In characters of JSON. */
const maxLength = 262_144;
/** Longest expression of a field, in characters. */
const maxExpression = 10_000;

/** Reads and checks a list of conditions. Throws {@link LanguageError} with the path to what is wrong, such as `['0', 'field']`. */
export function compileConditions(list: readonly Condition[], options: ConditionOptions = {}): CompiledConditions {
  const { path = [], functions = [...allFunctions.keys()].filter(isFunctionName) } = options;
  return located({ text: '', path }, () => {
    if (list.length > maxConditions) throw new Fault('TOO_LARGE', `There are at most ${String(maxConditions)} conditions.`, 0);
    if (JSON.stringify(list).length > maxLength)
      throw new Fault('TOO_LARGE', `A list of conditions has at most ${String(maxLength)} characters of JSON.`, 0);
    const fuel = fuelOf();
    return list.map((condition, i) => compile(condition, [...path, String(i)], functions, fuel));
  });
}

function compile(condition: Condition, path: readonly string[], functions: readonly FunctionName[], fuel: Fuel): CompiledCondition {
  const fieldSource = { text: condition.field, path: [...path, 'field'] };
  const operator = located({ text: condition.operator, path: [...path, 'operator'] }, () => readOperator(condition.operator));
  const field = located(fieldSource, () => readField(condition, functions));
  const given = condition.value ?? null;
  const valueSource = { text: typeof given === 'string' ? given : '', path: [...path, 'value'] };
  const value = compileTemplate(given, { path: valueSource.path, functions });
  return {
    field,
    operator,
    value,
    check: value.type === 'constant' ? located(valueSource, () => prepared(operator, value.value, fuel)) : null,
    names: new Set([...namesOf(field), ...namesUsed(value).map(({ name }) => name)]),
    fieldSource,
    valueSource,
  };
}

function readOperator(name: string): OperatorName {
  const operator = operatorNamed(name);
  if (operator !== null) return operator;
  throw new Fault('UNKNOWN_OPERATOR', `There is no operator ${quoted(name)}. There are: ${conditionOperators.join(', ')}.`, 0);
}

function readField({ field, expression = false }: Condition, functions: readonly FunctionName[]): Field {
  if (!expression) return { type: 'path', path: parsePath(field) };
  if (field.length > maxExpression)
    throw new Fault('TOO_LARGE', `The expression of a field has at most ${String(maxExpression)} characters.`, 0);
  if (field.trimStart().startsWith('{{')) throw new Fault('SYNTAX', 'The expression of a field is written without {{ }}.', 0);
  const node = parseExpression(field);
  checkExpression(node, functions);
  return { type: 'expression', node };
}

/** A value without slots that an operator can do nothing with is a mistake. */
function prepared(name: OperatorName, value: JsonValue, fuel: Fuel): Check {
  const operator = operators[name];
  const read = operator.read(value, fuel);
  const missing = operator.missing?.(read) ?? null;
  if (missing !== null) throw new Fault('ARGUMENTS', `${name} needs ${missing} to compare with.`, 0);
  return operator.prepare(read, fuel);
}

function namesOf(field: Field): readonly string[] {
  return field.type === 'path' ? [field.path[0]] : namesIn(field.node).map(({ name }) => name);
}

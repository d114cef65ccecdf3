import type { TemplateContext } from '#language/context';
import type { Scope } from '#language/evaluate';
import { fuelOf } from '#language/fuel';
import { Fault, located } from '#language/language-error';
import { renderIn } from '#language/template';
import type { JsonValue } from '#language/value';
import { type CompiledCondition, compileConditions, type Condition, type ConditionOptions } from './compile.js';
import type { MeetsOptions } from './condition.js';
import { operators, type OperatorName } from './operators.js';

/** What is asked of a record. */
export interface StoreCondition {
  /** From the record: `['blueprintId']`, `['properties', 'labels']`, `['relations', 'repository', 'value']`. */
  readonly path: readonly [string, ...string[]];
  readonly operator: OperatorName;
  /** As it is compared: a list for `in` and `nin`, two bounds (or, where they were not given, another list, which nothing lies between) for
   *  `between`, a text for patterns and edges, or null, to which nothing fits; null for what takes no value. */
  readonly value: JsonValue;
}

/** Conditions on records that were read. */
export type CompiledStoreQuery = readonly (CompiledCondition & { readonly path: StoreCondition['path'] })[];

/** Reads and checks conditions on the records of the store. Throws {@link LanguageError} with the path to what is wrong. */
export function compileStoreQuery(list: readonly Condition[], options: ConditionOptions = {}): CompiledStoreQuery {
  return compileConditions(list, options).map((condition) => ({
    ...condition,
    path: located(condition.fieldSource, () => recordPath(condition)),
  }));
}

/** What a list asks of each record, with its values rendered. Throws {@link LanguageError}. */
export function storeQuery(
  list: readonly Condition[] | CompiledStoreQuery,
  context: TemplateContext,
  options: MeetsOptions = {},
): readonly StoreCondition[] {
  const scope: Scope = { context, fuel: fuelOf(options.fuel), functions: options.functions ?? {} };
  return (isCompiled(list) ? list : compileStoreQuery(list)).map((condition) => {
    const { path, operator } = condition;
    return located(condition.valueSource, () => {
      const value = operators[operator].read(renderIn(condition.value, scope), scope.fuel);
      // Whoever asks the store is to be told of a bad pattern here.
      operators[operator].prepare(value, scope.fuel);
      return { path, operator, value };
    });
  });
}

function isCompiled(list: readonly Condition[] | CompiledStoreQuery): list is CompiledStoreQuery {
  return list.every((condition) => 'path' in condition);
}

function recordPath({ field }: CompiledCondition): StoreCondition['path'] {
  if (field.type === 'expression')
    throw new Fault('ARGUMENTS', 'The store is asked for fields of records, not for expressions. Use an expression in the value.', 0);
  const [root, first, ...rest] = field.path;
  if (root !== 'data')
    throw new Fault(
      'ARGUMENTS',
      `A field of records was expected, such as properties/labels; “${root}” is of the run. Use it in the value.`,
      0,
    );
  if (first === undefined) throw new Fault('ARGUMENTS', 'A field of records was expected, such as properties/labels.', 0);
  return [first, ...rest];
}

import {
  type ExecutionResult,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  OperationTypeNode,
  defaultTypeResolver,
  getArgumentValues,
  isObjectType,
  locatedError,
} from 'graphql';
import { Info, type Path, keysOf, pathOf } from './place.js';
import type { FieldPlan, OperationPlan, SelectionPlan, ValuePlan, Variables } from './plan.js';

type ObjectPlan = Extract<ValuePlan, { readonly kind: 'object' }>;
type LeafPlan = Extract<ValuePlan, { readonly kind: 'leaf' }>;

/** One execution of an operation. */
export interface Execution {
  readonly schema: GraphQLSchema;
  readonly plan: OperationPlan;
  readonly variables: Variables;
  /** Those of fields that were called before: they are the same for each object of a list, and for each event of a subscription. */
  readonly readArguments: Map<FieldPlan, Record<string, unknown>>;
  readonly root: unknown;
  readonly context: unknown;
  /** Null: nobody ends it. */
  readonly signal: AbortSignal | null;
}

interface Running extends Execution {
  readonly errors: GraphQLError[];
  ended: boolean;
}

/**
 * Executes what was planned, as the GraphQL specification (October 2021, section 6) has it. Fields whose resolvers answer at once need no
 * promise: an operation has as many of these as it has resolvers that wait. Throws, or rejects with, the reason of a signal that is aborted:
 * no resolver is called after it.
 */
export function executePlan(execution: Execution): ExecutionResult | Promise<ExecutionResult> {
  const { plan, root, signal } = execution;
  signal?.throwIfAborted();
  const running: Running = { ...execution, errors: [], ended: false };
  const end = (): void => {
    running.ended = true;
  };
  signal?.addEventListener('abort', end, { once: true });
  const finish = (data: Answer | null): ExecutionResult => {
    signal?.removeEventListener('abort', end);
    signal?.throwIfAborted();
    // A copy: what still goes on below a field that became null may fail later.
    return running.errors.length === 0 ? { data } : { errors: [...running.errors], data };
  };
  const fail = (error: unknown): ExecutionResult => {
    if (!(error instanceof GraphQLError)) throw error;
    running.errors.push(error);
    return finish(null);
  };
  try {
    const run = plan.operation.operation === OperationTypeNode.MUTATION ? inTurn : together;
    const data = run(running, plan.root, root, undefined);
    return data instanceof Promise ? data.then(finish).catch(fail) : finish(data);
  } catch (error) {
    return fail(error);
  }
}

type Answer = Record<string, unknown>;

function emptyAnswer({ bare }: SelectionPlan): Answer {
  // An object without a prototype is a dictionary to V8, which is slow to fill and to write.
  return bare ? (Object.create(null) as Answer) : {};
}

function together(running: Running, selection: SelectionPlan, parent: unknown, path: Path | undefined): Answer | Promise<Answer> {
  const answer = emptyAnswer(selection);
  let waits: Promise<unknown>[] | null = null;
  let waiting: string[] = [];
  try {
    for (const field of selection.fields) {
      const value = fieldValue(running, field, parent, path);
      // Also a promise: it holds the place of its field among the others.
      answer[field.key] = value;
      if (value instanceof Promise) {
        if (waits === null) {
          waits = [value];
          waiting = [field.key];
        } else {
          waits.push(value);
          waiting.push(field.key);
        }
      }
    }
  } catch (error) {
    return heardOut(waits ?? [], error);
  }
  if (waits === null) return answer;
  return Promise.all(waits).then((values) => {
    for (const [at, key] of waiting.entries()) answer[key] = values[at];
    return answer;
  });
}

async function inTurn(running: Running, selection: SelectionPlan, parent: unknown, path: Path | undefined): Promise<Answer> {
  const answer = emptyAnswer(selection);
  for (const field of selection.fields) answer[field.key] = await fieldValue(running, field, parent, path);
  return answer;
}

/** No function is made here as long as nothing waits: an answer of a page calls it thousands of times. */
function fieldValue(running: Running, field: FieldPlan, parent: unknown, path: Path | undefined): unknown {
  let value: unknown;
  try {
    if (running.ended) throw running.signal?.reason;
    value = resolved(running, field, parent, path);
  } catch (error) {
    return failedField(running, field, error, path);
  }
  if (!isPromise(value)) return completedField(running, field, value, path);
  return Promise.resolve(value).then(
    (late) => completedField(running, field, late, path),
    (error: unknown) => failedField(running, field, error, path),
  );
}

function completedField(running: Running, field: FieldPlan, value: unknown, path: Path | undefined): unknown {
  try {
    const completed = complete(running, field, field.value, value, path, null);
    return completed instanceof Promise ? completed.catch((error: unknown) => failedField(running, field, error, path)) : completed;
  } catch (error) {
    return failedField(running, field, error, path);
  }
}

function failedField(running: Running, field: FieldPlan, error: unknown, path: Path | undefined): null {
  return failed(running, field, field.value, error, pathOf(field, path));
}

function resolved(running: Running, field: FieldPlan, parent: unknown, path: Path | undefined): unknown {
  const { resolve, definition } = field;
  if (resolve === null) {
    if (typeof parent !== 'object' || parent === null) return undefined;
    const property = (parent as Record<string, unknown>)[definition.name];
    return typeof property === 'function'
      ? property.call(parent, argumentsOf(running, field), running.context, new Info(running, field, path))
      : property;
  }
  return resolve(parent, argumentsOf(running, field), running.context, new Info(running, field, path));
}

function argumentsOf({ variables, readArguments }: Running, field: FieldPlan): Record<string, unknown> {
  const { definition, nodes } = field;
  if (definition.args.length === 0) return {};
  let values = readArguments.get(field);
  if (values === undefined) readArguments.set(field, (values = getArgumentValues(definition, nodes[0], variables)));
  return values;
}

/** What may be null is null where it failed; else what it stands in is. */
function failed(running: Running, { nodes }: FieldPlan, { nullable }: ValuePlan, error: unknown, at: Path): null {
  if (running.ended) throw error;
  const located = locatedError(error, nodes, keysOf(at));
  if (!nullable) throw located;
  running.errors.push(located);
  return null;
}

/** `path` is that of the parent of the field. `item`: the place of an item in the list of the field; null: it is the field itself. */
function complete(running: Running, field: FieldPlan, plan: ValuePlan, value: unknown, path: Path | undefined, item: Path | null): unknown {
  if (value instanceof Error) throw value;
  if (value === null || value === undefined) {
    if (plan.nullable) return null;
    throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.definition.name}.`);
  }
  switch (plan.kind) {
    case 'leaf':
      return serialized(plan, value);
    case 'list':
      return list(running, field, plan.item, value, path, item ?? pathOf(field, path));
    case 'object':
      return object(running, field, plan, value, path, item ?? pathOf(field, path));
  }
}

function serialized({ type }: LeafPlan, value: unknown): unknown {
  const written: unknown = type.serialize(value);
  if (written === null || written === undefined) throw new Error(`A value of ${type.name} cannot be written.`);
  return written;
}

function list(running: Running, field: FieldPlan, plan: ValuePlan, values: unknown, path: Path | undefined, at: Path): unknown {
  if (typeof values !== 'object' || values === null || !(Symbol.iterator in values))
    throw new GraphQLError(`Expected Iterable, but did not find one for field "${field.parentType.name}.${field.definition.name}".`);
  const completed: unknown[] = [];
  let waits = false;
  let thrown: { readonly error: unknown } | null = null;
  for (const value of values as Iterable<unknown>) {
    if (thrown !== null) {
      if (isPromise(value)) value.then(undefined, () => undefined);
      continue;
    }
    try {
      const answer = itemValue(running, field, plan, value, path, { prev: at, key: completed.length, typename: undefined });
      if (answer instanceof Promise) waits = true;
      completed.push(answer);
    } catch (error) {
      thrown = { error };
    }
  }
  if (thrown !== null) return heardOut(waits ? completed : [], thrown.error);
  return waits ? Promise.all(completed) : completed;
}

/** What is under way is heard out before an error takes its place, so that nothing fails unheard. */
function heardOut(underWay: readonly unknown[], error: unknown): Promise<never> {
  if (underWay.length === 0) throw error;
  return Promise.allSettled(underWay).then(() => {
    throw error;
  });
}

function itemValue(running: Running, field: FieldPlan, plan: ValuePlan, value: unknown, path: Path | undefined, at: Path): unknown {
  try {
    const completed = isPromise(value)
      ? Promise.resolve(value).then((late) => complete(running, field, plan, late, path, at))
      : complete(running, field, plan, value, path, at);
    return completed instanceof Promise ? completed.catch((error: unknown) => failed(running, field, plan, error, at)) : completed;
  } catch (error) {
    return failed(running, field, plan, error, at);
  }
}

function object(running: Running, field: FieldPlan, plan: ObjectPlan, value: unknown, path: Path | undefined, at: Path): unknown {
  const { type } = plan;
  if (isObjectType(type)) return ofType(running, field, plan, type, value, path, at);
  const name = (type.resolveType ?? defaultTypeResolver)(value, running.context, new Info(running, field, path), type);
  if (!isPromise(name)) return ofType(running, field, plan, possibleType(running.schema, type, name), value, path, at);
  return Promise.resolve(name).then((late) => ofType(running, field, plan, possibleType(running.schema, type, late), value, path, at));
}

function ofType(
  running: Running,
  field: FieldPlan,
  plan: ObjectPlan,
  type: GraphQLObjectType,
  value: unknown,
  path: Path | undefined,
  at: Path,
): unknown {
  const selection = plan.selectionOf(type);
  const is = type.isTypeOf?.(value, running.context, new Info(running, field, path)) ?? true;
  if (isPromise(is)) return Promise.resolve(is).then((itIs) => (itIs ? together(running, selection, value, at) : refuse(type, field)));
  return is ? together(running, selection, value, at) : refuse(type, field);
}

function refuse(type: GraphQLObjectType, { nodes }: FieldPlan): never {
  throw new GraphQLError(`Expected a value of type "${type.name}".`, { nodes });
}

function possibleType(schema: GraphQLSchema, type: GraphQLAbstractType, name: unknown): GraphQLObjectType {
  const found = typeof name === 'string' ? schema.getType(name) : undefined;
  if (!isObjectType(found) || !schema.isSubType(type, found))
    throw new GraphQLError(`A value of "${type.name}" is of no type that it can be of.`);
  return found;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise || (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function')
  );
}

import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  TypeInfo,
  createSourceEventStream,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { isStream } from '#platform/events/stream';
import type { Context } from '#schema/context';
import type { Executor, Prepared } from './execution/executor.js';

/** What was asked, as it was asked. */
interface Asked {
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Answers the results, or the errors of an operation whose events could not be subscribed to. */
export type Subscribe = (
  prepared: Prepared,
  document: DocumentNode,
  asked: Asked,
  context: Context,
) => Promise<ExecutionResult | AsyncIterable<ExecutionResult>>;

/** What the feeds' events carry themselves, so that it is the same for all with the same rights. Everything else may depend on who asks. */
const ownFields = new Set([
  ...[
    'cursor',
    'id',
    'type',
    'source',
    'subjectId',
    'blueprint',
    'time',
    'data',
    'previous',
    'changed',
    'sequence',
    'depth',
    'causedBy',
  ].map((field) => `Event.${field}`),
  ...['actorKind', 'actorId', 'actorName'].map((field) => `EventCause.${field}`),
  ...['cursor', 'sequence', 'type', 'at', 'status', 'run', 'log'].map((field) => `RunEvent.${field}`),
  ...['sequence', 'at', 'level', 'message', 'step', 'stepPath'].map((field) => `LogLine.${field}`),
  'Run.id',
]);

/**
 * One execution per event for all subscribers that would get the same answer: the same document, variables and rights, and the same
 * viewer unless the answer is made of the event alone. The feed hands one object per event to everybody, and the answers are kept as
 * long as that object is.
 */
export function createSubscribe(schema: GraphQLSchema, executor: Executor): Subscribe {
  const answers = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  const documents = new WeakMap<object, { readonly number: number; readonly ofEvent: boolean }>();
  let count = 0;

  /** What an answer depends on beside its event. */
  function audienceOf(document: DocumentNode, { operationName, variables }: Asked, { viewer }: Context): string {
    const known = documents.get(document) ?? { number: (count += 1), ofEvent: isOfEventAlone(schema, document) };
    documents.set(document, known);
    const rights = [...(viewer?.roles ?? [])].map(([workspaceId, role]) => `${workspaceId}:${role}`).sort();
    const person = known.ofEvent || viewer === null ? null : [viewer.actor.kind, viewer.actor.id, viewer.tokenId];
    return JSON.stringify([known.number, operationName, variables, rights, person]);
  }

  function answer(prepared: Prepared, context: Context, audience: string, event: unknown): Promise<ExecutionResult> {
    const perform = () => executor.execute(prepared, { root: event, context, signal: null });
    if (typeof event !== 'object' || event === null) return perform();
    const known = answers.get(event) ?? new Map<string, Promise<ExecutionResult>>();
    answers.set(event, known);
    const shared = known.get(audience) ?? perform();
    known.set(audience, shared);
    return shared;
  }

  return async (prepared, document, asked, context) => {
    const { operationName, variables } = asked;
    const source = await createSourceEventStream({ schema, document, operationName, variableValues: variables, contextValue: context });
    if (!(Symbol.asyncIterator in source)) return source;
    const events = source[Symbol.asyncIterator]();
    const audience = audienceOf(document, asked, context);
    // Rights may go while an answer is made, and it is then for nobody.
    const heard = (work: Promise<ExecutionResult>) => (isStream(source) ? source.unlessEnded(work) : work);
    const shared: AsyncIterator<ExecutionResult> & AsyncIterable<ExecutionResult> = {
      next: async () => {
        const step: IteratorResult<unknown> = await events.next();
        if (step.done === true) return { done: true, value: undefined };
        const value = await heard(answer(prepared, context, audience, step.value));
        // The next step of what has ended is its end, with the reason where there is one.
        return value === undefined ? shared.next() : { done: false, value };
      },
      return: async () => {
        await events.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    return shared;
  };
}

/** Whether nothing but columns of the event is selected, in any operation of the document. */
function isOfEventAlone(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  const subscription = schema.getSubscriptionType();
  let alone = true;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: ({ name: { value: name } }) => {
        const parent = types.getParentType();
        if (name !== '__typename' && parent !== subscription && !ownFields.has(`${parent?.name ?? ''}.${name}`)) alone = false;
      },
    }),
  );
  return alone;
}

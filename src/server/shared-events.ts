import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  TypeInfo,
  createSourceEventStream,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isStream } from '#platform/events/stream';
import type { Context } from '#schema/context';
import type { Executor, Prepared } from './execution/executor.js';

type Subscribed = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'> & { readonly contextValue: Context };

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
export function useSharedEvents(executor: Executor): Plugin {
  const answers = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  const documents = new WeakMap<object, { readonly number: number; readonly ofEvent: boolean }>();
  let count = 0;

  /** What an answer depends on beside its event. */
  function audienceOf({ schema, document, operationName, variableValues, contextValue: { viewer } }: Subscribed): string {
    const known = documents.get(document) ?? { number: (count += 1), ofEvent: isOfEventAlone(schema, document) };
    documents.set(document, known);
    const rights = [...(viewer?.roles ?? [])].map(([workspaceId, role]) => `${workspaceId}:${role}`).sort();
    const person = known.ofEvent || viewer === null ? null : [viewer.actor.kind, viewer.actor.id, viewer.tokenId];
    return JSON.stringify([known.number, operationName, variableValues, rights, person]);
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

  return {
    onSubscribe: ({ setSubscribeFn }) => {
      setSubscribeFn(async (given: ExecutionArgs) => {
        const args = given as Subscribed;
        const prepared = executor.prepare(args);
        if (!('plan' in prepared)) return { errors: prepared };
        const source = await createSourceEventStream(args);
        if (!(Symbol.asyncIterator in source)) return source;
        const events = source[Symbol.asyncIterator]();
        const audience = audienceOf(args);
        // Rights may go while an answer is made, and it is then for nobody.
        const heard = (work: Promise<ExecutionResult>) => (isStream(source) ? source.unlessEnded(work) : work);
        const shared: AsyncIterator<ExecutionResult> & AsyncIterable<ExecutionResult> = {
          next: async () => {
            const step: IteratorResult<unknown> = await events.next();
            if (step.done === true) return { done: true, value: undefined };
            const value = await heard(answer(prepared, args.contextValue, audience, step.value));
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
      });
    },
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

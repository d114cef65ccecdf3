import { type ExecutionArgs, type ExecutionResult, createSourceEventStream, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '#schema/context';

type Subscribed = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'> & { readonly contextValue: Context };

/**
 * One execution per event for all subscribers that would get the same answer: the same document, variables and rights. The feed hands
 * one object per event to everybody, and the answers are kept as long as that object is.
 */
export function useSharedEvents(): Plugin {
  const answers = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  const documents = new WeakMap<object, number>();
  let count = 0;

  /** What an answer depends on beside its event. */
  function audienceOf({ document, operationName, variableValues, contextValue }: Subscribed): string {
    const known = documents.get(document) ?? (count += 1);
    documents.set(document, known);
    const rights = [...(contextValue.viewer?.roles ?? [])].map(([workspaceId, role]) => `${workspaceId}:${role}`).sort();
    return JSON.stringify([known, operationName, variableValues, rights]);
  }

  function answer(args: Subscribed, audience: string, event: unknown): Promise<ExecutionResult> {
    const perform = async () => execute({ ...args, rootValue: event });
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
        const source = await createSourceEventStream(args);
        if (!(Symbol.asyncIterator in source)) return source;
        const events = source[Symbol.asyncIterator]();
        const audience = audienceOf(args);
        const shared: AsyncIterator<ExecutionResult> & AsyncIterable<ExecutionResult> = {
          next: async () => {
            const step: IteratorResult<unknown> = await events.next();
            return step.done === true ? { done: true, value: undefined } : { done: false, value: await answer(args, audience, step.value) };
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

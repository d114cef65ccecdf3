import type { Operation, TypedDocument, VariablesOf } from './document.js';
import { dataOf } from './errors.js';
import { follow } from './follow.js';
import { createSseTransport } from './sse.js';
import { type Endpoint, type Fetch, type Token, type Transport, post, readAnswer } from './transport.js';
import { createWsTransport } from './ws.js';

export type { GraphQLErrorShape, TypedDocument } from './document.js';
export type { Token } from './transport.js';
export { ConnectionLostError, GraphQLRequestError } from './errors.js';
export * from './generated/graphql.js';

export interface ClientOptions {
  /** Of the API: `https://millrace.example.com/graphql`. */
  readonly url: string;
  /** Of the API; a function is asked for it at each request and each new connection. */
  readonly token: Token;
  /** Of the WebSocket; absent: the API's with `ws:` or `wss:`. */
  readonly wsUrl?: string;
  /** How subscriptions travel; `ws` when absent. */
  readonly transport?: 'ws' | 'sse';
  /** Whether documents that were generated with an id are sent as that, for a server with persisted documents. */
  readonly persistedDocuments?: boolean;
  /** Instead of the platform's own. */
  readonly fetch?: Fetch;
  /** A WebSocket constructor, instead of the platform's own. */
  readonly webSocketImpl?: unknown;
}

export interface SubscribeOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  /** Told of each lost connection and failed attempt to come back, counted from 1; what it throws ends the subscription. */
  readonly onDisconnect?: (error: Error, attempt: number) => void;
}

export interface Client {
  /** Throws {@link GraphQLRequestError} for every answer that has errors, ConnectionLostError when there is no answer. */
  request<Result, Variables>(document: TypedDocument<Result, Variables> | string, ...variables: VariablesOf<Variables>): Promise<Result>;
  /**
   * The results of a subscription. It reconnects by itself for as long as it takes. `runEvents` and `entityEvents` are resumed after the last event that was delivered,
   * if the document declares `$after` and selects `cursor`; `runUpdated` goes on with the present state.
   * Throws {@link GraphQLRequestError} when the server refuses it or ends it, such as with `CURSOR_EXPIRED`.
   */
  subscribe<Result, Variables>(
    document: TypedDocument<Result, Variables> | string,
    variables?: Variables,
    options?: SubscribeOptions,
  ): AsyncIterableIterator<Result, undefined, undefined>;
  /** Ends all subscriptions. */
  close(): void;
}

/** A client for Millrace, in Node and in browsers. */
export function createClient(options: ClientOptions): Client {
  const endpoint: Endpoint = { url: options.url, token: options.token, fetch: options.fetch ?? ((...call) => globalThis.fetch(...call)) };
  const transport: Transport =
    options.transport === 'sse'
      ? createSseTransport(endpoint)
      : createWsTransport({
          url: options.wsUrl ?? options.url.replace(/^http/, 'ws'),
          token: options.token,
          webSocketImpl: options.webSocketImpl,
        });
  const open = new Set<AbortController>();

  function operationOf(document: { toString(): string }, variables: unknown): Operation {
    const given = (variables ?? {}) as Operation['variables'];
    const id = options.persistedDocuments === true ? (document as TypedDocument<unknown, unknown>).__meta__?.['hash'] : undefined;
    return { query: document.toString(), variables: given, ...(typeof id === 'string' ? { documentId: id } : {}) };
  }

  return {
    request: async <Result>(document: { toString(): string }, variables: unknown = {}) => {
      const response = await post(endpoint, operationOf(document, variables), 'application/graphql-response+json, application/json', null);
      return dataOf(await readAnswer(response)) as Result;
    },
    subscribe: <Result>(document: { toString(): string }, variables: unknown = {}, { signal, onDisconnect }: SubscribeOptions = {}) => {
      const ending = new AbortController();
      const abort = (): void => ending.abort();
      const results = follow(transport, operationOf(document, variables), { signal: ending.signal, onDisconnect }) as AsyncGenerator<
        Result,
        undefined,
        undefined
      >;
      open.add(ending);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted === true) abort();
      const forget = (): void => {
        open.delete(ending);
        signal?.removeEventListener('abort', abort);
      };
      return stoppable(results, abort, forget);
    },
    close: () => {
      for (const ending of open) ending.abort();
      transport.close();
    },
  };
}

/** A generator's own `return` waits for what it is waiting for; here the wait is ended first. */
function stoppable<Value>(
  values: AsyncGenerator<Value, undefined, undefined>,
  abort: () => void,
  ended: () => void,
): AsyncIterableIterator<Value, undefined, undefined> {
  const iterator: AsyncIterableIterator<Value, undefined, undefined> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      try {
        const step = await values.next();
        if (step.done === true) ended();
        return step;
      } catch (error) {
        ended();
        throw error;
      }
    },
    return: async () => {
      abort();
      ended();
      await values.return(undefined);
      return { done: true, value: undefined };
    },
  };
  return iterator;
}

import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
  createSourceEventStream,
  getOperationAST,
} from 'graphql';
import type { App } from '#app';
import { UnauthenticatedError } from '#domain/errors';
import { resolveViewer } from '#domain/tenant/tenant.auth';
import type { Viewer } from '#domain/tenant/viewer';
import { JwksUnreachableError } from '#platform/auth/jwt';
import { streamOf } from '#platform/events/stream';
import { jsonProblem } from '#platform/json';
import { createPlaces } from '#platform/places';
import type { Context } from '#schema/context';
import { assertBearable, presentResult } from './answer.js';
import { type Subscribed, createAudiences } from './audience.js';
import { createDocuments } from './documents.js';
import { present, refusal } from './errors.js';
import { createExecutor } from './execution/executor.js';
import type { PersistedDocuments } from './persisted.js';
import { accountOf, createRate } from './rate.js';
import { Results } from './results.js';
import { type Carrier, createSubscriptions } from './subscriptions.js';

/** One operation as a client sends it. */
export interface OperationRequest {
  /** Empty where the document has an id. */
  readonly query: string;
  /** Of a persisted document; null: it is written out. */
  readonly documentId: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

/** Who sends it, and how. */
export interface Caller {
  readonly authorization: string | null;
  /** Where it comes from, for the limits of those who are not signed in. */
  readonly address: string;
  readonly requestId: string;
  /** Ends the execution: the transport aborts it when the client went away, `perform` when its time is over. */
  readonly execution: AbortController;
  readonly carrier: Carrier | null;
}

/** What can be sent as it is: every error in it is presented. */
export type Outcome =
  /** Nothing was executed. */
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLError[] }
  | { readonly kind: 'single'; readonly result: ExecutionResult }
  /** A subscription that fails ends with a result of nothing but errors. Whoever does not start it stops it. */
  | { readonly kind: 'stream'; readonly results: Results };

export interface Operations {
  /**
   * Who asks, counted like an operation: guessing tokens is bounded like everything that has none. Rejects with UnauthenticatedError
   * and with LIMIT_EXCEEDED.
   */
  authenticate(authorization: string | null, address: string): Promise<Viewer | null>;
  /** The one way in, whatever the transport. Never rejects. */
  perform(request: OperationRequest, caller: Caller): Promise<Outcome>;
}

/**
 * Subscriptions that are being opened: each asks the database. Thousands come at once when a server restarts, and would find no connection
 * in time, and what each holds while it waits would stay with the process.
 */
const openedAtOnce = 16;

/** Bodies nested deeper never reach a service, which refuses at `run.jsonDepth` and names the field; recursion can bear this much. */
const mostDepth = 1_000;

interface OperationsOptions {
  readonly app: App;
  readonly schema: GraphQLSchema;
  readonly documents: PersistedDocuments;
  /** Answers where this server is reached, once it listens. */
  readonly publicUrl: () => string;
}

export function createOperations({ app, schema, documents, publicUrl }: OperationsOptions): Operations {
  const { config, log } = app;
  const rate = createRate(config.http);
  const subscriptions = createSubscriptions(config.ws, app.metrics);
  const executor = createExecutor(schema);
  const read = createDocuments(schema, config.graphql);
  const audiences = createAudiences(schema, executor, config.graphql.answerBytes);
  const openings = createPlaces(openedAtOnce);

  async function authenticate(authorization: string | null, address: string): Promise<Viewer | null> {
    let viewer: Viewer | null = null;
    try {
      viewer = await resolveViewer(app, authorization);
    } catch (error) {
      if (error instanceof UnauthenticatedError || error instanceof JwksUnreachableError) await rate.take(null, address);
      throw error;
    }
    await rate.take(viewer, address);
    return viewer;
  }

  async function execute(request: OperationRequest, caller: Caller): Promise<Outcome> {
    const { authorization, address, requestId } = caller;
    const context: Context = { app, viewer: await authenticate(authorization, address), requestId, publicUrl: publicUrl() };
    const { document, errors } = read(documents.textOf(request));
    if (errors.length > 0) return { kind: 'refused', errors };
    const operation = getOperationAST(document, request.operationName);
    if (!operation)
      throw refusal(
        'OPERATION_RESOLUTION_FAILURE',
        request.operationName === null
          ? 'A document with several operations needs an operationName.'
          : 'The document has no operation of this name.',
      );
    if (jsonProblem(request.variables, mostDepth)?.code === 'TOO_DEEP')
      throw refusal('BAD_USER_INPUT', 'The variables are nested too deep.', { limit: config.run.jsonDepth });
    const presentation = { log, requestId: caller.requestId, operationName: operation.name?.value ?? null };
    const prepared = executor.prepare({ document, operationName: request.operationName, variableValues: request.variables });
    if (!('plan' in prepared)) return { kind: 'refused', errors: prepared.map(badVariables) };
    if (operation.operation === OperationTypeNode.SUBSCRIPTION)
      return subscribe({ prepared, document, request, context, presentation }, caller);
    const result = await executor.execute(prepared, { root: undefined, context, signal: caller.execution.signal });
    assertBearable(result, config.graphql.answerBytes);
    return { kind: 'single', result: presentResult(result, presentation) };
  }

  async function subscribe(subscribed: Subscribed, { address, carrier, execution }: Caller): Promise<Outcome> {
    const { viewer } = subscribed.context;
    const release = subscriptions.take(viewer === null ? address : accountOf(viewer), carrier);
    try {
      await openings.take(execution.signal);
      const source = await openSource(subscribed).finally(() => openings.give());
      if (Symbol.asyncIterator in source)
        return { kind: 'stream', results: new Results(streamOf(source), audiences.join(subscribed), release) };
      release();
      return { kind: 'refused', errors: presentResult(source, subscribed.presentation).errors ?? [] };
    } catch (error) {
      release();
      throw error;
    }
  }

  async function openSource({ document, request, context }: Subscribed): Promise<AsyncIterable<unknown> | ExecutionResult> {
    const { operationName, variables } = request;
    return createSourceEventStream({ schema, document, operationName, variableValues: variables, contextValue: context });
  }

  return {
    authenticate,
    perform: async (request, caller) => {
      const { promise: over, stop } = timeLimit(config.http.requestMs);
      const outcome = execute(request, caller);
      try {
        return await Promise.race([outcome, over]);
      } catch (error) {
        caller.execution.abort(error);
        // What comes too late is not left running.
        outcome.then(
          (late) => void (late.kind === 'stream' && late.results.stop()),
          () => undefined,
        );
        return { kind: 'refused', errors: [present(error, { log, requestId: caller.requestId, operationName: request.operationName })] };
      } finally {
        stop();
      }
    },
  };
}

function timeLimit(limitMs: number): { readonly promise: Promise<never>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(refusal('TIMEOUT', `The operation took longer than ${limitMs} ms.`, { limit: limitMs })), limitMs);
  });
  return { promise, stop: () => clearTimeout(timer) };
}

/** What is wrong with variables; these errors quote what a scalar found wrong with them. */
function badVariables({ message, nodes, source, positions }: GraphQLError): GraphQLError {
  // The executor suggests names of enum values, asked or not.
  return new GraphQLError(message.replace(/ Did you mean [^?]*\?$/, ''), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

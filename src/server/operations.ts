import { type DocumentNode, type ExecutionResult, GraphQLError, type GraphQLSchema, OperationTypeNode, getOperationAST } from 'graphql';
import type { App } from '#app';
import { UnauthenticatedError } from '#domain/errors';
import { resolveViewer } from '#domain/tenant/tenant.auth';
import type { Viewer } from '#domain/tenant/viewer';
import { JwksUnreachableError } from '#platform/auth/jwt';
import { jsonProblem } from '#platform/json';
import type { Context } from '#schema/context';
import { isLargerThan } from './answer-size.js';
import { createDocuments } from './documents.js';
import { present, refusal } from './errors.js';
import { createExecutor } from './execution/executor.js';
import { type Events, mapEvents } from './events.js';
import type { PersistedDocuments } from './persisted.js';
import { accountOf, createRate } from './rate.js';
import { createSubscribe } from './shared-events.js';
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
  | { readonly kind: 'single'; readonly result: ExecutionResult; readonly schema: GraphQLSchema; readonly document: DocumentNode }
  /** Never rejects: a subscription that fails ends with a result of nothing but errors. */
  | { readonly kind: 'stream'; readonly events: Events<ExecutionResult>; readonly schema: GraphQLSchema; readonly document: DocumentNode };

export interface Operations {
  /**
   * Who asks, counted like an operation: guessing tokens is bounded like everything that has none. Rejects with UnauthenticatedError
   * and with LIMIT_EXCEEDED.
   */
  authenticate(authorization: string | null, address: string): Promise<Viewer | null>;
  /** The one way in, whatever the transport. Never rejects. */
  perform(request: OperationRequest, caller: Caller): Promise<Outcome>;
}

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
  const subscribe = createSubscribe(schema, executor);

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

  function assertBearable(result: ExecutionResult): void {
    const { answerBytes } = config.graphql;
    if (isLargerThan(result.data, answerBytes))
      throw refusal('LIMIT_EXCEEDED', `An answer has at most ${answerBytes} bytes: ask for less at once.`, { limit: answerBytes });
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
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
      const result = await executor.execute(prepared, { root: undefined, context, signal: caller.execution.signal });
      assertBearable(result);
      return { kind: 'single', result: presentResult(result, presentation), schema, document };
    }
    const release = subscriptions.take(context.viewer === null ? caller.address : accountOf(context.viewer), caller.carrier);
    try {
      const source = await subscribe(prepared, document, request, context);
      if (!(Symbol.asyncIterator in source)) {
        release();
        return { kind: 'refused', errors: presentResult(source, presentation).errors ?? [] };
      }
      const events = mapEvents(source, {
        event: (result) => {
          assertBearable(result);
          return presentResult(result, presentation);
        },
        failure: (error) => ({ errors: [present(error, presentation)] }),
        done: release,
      });
      return { kind: 'stream', events, schema, document };
    } catch (error) {
      release();
      throw error;
    }
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
          async (late) => void (late.kind === 'stream' && (await late.events.return())),
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

type PresentedBy = Parameters<typeof present>[1];

function presentResult(result: ExecutionResult, presentation: PresentedBy): ExecutionResult {
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => present(error, presentation)) };
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

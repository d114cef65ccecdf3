import { type ExecutionResult, GraphQLError } from 'graphql';
import type { App } from '#app';
import { UnauthenticatedError } from '#domain/errors';
import { closeCodes } from './close-codes.js';
import { present } from './errors.js';
import type { OperationRequest, Operations, Outcome } from './operations.js';
import { newRequestId, readOperation } from './request.js';
import type { Reader, Results } from './results.js';
import type { Carrier } from './subscriptions.js';
import { type ClientMessage, readMessage } from './ws-messages.js';
import type { Outgoing } from './ws-outgoing.js';

/** Ids of subscriptions come back with each of their results. Those of the usual clients are UUIDs or counters. */
const longestId = 100;

export interface ConversationOptions {
  readonly app: App;
  readonly operations: Operations;
  readonly address: string;
  /** Of the upgrade request, for clients that can set it; connection_init wins. */
  readonly authorization: string | null;
  readonly outgoing: Outgoing;
  readonly close: (code: number, reason: string) => void;
}

/** The server's side of the graphql-transport-ws protocol over one socket (docs/decisions/0013-delivery-of-subscriptions.md). */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #initTimer: NodeJS.Timeout;
  readonly #carrier: Carrier = { open: 0 };
  readonly #exchanges = new Map<string, Exchange>();
  readonly #executions = new Set<AbortController>();
  #authorization: string | null;
  #begun = false;
  #acknowledged = false;

  constructor(options: ConversationOptions) {
    const { app, authorization, close } = options;
    this.#options = options;
    this.#authorization = authorization;
    this.#initTimer = setTimeout(() => close(closeCodes.initTimeout, 'Connection initialisation timeout'), app.config.ws.initMs);
  }

  /** Takes a message of the client. */
  take(text: string): void {
    const { close, outgoing } = this.#options;
    const message = readMessage(text);
    switch (message?.type) {
      case undefined:
        return close(closeCodes.badRequest, 'Invalid message received');
      case 'connection_init':
        return this.#begin(message.payload);
      case 'ping':
        return outgoing.send(JSON.stringify({ type: 'pong', payload: message.payload ?? undefined }));
      case 'pong':
        return;
      case 'subscribe':
        return this.#subscribe(message);
      case 'complete':
        return this.#exchanges.get(message.id)?.stop();
    }
  }

  /** The socket is gone. */
  end(): void {
    clearTimeout(this.#initTimer);
    for (const execution of this.#executions) execution.abort(new Error('The socket closed.'));
    for (const exchange of this.#exchanges.values()) exchange.stop();
  }

  #begin(parameters: Readonly<Record<string, unknown>> | null): void {
    const { app, close } = this.#options;
    if (this.#begun) return close(closeCodes.tooManyMessages, 'Too many initialisation requests');
    this.#begun = true;
    clearTimeout(this.#initTimer);
    const given = parameters?.['authorization'] ?? parameters?.['Authorization'];
    if (typeof given === 'string') this.#authorization = given;
    this.#signIn().catch((error: unknown) => {
      const shown = present(error, { log: app.log, requestId: newRequestId(), operationName: null });
      close(shown.extensions['code'] === 'UNAUTHENTICATED' ? closeCodes.unauthorized : closeCodes.tryAgainLater, shown.message);
    });
  }

  async #signIn(): Promise<void> {
    const { operations, address, outgoing } = this.#options;
    // A socket without a viewer could do nothing but stay.
    if ((await operations.authenticate(this.#authorization, address)) === null)
      throw new UnauthenticatedError('connection_init must carry a token: { "authorization": "Bearer ..." }.');
    this.#acknowledged = true;
    outgoing.send('{"type":"connection_ack"}');
  }

  #subscribe({ id, payload }: Extract<ClientMessage, { readonly type: 'subscribe' }>): void {
    const { app, outgoing, close } = this.#options;
    if (id.length > longestId) return close(closeCodes.badRequest, `An id has at most ${longestId} characters.`);
    const operation = readOperationOf(payload);
    if (!this.#acknowledged)
      return operation instanceof GraphQLError
        ? close(closeCodes.badRequest, 'Invalid message received')
        : close(closeCodes.unauthorized, 'Unauthorized');
    const exchange = new Exchange(id, outgoing, this.#exchanges);
    // A malformed operation fails alone: the others on the socket do no harm.
    if (operation instanceof GraphQLError) return exchange.answer({ kind: 'refused', errors: [operation] });
    if (this.#exchanges.has(id)) return close(closeCodes.subscriberExists, `Subscriber for ${id} already exists`);
    this.#exchanges.set(id, exchange);
    this.#perform(operation)
      .then((outcome) => exchange.answer(outcome))
      .catch((error: unknown) => {
        app.log.error({ err: error }, 'a WebSocket message failed');
        close(closeCodes.internal, 'Something went wrong here.');
      });
  }

  async #perform(operation: OperationRequest): Promise<Outcome> {
    const { app, operations, address } = this.#options;
    const requestId = newRequestId();
    const execution = new AbortController();
    this.#executions.add(execution);
    // Resolved again for each operation: a token may be revoked while its socket is open.
    const caller = { authorization: this.#authorization, address, requestId, execution, carrier: this.#carrier };
    const outcome = await operations.perform(operation, caller);
    this.#executions.delete(execution);
    if (outcome.kind === 'refused')
      app.log.info({ requestId, operationName: operation.operationName, code: outcome.errors[0]?.extensions['code'] }, 'operation refused');
    return outcome;
  }
}

function readOperationOf(payload: unknown): OperationRequest | GraphQLError {
  try {
    return readOperation(payload);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** One operation, from its `subscribe` to its end. */
class Exchange implements Reader {
  readonly #outgoing: Outgoing;
  /** `{"id":…`, how each of its messages begins. */
  readonly #head: string;
  readonly #id: string;
  /** Where it is found as long as it goes on. */
  readonly #exchanges: Map<string, Exchange>;
  #results: Results | null = null;
  #over = false;

  constructor(id: string, outgoing: Outgoing, exchanges: Map<string, Exchange>) {
    this.#id = id;
    this.#head = `{"id":${JSON.stringify(id)},"type":`;
    this.#outgoing = outgoing;
    this.#exchanges = exchanges;
  }

  answer(outcome: Outcome): void {
    if (outcome.kind === 'stream') {
      this.#results = outcome.results;
      if (this.#over) outcome.results.stop();
      else outcome.results.start(this);
    } else if (!this.#over) {
      if (outcome.kind === 'single') this.#send('next', outcome.result);
      if (outcome.kind === 'single') this.complete();
      else {
        this.#send('error', outcome.errors);
        this.stop();
      }
    }
  }

  #send(type: 'next' | 'error', payload: ExecutionResult | readonly GraphQLError[]): void {
    this.#outgoing.send(`${this.#head}"${type}","payload":${JSON.stringify(payload)}}`);
  }

  hasRoom(): boolean {
    return this.#results !== null && this.#outgoing.hasRoom(this.#results);
  }

  next(text: Buffer): void {
    this.#outgoing.send(`${this.#head}"next","payload":`, text);
  }

  complete(): void {
    this.#outgoing.send(`${this.#head}"complete"}`);
    this.stop();
  }

  /** Nothing of it is sent any more. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#exchanges.get(this.#id) === this) this.#exchanges.delete(this.#id);
    this.#results?.stop();
  }
}

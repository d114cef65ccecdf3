import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '#app';
import { hooksPath } from '#domain/trigger/trigger.address';
import { answerOps } from '#platform/http/ops';
import { readAccept } from './accept.js';
import { present, refusal } from './errors.js';
import type { GraphiQL } from './graphiql.js';
import type { Hooks } from './hooks.js';
import type { Operations } from './operations.js';
import { corsHeaders, preflightHeaders } from './origin.js';
import { securityHeaders, sendErrors, sendResult } from './reply.js';
import { assertJson, hasSeveralHosts, parseBody, readBody, requestIdOf } from './request.js';
import { type EventStreams, sendSingleEvent } from './sse.js';

export const graphqlPath = '/graphql';

export interface HttpParts {
  readonly app: App;
  readonly operations: Operations;
  /** Takes what other programs send to webhooks. */
  readonly hooks: Hooks;
  /** Null: switched off. */
  readonly graphiql: GraphiQL | null;
  readonly eventStreams: EventStreams;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers every HTTP request. */
export function createHttp(parts: HttpParts): Answer {
  const { app } = parts;
  return (request, response) => {
    const startedAt = app.clock.elapsed();
    const requestId = requestIdOf(request);
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const isHook = path.startsWith(hooksPath);
    // Programs send to webhooks, not pages: no origin may read their answers.
    const cors = isHook ? {} : corsHeaders(request, app.config.http.corsOrigins);
    const headers = { ...securityHeaders, ...cors, 'x-request-id': requestId };
    // The path of a webhook lets who knows it in: it is not for logs.
    const shownPath = isHook ? hooksPath : path;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.once('close', () => {
      const seconds = (app.clock.elapsed() - startedAt) / 1_000;
      app.metrics.requests.observe(
        { route: path === graphqlPath ? path : isHook ? 'hooks' : 'other', status: response.statusCode },
        seconds,
      );
      app.log.debug({ requestId, method: request.method, path: shownPath, status: response.statusCode, seconds }, 'request');
    });
    route(parts, request, response, { path, requestId }).catch((error: unknown) => {
      sendErrors(response, [present(error, { log: app.log, requestId, operationName: null })]);
    });
  };
}

interface Routed {
  readonly path: string;
  readonly requestId: string;
}

async function route(parts: HttpParts, request: IncomingMessage, response: ServerResponse, { path, requestId }: Routed): Promise<void> {
  const { app, graphiql, hooks } = parts;
  if (hasSeveralHosts(request)) throw refusal('BAD_REQUEST', 'A request names one host.');
  if (path === graphqlPath) {
    if (request.method === 'POST') return answerOperation(parts, request, response, requestId);
    if (request.method === 'OPTIONS')
      return void response.writeHead(204, response.hasHeader('access-control-allow-origin') ? preflightHeaders : {}).end();
  }
  if (path.startsWith(hooksPath)) return hooks.answer(request, response, path);
  if (await answerOps(app, request, response)) return;
  if (graphiql !== null && (await graphiql.answer(path, request, response))) return;
  if (path === graphqlPath) {
    response.setHeader('allow', 'POST, OPTIONS');
    throw refusal('METHOD_NOT_ALLOWED', 'Operations are sent with POST.');
  }
  throw refusal('NOT_FOUND', 'There is nothing at this address.');
}

async function answerOperation(
  { app, operations, eventStreams }: HttpParts,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const { config, log } = app;
  assertJson(request);
  const accepted = readAccept(request.headers.accept);
  if (accepted.single === null && !accepted.eventStream)
    throw refusal('NOT_ACCEPTABLE', 'Answers are application/json, application/graphql-response+json or text/event-stream.');
  const operation = parseBody(await readBody(request, config.http.bodyBytes));
  const execution = new AbortController();
  const goneAway = () => execution.abort(refusal('BAD_REQUEST', 'The client went away.'));
  response.once('close', goneAway);
  const outcome = await operations.perform(operation, {
    authorization: request.headers.authorization ?? null,
    address: request.socket.remoteAddress ?? '',
    requestId,
    execution,
    carrier: null,
  });
  response.off('close', goneAway);
  if (outcome.kind === 'refused') {
    const [first] = outcome.errors;
    log.info({ requestId, operationName: operation.operationName, code: first?.extensions['code'] }, 'operation refused');
    if (accepted.single === null) sendSingleEvent(response, { errors: outcome.errors });
    else sendErrors(response, outcome.errors, accepted.single);
  } else if (outcome.kind === 'single') {
    if (accepted.single === null) sendSingleEvent(response, outcome.result);
    else sendResult(response, outcome.result, accepted.single);
  } else if (accepted.eventStream && !response.destroyed) eventStreams.send(response, outcome.results);
  else {
    outcome.results.stop();
    throw refusal('NOT_ACCEPTABLE', 'A subscription is answered as text/event-stream, or over a WebSocket.');
  }
}

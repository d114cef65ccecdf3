import type { ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { retryAfterOf, statusOf } from './errors.js';

/** On every answer. The API is read by programs: nothing of it is cached, framed or guessed at. */
export const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export type MediaType = 'application/json' | 'application/graphql-response+json';

/** The HTTP status of a result. Partial data is a success; nothing but errors is not. */
function resultStatus({ data, errors }: ExecutionResult): number {
  if (errors === undefined || errors.length === 0) return 200;
  const some = data !== null && data !== undefined && Object.values(data).some((value) => value !== null);
  return some ? 200 : statusOf(errors);
}

export function sendResult(response: ServerResponse, result: ExecutionResult, mediaType: MediaType): void {
  const retryAfter = result.errors === undefined ? null : retryAfterOf(result.errors);
  send(
    response,
    resultStatus(result),
    JSON.stringify(result),
    `${mediaType}; charset=utf-8`,
    retryAfter === null ? {} : { 'retry-after': String(retryAfter) },
  );
}

export function sendErrors(response: ServerResponse, errors: readonly GraphQLError[], mediaType: MediaType = 'application/json'): void {
  sendResult(response, { errors }, mediaType);
}

/** Sends a body as it is. */
export function send(
  response: ServerResponse,
  status: number,
  body: string,
  contentType: string,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

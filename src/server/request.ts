import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refusal } from './errors.js';
import type { OperationRequest } from './operations.js';

/** The client's own request id where it is one, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(given) ? given : newRequestId();
}

/** Not of `newId`: nothing is sorted by it, and it is made for every request (a tenth of the cost). */
export function newRequestId(): string {
  return randomUUID();
}

/** Programs on the way may each believe another of several hosts (RFC 9112, 3.2). */
export function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === 'host') hosts += 1;
  return hosts > 1;
}

/** Refuses compressed bodies, whose size says nothing. */
export function assertPlain({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw refusal('UNSUPPORTED_MEDIA_TYPE', 'The body must not be compressed.');
}

/** Refuses what is not plain JSON, such as forms that any page may send. */
export function assertJson(request: IncomingMessage): void {
  const { headers } = request;
  const [type, ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type !== 'application/json') throw refusal('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.');
  for (const parameter of parameters) {
    const charset = /^charset="?([^"]*)"?$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
      throw refusal('UNSUPPORTED_MEDIA_TYPE', 'The body must be in UTF-8.');
  }
  assertPlain(request);
}

/** Reads the body and stops at the limit, whatever its Content-Length says. */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuseLength = (): void => fail(refusal('PAYLOAD_TOO_LARGE', `A body has at most ${mostBytes} bytes.`, { limit: mostBytes }));
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= mostBytes) return void chunks.push(chunk);
      refuseLength();
      // Read on and thrown away, so that the client gets the answer and not a reset connection; the request's time still bounds it.
      request.resume();
    };
    const end = (): void => {
      leave();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const fail = (error: Error): void => {
      leave();
      reject(error);
    };
    const close = (): void => fail(refusal('BAD_REQUEST', 'The request ended before its body.'));
    // Else an event stream would keep the body of its request.
    const leave = (): void => {
      request.off('data', take).off('end', end).off('error', fail).off('close', close);
    };
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) refuseLength();
    else request.on('data', take).on('end', end).on('error', fail).on('close', close);
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Throws BAD_REQUEST with what is wrong. */
export function parseBody(body: Buffer): OperationRequest {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (error) {
    throw refusal('BAD_REQUEST', error instanceof SyntaxError ? 'The body is not JSON.' : 'The body is not UTF-8.');
  }
  return readOperation(value);
}

/** The request of one operation, from a body or from a WebSocket message. Throws BAD_REQUEST with what is wrong. */
export function readOperation(value: unknown): OperationRequest {
  if (Array.isArray(value)) throw refusal('BAD_REQUEST', 'A request is one operation: batches are not taken.');
  if (typeof value !== 'object' || value === null) throw refusal('BAD_REQUEST', 'The body must be an object with a `query`.');
  const { query, documentId, variables, operationName, extensions } = value as Readonly<Record<string, unknown>>;
  if (!isMissing(documentId) && typeof documentId !== 'string') throw refusal('BAD_REQUEST', '`documentId` must be a string.');
  if (typeof query !== 'string' && (isMissing(documentId) || !isMissing(query))) throw refusal('BAD_REQUEST', '`query` must be a string.');
  if (!isMissing(documentId) && !isMissing(query) && query !== '')
    throw refusal('BAD_REQUEST', 'A document is written out as `query` or named by `documentId`, not both.');
  if (!isMissing(variables) && (typeof variables !== 'object' || Array.isArray(variables)))
    throw refusal('BAD_REQUEST', '`variables` must be an object.');
  if (!isMissing(extensions) && (typeof extensions !== 'object' || Array.isArray(extensions)))
    throw refusal('BAD_REQUEST', '`extensions` must be an object.');
  if (!isMissing(operationName) && typeof operationName !== 'string') throw refusal('BAD_REQUEST', '`operationName` must be a string.');
  return {
    query: isMissing(query) ? '' : query,
    documentId: isMissing(documentId) ? null : documentId,
    variables: isMissing(variables) ? {} : (variables as Readonly<Record<string, unknown>>),
    // Some clients send the name of an unnamed operation.
    operationName: isMissing(operationName) || operationName === '' ? null : operationName,
  };
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

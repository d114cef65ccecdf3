import { type Answer, type Operation, travelling } from './document.js';
import { ConnectionLostError } from './errors.js';

export type Fetch = typeof globalThis.fetch;

/** How subscriptions reach the server. */
export interface Transport {
  /** The answers until the server says that there are no more. Throws ConnectionLostError when cut off before; ends when aborted. */
  open(operation: Operation, signal: AbortSignal): AsyncIterable<Answer>;
  close(): void;
}

/** A bearer token, or what answers the present one: it is asked for each request and each connection. */
export type Token = string | (() => string | Promise<string>);

export async function authorizationOf(token: Token): Promise<string> {
  return `Bearer ${typeof token === 'string' ? token : await token()}`;
}

/** Where operations go, and how they get there. */
export interface Endpoint {
  readonly url: string;
  readonly token: Token;
  readonly fetch: Fetch;
}

export async function post(
  { url, token, fetch }: Endpoint,
  operation: Operation,
  accept: string,
  signal: AbortSignal | null,
): Promise<Response> {
  const authorization = await authorizationOf(token);
  signal?.throwIfAborted();
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', authorization },
      body: JSON.stringify(travelling(operation)),
      signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new ConnectionLostError(`${url} cannot be reached.`, { cause: error });
  }
}

/** The JSON answer of a response. A gateway's page is no answer. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text().catch((error: unknown) => {
    throw new ConnectionLostError('The answer was cut off.', { cause: error });
  });
  try {
    return JSON.parse(text) as Answer;
  } catch (error) {
    throw new ConnectionLostError(`The server answered ${response.status} without JSON.`, { cause: error });
  }
}

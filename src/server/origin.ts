import type { IncomingMessage } from 'node:http';

/** Whether a page of this origin may use the API: one of the configured ones, or one that this server itself served. */
export function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined || host === undefined) return false;
  try {
    return new URL(origin).host === host.toLowerCase();
  } catch {
    // "null": a sandboxed frame, a file.
    return false;
  }
}

/** Browsers do not ask before they open a WebSocket to another site, so the server has to. Programs send no Origin. */
export function mayOpenSocket(request: IncomingMessage, origins: readonly string[]): boolean {
  const { origin } = request.headers;
  return origin === undefined || origins.includes(origin) || isOwnOrigin(request);
}

/** The headers that let a page of a configured origin read the answer; none for any other. Cookies play no part. */
export function corsHeaders({ headers: { origin } }: IncomingMessage, origins: readonly string[]): Readonly<Record<string, string>> {
  if (origins.length === 0) return {};
  if (origin === undefined || !origins.includes(origin)) return { vary: 'Origin' };
  return { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': 'x-request-id, retry-after' };
}

/** What such a page may send, for the browser's question before it. */
export const preflightHeaders = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type, accept, x-request-id',
  'access-control-max-age': '600',
};

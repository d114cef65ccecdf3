/** The subprotocol of GraphQL over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export const subprotocol = 'graphql-transport-ws';

type Parameters = Readonly<Record<string, unknown>>;

/** What a client may send. */
export type ClientMessage =
  | { readonly type: 'connection_init'; readonly payload: Parameters | null }
  | { readonly type: 'ping'; readonly payload: Parameters | null }
  | { readonly type: 'pong' }
  /** The payload is looked at when it is performed: one that is no operation is answered with an error. */
  | { readonly type: 'subscribe'; readonly id: string; readonly payload: unknown }
  | { readonly type: 'complete'; readonly id: string };

/** Null: the text is no message of the protocol that a client may send. */
export function readMessage(text: string): ClientMessage | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(message)) return null;
  const { type, id, payload } = message;
  switch (type) {
    case 'connection_init':
    case 'ping':
    case 'pong':
      if (payload === undefined || payload === null) return { type, payload: null };
      return isObject(payload) ? { type, payload } : null;
    case 'subscribe':
      return isId(id) ? { type, id, payload } : null;
    case 'complete':
      return isId(id) ? { type, id } : null;
    default:
      return null;
  }
}

function isObject(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id !== '';
}

/** Why this server closes a WebSocket, beside the codes of the graphql-transport-ws protocol (docs/protocol.md). */
export const closeCodes = {
  /** The server is going away: come back, elsewhere or later. */
  goingAway: 1001,
  internal: 1011,
  /** The database does not answer: come back later. */
  tryAgainLater: 1013,
  /** The credential of connection_init is not valid. */
  unauthorized: 4401,
  /** More unsent bytes than a slow reader may pile up. */
  tooSlow: 4413,
  /** More messages than a socket may send. */
  tooManyMessages: 4429,
} as const;

/** A close frame carries at most 123 bytes of reason (RFC 6455, 5.5). */
export function closeReason(text: string): string {
  let reason = text;
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}

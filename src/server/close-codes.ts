/** Why this server closes a WebSocket, beside the codes of the graphql-transport-ws protocol (docs/protocol.md). */
export const closeCodes = {
  /** The server is going away: come back, elsewhere or later. */
  goingAway: 1001,
  internal: 1011,
  /** The database or the identity provider does not answer, or too many came at once: come back later. */
  tryAgainLater: 1013,
  /** The message breaks the protocol. */
  badRequest: 4400,
  /** The credential of connection_init is missing or not valid. */
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

/** Why this server closes a WebSocket (docs/protocol.md). */
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
  /** It speaks another protocol. */
  otherProtocol: 4406,
  /** It did not begin in time. */
  initTimeout: 4408,
  /** An operation has the id of one that goes on. */
  subscriberExists: 4409,
  /** More unsent bytes than a slow reader may pile up. */
  tooSlow: 4413,
  /** It began twice, or sent more messages than a socket may. */
  tooManyMessages: 4429,
} as const;

/** A close frame carries at most 123 bytes of reason (RFC 6455, 5.5). */
export function closeReason(text: string): string {
  let reason = text;
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}

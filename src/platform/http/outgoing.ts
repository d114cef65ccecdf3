/** A call of another server. */
export interface OutgoingRequest {
  readonly method: string;
  /** Absolute, http or https. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  /** For the whole call, redirects included; null: the limit of the settings, which is also the most. */
  readonly timeoutMs: number | null;
  readonly signal?: AbortSignal;
  /** Names of headers, lower case, that are not carried to another origin by a redirect, beside the usual ones. */
  readonly secretHeaders?: readonly string[];
  /** Whose call it is, such as a workspace: a host that fails one of them is not left alone for the others. */
  readonly scope?: string;
  /** false: a response that sends on is the answer. */
  readonly redirects?: false;
}

export interface OutgoingResponse {
  readonly status: number;
  /** Names in lower case; repeated ones are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came: nothing is decompressed. */
  readonly body: Buffer;
  /** Where it came from in the end. */
  readonly url: string;
}

export const outgoingErrorCodes = [
  /** Not an absolute http or https URL, or with user and password in it. */
  'INVALID_URL',
  /** The method or a header cannot be sent. */
  'INVALID_REQUEST',
  /** The address is private, loopback, link-local, multicast or otherwise not public, and not allow-listed. */
  'BLOCKED_ADDRESS',
  'DNS',
  /** Refused, reset, or not a valid answer. */
  'NETWORK',
  'TIMEOUT',
  'TOO_LARGE',
  'TOO_MANY_REDIRECTS',
  /** Too many calls of this host failed lately: it is left alone for a while. */
  'BREAKER_OPEN',
  'CANCELED',
] as const;
export type OutgoingErrorCode = (typeof outgoingErrorCodes)[number];

/** No response came. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError';
  readonly code: OutgoingErrorCode;
  /** Whether another try may succeed. */
  readonly retryable: boolean;
  /** For BREAKER_OPEN: when the host may be tried again, in milliseconds. */
  readonly retryAfterMs: number | null;

  constructor(code: OutgoingErrorCode, message: string, retryable: boolean, retryAfterMs: number | null = null) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The only door to other servers: addresses are checked when they are dialled, time, redirects and bytes are bounded. */
export interface Outgoing {
  /** Any status is a response. Rejects with an {@link OutgoingError}. */
  send(request: OutgoingRequest): Promise<OutgoingResponse>;
  close(): Promise<void>;
}

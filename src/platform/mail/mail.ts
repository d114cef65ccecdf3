import { createTransport } from 'nodemailer';
import type { Config } from '#platform/config/config';

export interface MailMessage {
  /** Constant over attempts, so that a mail which arrives twice is one in most mailboxes: letters, digits, - and _. */
  readonly id: string;
  /** One address and no name. */
  readonly to: string;
  /** Line breaks and other control characters in it become spaces. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The mail did not get to the server, or was refused by it. */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** The reply of the server (RFC 5321, 4.2); null when there was none. */
  readonly replyCode: number | null;
  /** The server refused this mail for good: another try would be refused as well. */
  readonly permanent: boolean;

  /** `cause` is for the log of the operator. */
  constructor(message: string, replyCode: number | null, permanent: boolean, cause: unknown) {
    super(message, { cause });
    this.replyCode = replyCode;
    this.permanent = permanent;
  }
}

/** The mail server of the installation. It is the operator's own setting, so its address may be a private one. */
export interface Mailer {
  /** Resolves once the server has taken the mail. Rejects with {@link MailError}, also when `signal` aborts. */
  send(message: MailMessage, signal: AbortSignal): Promise<void>;
  /** Mails under way fail. */
  close(): Promise<void>;
}

/** Longest time for one mail, in milliseconds: a server that trickles its replies meets no time-out of idleness. */
export const mailMs = 30_000;
const connectMs = 10_000;
const connections = 4;
const longestSubject = 200;

/** Null: no mail server is configured. Nothing is connected until the first mail. */
export function createMailer(config: Config['mail']): Mailer | null {
  if (config === null) return null;
  // Whether a reply means "never" is told by the server; file and URL access would let a message name what is then attached.
  const access = { disableFileAccess: true, disableUrlAccess: true };
  const transport = createTransport(
    {
      url: config.url,
      pool: true,
      maxConnections: connections,
      // Attempts are counted, logged and repeated by whoever asks for them.
      maxRequeues: 0,
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      dnsTimeout: connectMs,
      socketTimeout: mailMs,
      ...access,
    },
    access,
  );
  const host = /@([A-Za-z0-9.-]+)/.exec(config.from)?.[1] ?? 'millrace.invalid';
  return {
    send: async ({ id, to, subject, text, html }, signal) => {
      const ending = AbortSignal.any([signal, AbortSignal.timeout(mailMs)]);
      try {
        await transport.sendMail({
          from: config.from,
          // As an object it is one address, whatever stands in it.
          to: { name: '', address: to },
          subject: oneLine(subject),
          text,
          html,
          messageId: `<${id}@${host}>`,
          // RFC 3834: nobody's holiday notice shall answer it.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: ending,
        });
      } catch (error) {
        throw refusal(error);
      }
    },
    close: () => {
      transport.close();
      return Promise.resolve();
    },
  };
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, longestSubject)
    .toWellFormed();
}

/** Of what a mail server replies, only what is about this mail is told: the rest is the operator's, as are the addresses in errors of sockets. */
function refusal(cause: unknown): MailError {
  const { message, responseCode, permanent, code, command } = cause as {
    readonly message?: unknown;
    readonly responseCode?: unknown;
    readonly permanent?: unknown;
    readonly code?: unknown;
    readonly command?: unknown;
  };
  const replyCode = typeof responseCode === 'number' ? responseCode : null;
  const ofMail = replyCode !== null && (code === 'EENVELOPE' || code === 'EMESSAGE') && command !== 'MAIL FROM';
  if (ofMail && typeof message === 'string') return new MailError(message, replyCode, permanent === true, cause);
  return new MailError(
    `The mail server could not be used: ${typeof code === 'string' ? code : 'no valid answer'}.`,
    replyCode,
    false,
    cause,
  );
}

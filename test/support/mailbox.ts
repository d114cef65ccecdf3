import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { atEnd } from './at-end.js';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly raw: string;
  /** A header's value with its continuation lines joined, encoded words decoded; null when it is not there. */
  header(name: string): string | null;
  /** How often a header is there. */
  headers(name: string): number;
  /** The plain text part, decoded. */
  readonly text: string;
}

export interface Mailbox {
  /** For SMTP_URL. */
  readonly url: string;
  readonly mails: readonly Mail[];
  close(): Promise<void>;
}

/** What the server says to a mail: null takes it. */
export type Reply = (mail: Mail) => { readonly code: number; readonly text: string } | null;

/** A mail server on this machine that keeps what it takes. */
export async function mailbox(reply: Reply = () => null): Promise<Mailbox> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail = read(
          Buffer.concat(chunks).toString('utf8'),
          mailFrom === false ? '' : mailFrom.address,
          rcptTo.map(({ address }) => address),
        );
        const refusal = reply(mail);
        if (refusal === null) mails.push(mail);
        done(refusal === null ? null : Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let open = true;
  const close = (): Promise<void> => {
    if (!open) return Promise.resolve();
    open = false;
    return new Promise((resolve) => server.close(() => resolve()));
  };
  atEnd(close);
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, mails, close };
}

function read(raw: string, from: string, to: readonly string[]): Mail {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const named = (name: string) => lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  const header = (name: string): string | null => {
    const line = named(name)[0];
    return line === undefined ? null : decodedWords(line.slice(line.indexOf(':') + 1).trim());
  };
  return { from, to, raw, header, headers: (name) => named(name).length, text: plainPart(raw) };
}

function plainPart(raw: string): string {
  const part = /content-type: text\/plain[^]*?\r\n\r\n([^]*?)\r\n--/i.exec(raw);
  if (part === null) return '';
  const body = part[1] ?? '';
  if (/content-transfer-encoding: base64/i.test(part[0])) return Buffer.from(body, 'base64').toString('utf8');
  return /content-transfer-encoding: quoted-printable/i.test(part[0]) ? quotedPrintable(body.replaceAll('=\r\n', '')) : body;
}

function quotedPrintable(text: string): string {
  return Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}

function decodedWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_all, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('utf8') : quotedPrintable(word.replaceAll('_', ' ')),
    );
}

import { isUtf8 } from 'node:buffer';
import { storableText } from '#platform/json';
import type { EffectMessage } from '#domain/run/run.effect';
import { redacted, type Redactor } from './redactor.js';

/** One side of a call as it may be kept and shown. */
export interface Shown {
  message(headers: Readonly<Record<string, string>>, body: string | Uint8Array | null, secrets: readonly string[]): EffectMessage;
  /** Whatever its name, a header that a secret was put into is a credential. */
  headersWithSecrets(headers: Readonly<Record<string, string>>): readonly string[];
}

const alwaysSecret = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'];

export function createShown(redactor: Redactor, storedBytes: number): Shown {
  function keptBody(body: string | Uint8Array | null): Pick<EffectMessage, 'body' | 'truncated'> {
    if (body === null || body.length === 0) return { body: null, truncated: false };
    const bytes = Buffer.from(body);
    // Beyond the limit is read only what could complete a secret that begins within it.
    const part = bytes.subarray(0, storedBytes + 16_384);
    if (!isUtf8(bytes)) return { body: null, truncated: true };
    const text = redactor.cut(storableText(part.toString('utf8')));
    const fits = bytes.length <= storedBytes && Buffer.byteLength(text) <= storedBytes;
    if (fits) return { body: text, truncated: false };
    const clean = Buffer.from(text)
      .subarray(0, storedBytes)
      .toString('utf8')
      .replace(/\uFFFD{1,3}$/, '');
    return { body: clean, truncated: true };
  }

  return {
    message: (headers, body, secrets) => {
      const shown = Object.entries(headers).map(([name, value]): [string, string] => {
        const lower = name.toLowerCase();
        const hidden = alwaysSecret.includes(lower) || secrets.includes(lower);
        return [redactor.text(storableText(lower)), hidden ? redacted : redactor.text(storableText(value))];
      });
      return { headers: Object.fromEntries(shown), ...keptBody(body) };
    },
    headersWithSecrets: (headers) =>
      Object.entries(headers).flatMap(([name, value]) => (redactor.text(value) === value ? [] : [name.toLowerCase()])),
  };
}

import type { Json } from '#plan/plan';

/** Takes the values of secrets out of whatever is recorded. */
export interface Redactor {
  /** From now on this value is taken out. */
  add(secret: string): void;
  text(text: string): string;
  /** A text that may have been cut off: what its end has of a secret goes, too. */
  cut(text: string): string;
  /** Every text, key and number of it. */
  json(value: Json): Json;
}

/** What stands in the place of a secret. */
export const redacted = '[redacted]';

/** Shorter values are not searched: they would blank out innocent texts, and guard nothing. */
const shortest = 4;
/** The core of a value in Base64 that is shorter could be anything. */
const shortestCore = 6;
/** As much of the beginning of a secret, at the end of a text that was cut off, is taken for one. */
const shortestBeginning = 8;

export function createRedactor(): Redactor {
  const forms = new Set<string>();
  let pattern: RegExp | null = null;

  const text = (given: string): string => {
    if (forms.size === 0) return given;
    // The longest first: a secret that contains another one goes whole.
    pattern ??= new RegExp(
      [...forms]
        .sort((a, b) => b.length - a.length)
        .map(escaped)
        .join('|'),
      'g',
    );
    return given.replace(pattern, redacted);
  };

  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') {
      const digits = String(value);
      return text(digits) === digits ? value : redacted;
    }
    if (Array.isArray(value)) return (value as readonly Json[]).map(json);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), json(item)]));
    return value;
  };

  return {
    add: (secret) => {
      const before = forms.size;
      for (const form of formsOf(secret)) forms.add(form);
      if (forms.size > before) pattern = null;
    },
    text,
    cut: (given) => {
      const whole = text(given);
      // The sandbox puts this mark where it cuts off.
      const end = whole.endsWith('…') ? whole.slice(0, -1) : whole;
      let longest = 0;
      for (const form of forms)
        for (let length = Math.min(form.length - 1, end.length); length >= shortestBeginning && length > longest; length -= 1)
          if (end.endsWith(form.slice(0, length))) longest = length;
      return longest === 0 ? whole : end.slice(0, -longest) + redacted;
    },
    json: (value) => (forms.size === 0 ? value : json(value)),
  };
}

const escaped = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&');

/** The spellings in which a value travels: as it is, in JSON, in URLs and forms, in hexadecimal, in Base64 wherever it stands there. */
function formsOf(secret: string): readonly string[] {
  if (secret.length < shortest) return [];
  const component = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const plain = [secret, secret.trim(), inJson, inJson.replaceAll('/', '\\/'), encodeURI(secret.toWellFormed())];
  const encoded = [component, form].flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())]);
  const hex = Buffer.from(secret, 'utf8').toString('hex');
  const base64 = [0, 1, 2].flatMap((offset) => base64Core(secret, offset));
  return [
    ...plain,
    ...encoded,
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((core) => core.replaceAll('+', '-').replaceAll('/', '_')),
  ].filter((text) => text.length >= shortest);
}

/** What every Base64 text has in common that holds the value after `offset` bytes (modulo 3), whatever stands beside it. */
function base64Core(secret: string, offset: number): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const rest = (offset + bytes.length) % 3;
  const core = text.slice(offset === 0 ? 0 : offset + 1, rest === 0 ? undefined : -1);
  return core.length >= shortestCore ? [core] : [];
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '#worker/redactor';

function knowing(...secrets: string[]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

describe('a secret is taken out', () => {
  const secret = 'p@ss "word"/+\n&é';
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  test.for<readonly [string, string]>([
    ['as it is', secret],
    ['in JSON', JSON.stringify(secret)],
    ['in JSON with escaped slashes', JSON.stringify(secret).replaceAll('/', '\\/')],
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL, in lower case', encodeURIComponent(secret).toLowerCase()],
    ['in a form', new URLSearchParams({ a: secret }).toString()],
    ['in a form, in lower case', new URLSearchParams({ a: secret }).toString().toLowerCase()],
    ['in hexadecimal', `0x${Buffer.from(secret).toString('hex')}00`],
    ['in hexadecimal, in upper case', Buffer.from(secret).toString('hex').toUpperCase()],
    ['in Base64', base64(secret)],
    ['in Base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in Base64 after one byte', base64(`:${secret}`)],
    ['in Base64 after two bytes', base64(`u:${secret}`)],
    ['in Base64 between others', base64(`user:${secret} and more`)],
  ])('%s', ([, text]) => {
    const said = knowing(secret).text(`before ${text} after`);
    expect(said).toMatch(/^before .*\[redacted\].* after$/s);
    expect(said).not.toContain(secret);
    expect(said).not.toContain('ss%20%22');
    expect(said.toLowerCase()).not.toContain(Buffer.from('word').toString('hex'));
    for (const word of said.split(' ')) expect(Buffer.from(word, 'base64').toString('latin1')).not.toContain('word');
  });

  test('from keys, texts and numbers of JSON, at any depth', () => {
    const value = { a: ['x 12345678 y', { '12345678': 1 }], n: 12345678, in: 9123456789, ok: 5, none: null, yes: true };
    expect(knowing('12345678').json(value)).toEqual({
      a: ['x [redacted] y', { '[redacted]': 1 }],
      n: '[redacted]',
      in: '[redacted]',
      ok: 5,
      none: null,
      yes: true,
    });
  });

  test('also one that holds another, and one that is a pattern', () => {
    expect(knowing('abcd', 'abcd-efgh').text('abcd-efgh abcd')).toBe('[redacted] [redacted]');
    expect(knowing('.*+?^${}()|[]\\/-').text('a .*+?^${}()|[]\\/- b')).toBe('a [redacted] b');
    expect(knowing('.*+?').text('anything')).toBe('anything');
  });

  test('from the end of a text that was cut off', () => {
    const redactor = knowing('0123456789abcdef');
    expect(redactor.cut('said 0123456789ab')).toBe('said [redacted]');
    expect(redactor.cut('said 0123456789ab…')).toBe('said [redacted]');
    expect(redactor.cut('said 0123')).toBe('said 0123');
  });
});

test('what is too short is not searched, and without secrets everything stays', () => {
  expect(knowing('abc').text('abc')).toBe('abc');
  const value = { a: 1 };
  expect(createRedactor().json(value)).toBe(value);
});

test('no text keeps a secret, wherever it stands', () => {
  const text = fc.string({ minLength: 4, maxLength: 30, unit: 'grapheme' });
  fc.assert(
    fc.property(text, fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(!'[redacted]'.includes(secret));
      const said = knowing(secret).text(before + secret + after);
      // What is put in may make the beginning of a secret out of what was beside it; the value itself was taken out.
      expect(said.replaceAll('[redacted]', '')).not.toBe(before + secret + after);
      expect(said).toContain('[redacted]');
    }),
  );
});

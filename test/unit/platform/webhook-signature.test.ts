import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import {
  hmacForgery,
  isWebhookSecret,
  mintWebhookSecret,
  type StandardMessage,
  signStandardWebhook,
  standardForgery,
} from '#platform/secrets/webhook-signature';

// The vector that the libraries of Standard Webhooks share.
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  seconds: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
} as const;

const at = new Date(vector.seconds * 1_000);
const lately = { now: at, toleranceMs: 300_000 };
const shifted = (seconds: number) => ({ ...lately, now: new Date(at.getTime() + seconds * 1_000) });

function message(changes: Partial<StandardMessage> = {}): StandardMessage {
  return { id: vector.id, timestamp: String(vector.seconds), signature: vector.signature, body: Buffer.from(vector.body), ...changes };
}

const forgery = (changes: Partial<StandardMessage> = {}, secrets: readonly string[] = [vector.secret]) =>
  standardForgery(secrets, message(changes), lately);

describe('a signature of Standard Webhooks', () => {
  it('is the published one', () => {
    expect(signStandardWebhook(vector.secret, vector.id, at, vector.body)).toBe(vector.signature);
    expect(forgery()).toBeNull();
  });

  it('is the one of the official package, for text of any kind and any secret', () => {
    for (const body of ['', '{"a":"\u00e9\u{1f600}"}', 'line\r\nline\n', '\ufeff{}']) {
      const secret = mintWebhookSecret();
      const official = new Webhook(secret).sign('msg_1', at, body);
      expect(signStandardWebhook(secret, 'msg_1', at, body)).toBe(official);
      expect(
        standardForgery([secret], { id: 'msg_1', timestamp: String(vector.seconds), signature: official, body: Buffer.from(body) }, lately),
      ).toBeNull();
    }
  });

  it('is refused for another body, id, timestamp or secret', () => {
    expect(forgery({ body: Buffer.from(`${vector.body} `) })).toBe('WRONG_SIGNATURE');
    expect(forgery({ id: 'msg_other' })).toBe('WRONG_SIGNATURE');
    expect(forgery({ timestamp: String(vector.seconds + 1) })).toBe('WRONG_SIGNATURE');
    expect(forgery({}, [mintWebhookSecret()])).toBe('WRONG_SIGNATURE');
    expect(forgery({}, [])).toBe('WRONG_SIGNATURE');
  });

  it('covers bytes, also those that are no text', () => {
    const [one, other] = [Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0x22, 0xfe, 0x22])];
    const signature = signStandardWebhook(vector.secret, vector.id, at, one);
    expect(forgery({ signature, body: one })).toBeNull();
    expect(forgery({ signature, body: other })).toBe('WRONG_SIGNATURE');
  });

  it('may be one of several, of several secrets, beside versions that are not known', () => {
    const wrong = `v1,${Buffer.alloc(32).toString('base64')}`;
    expect(forgery({ signature: `v1a,abc ${wrong} ${vector.signature}` })).toBeNull();
    expect(forgery({}, [mintWebhookSecret(), vector.secret])).toBeNull();
    expect(forgery({ signature: vector.signature.replace('v1,', 'v2,') })).toBe('WRONG_SIGNATURE');
    expect(forgery({ signature: 'v1,' })).toBe('WRONG_SIGNATURE');
    expect(forgery({ signature: vector.signature.slice(0, 20) })).toBe('WRONG_SIGNATURE');
  });

  it('is refused outside the replay window, to either side, and taken at its edge', () => {
    expect(standardForgery([vector.secret], message(), shifted(300))).toBeNull();
    expect(standardForgery([vector.secret], message(), shifted(301))).toBe('TOO_OLD');
    expect(standardForgery([vector.secret], message(), shifted(-300))).toBeNull();
    expect(standardForgery([vector.secret], message(), shifted(-301))).toBe('TOO_NEW');
  });

  it('needs its three headers, and a timestamp in seconds', () => {
    for (const name of ['id', 'timestamp', 'signature'] as const) {
      expect(forgery({ [name]: undefined })).toBe('MISSING_HEADERS');
      expect(forgery({ [name]: '' })).toBe('MISSING_HEADERS');
    }
    for (const timestamp of [`${vector.seconds}x`, '-1', '1e9', `${vector.seconds}.0`, ` ${vector.seconds}`])
      expect(forgery({ timestamp })).toBe('MALFORMED_TIMESTAMP');
  });
});

describe('a secret of Standard Webhooks', () => {
  it('has 24 to 64 bytes in base64 after its prefix', () => {
    expect(isWebhookSecret(vector.secret)).toBe(true);
    expect(isWebhookSecret(mintWebhookSecret())).toBe(true);
    for (const [bytes, valid] of [
      [23, false],
      [24, true],
      [64, true],
      [65, false],
    ] as const)
      expect(isWebhookSecret(`whsec_${Buffer.alloc(bytes, 7).toString('base64')}`)).toBe(valid);
    for (const secret of ['', 'whsec_', vector.secret.slice(6), `${vector.secret} `, 'whsec_!!!!'])
      expect(isWebhookSecret(secret)).toBe(false);
  });

  it('is new each time', () => {
    expect(mintWebhookSecret()).not.toBe(mintWebhookSecret());
  });
});

describe('a plain HMAC', () => {
  // RFC 4231, test case 2.
  const [secret, body] = ['Jefe', Buffer.from('what do ya want for nothing?')];
  const hex = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  const base64 = Buffer.from(hex, 'hex').toString('base64');

  it('is the published one, in either encoding and with the prefix that some put before it', () => {
    for (const given of [hex, hex.toUpperCase(), `sha256=${hex}`, `SHA256=${hex}`])
      expect(hmacForgery([secret], given, 'HEX', body)).toBeNull();
    for (const given of [base64, `sha256=${base64}`]) expect(hmacForgery([secret], given, 'BASE64', body)).toBeNull();
    expect(hmacForgery(['other', secret], hex, 'HEX', body)).toBeNull();
  });

  it('is refused when it is another one, another encoding, cut or absent', () => {
    expect(hmacForgery(['other'], hex, 'HEX', body)).toBe('WRONG_SIGNATURE');
    expect(hmacForgery([secret], hex, 'HEX', Buffer.from('what do ya want for nothing!'))).toBe('WRONG_SIGNATURE');
    expect(hmacForgery([secret], base64, 'HEX', body)).toBe('WRONG_SIGNATURE');
    expect(hmacForgery([secret], hex.slice(0, -2), 'HEX', body)).toBe('WRONG_SIGNATURE');
    expect(hmacForgery([secret], `${hex}zz`, 'BASE64', body)).toBe('WRONG_SIGNATURE');
    expect(hmacForgery([secret], '', 'HEX', body)).toBe('MISSING_HEADERS');
    expect(hmacForgery([secret], undefined, 'HEX', body)).toBe('MISSING_HEADERS');
    expect(hmacForgery([], hex, 'HEX', body)).toBe('WRONG_SIGNATURE');
  });

  it('covers the bytes, and not the text that they may stand for', () => {
    const crlf = Buffer.from('a\r\nb');
    const signature = createHmac('sha256', secret).update(crlf).digest('hex');
    expect(hmacForgery([secret], signature, 'HEX', crlf)).toBeNull();
    expect(hmacForgery([secret], signature, 'HEX', Buffer.from('a\nb'))).toBe('WRONG_SIGNATURE');
  });
});

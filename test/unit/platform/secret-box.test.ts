import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecretKeyError, createSecretBox } from '#platform/secrets/secret-box';

const key = (id: string) => ({ id, key: randomBytes(32) });
const [first, second] = [key('first'), key('second')];
const box = createSecretBox([first, second]);

describe('a secret', () => {
  it.each(['', 'a', 'pässwörd ☃', 'x'.repeat(4_096)])('opens as it was sealed: %#', (value) => {
    expect(box.open('row', box.seal('row', value))).toBe(value);
  });

  it('is never sealed twice the same, and does not hold its value', () => {
    const [one, other] = [box.seal('row', 'planted'), box.seal('row', 'planted')];
    expect(Buffer.from(one.sealed).equals(Buffer.from(other.sealed))).toBe(false);
    expect(Buffer.from(one.sealed).includes('planted')).toBe(false);
    expect(one.keyId).toBe('first');
  });

  it('is refused with any bit of it changed, or a part cut off', () => {
    const { keyId, sealed } = box.seal('row', 'planted');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => box.open('row', { keyId, sealed: changed }), String(index)).toThrow(SecretKeyError);
    }
    for (const length of [sealed.length - 1, 28, 20, 12, 0])
      expect(() => box.open('row', { keyId, sealed: sealed.slice(0, length) }), String(length)).toThrow();
  });

  it('opens in no other row', () => {
    expect(() => box.open('other row', box.seal('row', 'planted'))).toThrow(SecretKeyError);
  });

  it('opens with the key that sealed it, wherever that stands, and with no other', () => {
    const old = createSecretBox([second]).seal('row', 'planted');
    expect(box.open('row', old)).toBe('planted');
    expect(() => createSecretBox([first]).open('row', old)).toThrow('The key second is not in SECRETS_KEYS.');
    expect(() => createSecretBox([{ ...first, id: 'second' }]).open('row', old)).toThrow(SecretKeyError);
    expect(() => createSecretBox([])).toThrow('set SECRETS_KEYS');
  });
});

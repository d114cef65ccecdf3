import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKey } from '#platform/config/config';

/** An encrypted value and the id of the key that made it. */
export interface Sealed {
  readonly keyId: string;
  /** Nonce (12 bytes), tag (16), ciphertext. */
  readonly sealed: Uint8Array<ArrayBuffer>;
}

/** Encrypts what is kept secret at rest: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. */
export interface SecretBox {
  /** The id of the key that seals. */
  readonly keyId: string;
  /** `place` is where the value will stand; it opens nowhere else, so that who can write rows cannot move secrets between them. */
  seal(place: string, value: string): Sealed;
  /** Throws SecretKeyError when the key is not there or the value was tampered with. */
  open(place: string, sealed: Sealed): string;
}

export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** The first key seals, all open. Throws SecretKeyError without any key. */
export function createSecretBox(keys: readonly SecretKey[]): SecretBox {
  const [first] = keys;
  if (first === undefined) throw new SecretKeyError('There is no key for secrets: set SECRETS_KEYS.');
  return {
    keyId: first.id,
    seal: (place, value) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, first.key, nonce).setAAD(Buffer.from(place));
      const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return { keyId: first.id, sealed: Uint8Array.from(Buffer.concat([nonce, cipher.getAuthTag(), text])) };
    },
    open: (place, { keyId, sealed }) => {
      const known = keys.find((key) => key.id === keyId);
      if (known === undefined) throw new SecretKeyError(`The key ${keyId} is not in SECRETS_KEYS.`);
      const bytes = Buffer.from(sealed);
      const decipher = createDecipheriv(algorithm, known.key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
      } catch {
        throw new SecretKeyError(`A secret does not open with the key ${keyId}: the key is another one, or the value was changed.`);
      }
    },
  };
}

import { InvalidInputError } from '#domain/errors';

/** How the cursors of one feed are written. */
export interface CursorForm {
  /** The cursor of a position: opaque to clients, safe in URLs. */
  encode(position: bigint): string;
  /** The position that a cursor stands for; rejects everything that `encode` did not make, cursors of other feeds among it. */
  decode(cursor: string, path?: readonly string[]): bigint;
}

/** `version` tells a form from others: a cursor of another one is refused instead of misread. */
export function cursorForm(version: string, refusal: string): CursorForm {
  // Positions are 64-bit integers, at most 19 digits.
  const pattern = new RegExp(`^${version}\\.(0|[1-9][0-9]{0,17})$`);
  const encode = (position: bigint): string => Buffer.from(`${version}.${position}`).toString('base64url');
  return {
    encode,
    decode: (cursor, path = ['after']) => {
      const digits = pattern.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
      const position = digits === undefined ? null : BigInt(digits);
      if (position === null || encode(position) !== cursor) throw new InvalidInputError([{ path, message: refusal, code: 'CURSOR' }]);
      return position;
    },
  };
}

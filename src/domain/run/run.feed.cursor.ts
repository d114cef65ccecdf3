import { InvalidInputError } from '#domain/errors';

/** Version of the form; a cursor of another one is refused instead of misread. */
const form = 'f1';
/** Positions are 64-bit integers, at most 19 digits. */
const pattern = new RegExp(`^${form}\\.(0|[1-9][0-9]{0,17})$`);

/** The cursor of a position in the feed: opaque to clients, safe in URLs. */
export function encodeCursor(position: bigint): string {
  return Buffer.from(`${form}.${position}`).toString('base64url');
}

/** The position that a cursor stands for; rejects everything that {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string, path: readonly string[] = ['after']): bigint {
  const digits = pattern.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  const position = digits === undefined ? null : BigInt(digits);
  if (position === null || encodeCursor(position) !== cursor)
    throw new InvalidInputError([{ path, message: 'This is not a cursor of the feed.', code: 'CURSOR' }]);
  return position;
}

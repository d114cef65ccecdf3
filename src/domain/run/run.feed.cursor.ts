import { cursorForm } from '#domain/feed-cursor';

/** Cursors of the feed of runs. */
export const runCursor = cursorForm('f1', 'This is not a cursor of the feed.');

export const { encode: encodeCursor, decode: decodeCursor } = runCursor;

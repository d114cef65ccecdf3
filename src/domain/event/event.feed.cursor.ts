import { cursorForm } from '#domain/feed-cursor';

/** Cursors of the feed of events. */
export const eventCursor = cursorForm('e1', 'This is not a cursor of the feed of events.');

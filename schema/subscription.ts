import type { Stream } from '#platform/events/stream';
import { builder } from './builder.js';
import type { SignedIn } from './context.js';

builder.subscriptionType({ description: 'What happens, as it happens. How subscriptions resume and end: docs/protocol.md.' });

/** Ends a stream with the error that says why, once the viewer's rights to it are gone. */
export function whilePermitted<Value>({ app, viewer }: SignedIn, stream: Stream<Value>): Stream<Value> {
  stream.whenOver(app.access.track(viewer, (reason) => stream.end(reason)));
  return stream;
}

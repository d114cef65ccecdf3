import type { Stream } from '#platform/events/stream';
import type { SignedIn } from './context.js';

/** Ends a stream with the error that says why, once the viewer's rights to it are gone. */
export function whilePermitted<Value>({ app, viewer }: SignedIn, stream: Stream<Value>): Stream<Value> {
  const untrack = app.access.track(viewer, (reason) => stream.end(reason));
  void stream.ended.then(untrack);
  return stream;
}

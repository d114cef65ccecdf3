import { type HeaderFields, openAcknowledged, openEvents } from '#test/support/wire';
import type { Millrace } from '#test/support/api';

export interface Heard {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** A subscription that somebody follows. */
export interface Following {
  /** What came, in its order. */
  readonly heard: readonly Heard[];
  /** Whether the server said that it is over, and has nothing more to say. */
  readonly completed: boolean;
  stop(): void;
}

export type Follow = (millrace: Millrace, token: string, query: string, variables: Readonly<Record<string, unknown>>) => Promise<Following>;

async function followEvents({ url }: Millrace, token: string, query: string, variables: object): Promise<Following> {
  const headers: HeaderFields = { authorization: `Bearer ${token}` };
  const stream = await openEvents(url, { query, variables }, headers);
  const heard: Heard[] = [];
  const following = { heard, completed: false, stop: () => stream.abort() };
  const reading = (async () => {
    for await (const { event, data } of stream.events)
      if (event === 'next') heard.push(data as Heard);
      else if (event === 'complete') following.completed = true;
  })();
  // It is cut off in the end.
  reading.catch(() => undefined);
  return following;
}

async function followSocket({ wsUrl }: Millrace, token: string, query: string, variables: object): Promise<Following> {
  const socket = await openAcknowledged(wsUrl, { authorization: `Bearer ${token}` });
  socket.send({ type: 'subscribe', id: 'followed', payload: { query, variables } });
  const of = (...types: readonly string[]) => socket.received.filter(({ id, type }) => id === 'followed' && types.includes(type));
  return {
    get heard() {
      return of('next', 'error').map(({ type, payload }) => (type === 'next' ? payload : { errors: payload }) as Heard);
    },
    get completed() {
      return of('complete', 'error').length > 0;
    },
    stop: () => socket.raw.terminate(),
  };
}

/** Every way on which a subscription is answered. */
export const transports: Readonly<Record<string, Follow>> = { 'server-sent events': followEvents, 'a WebSocket': followSocket };

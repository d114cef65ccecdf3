import { once } from 'node:events';
import { WebSocket } from 'ws';
import { now } from './pace.js';

/** One subscription. */
export interface Follower {
  /** Received since the last reset. */
  readonly events: number;
  /** Those among them that another follower got in another place. */
  readonly disordered: number;
}

export interface Followers {
  readonly all: readonly Follower[];
  /** From the time of an event to its receipt, in milliseconds, of all followers. */
  readonly latencies: readonly number[];
  /** Cursors in the order in which the first follower of each place got them. */
  readonly order: readonly string[];
  /** When the last message came. */
  lastAt(): number;
  reset(): void;
  close(): void;
}

export interface FollowOptions {
  readonly url: string;
  readonly sockets: number;
  readonly subscriptionsPerSocket: number;
  readonly tokenOf: (socket: number) => string;
  readonly automationKey: string;
}

const query = 'subscription ($key: String!) { runEvents(filter: { automationKey: $key, types: [RUN_FINISHED] }) { cursor at run { id } } }';

interface Place {
  readonly cursor: string;
  readonly at: number;
}

/** Opens many subscriptions with one document. It reads what comes with as little work as possible: it shares the machine with the server. */
export async function follow({ url, sockets, subscriptionsPerSocket, tokenOf, automationKey }: FollowOptions): Promise<Followers> {
  const all: { events: number; disordered: number }[] = [];
  const latencies: number[] = [];
  const order: string[] = [];
  // All followers get the same text: it is read once.
  const read = new Map<string, Place>();
  let lastAt = now();

  function received(follower: { events: number; disordered: number }, payload: string): void {
    lastAt = now();
    const place = read.get(payload) ?? readPlace(payload);
    read.set(payload, place);
    latencies.push(lastAt - place.at);
    const expected = order[follower.events];
    if (expected === undefined) order.push(place.cursor);
    else if (expected !== place.cursor) follower.disordered += 1;
    follower.events += 1;
  }

  const opened = await Promise.all(
    Array.from({ length: sockets }, async (_, index) => {
      const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
      const own = Array.from({ length: subscriptionsPerSocket }, () => ({ events: 0, disordered: 0 }));
      all.push(...own);
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${tokenOf(index)}` } }));
      await once(socket, 'message');
      socket.on('message', (bytes: Buffer) => {
        const text = bytes.toString();
        const payload = text.indexOf('"payload":');
        const id = /"id":"(\d+)"/.exec(text.length > 200 ? text.slice(0, 40) : text)?.[1];
        const follower = id === undefined ? undefined : own[Number(id)];
        if (follower !== undefined && text.includes('"type":"next"')) received(follower, text.slice(payload + 10, -1));
        else if (text.includes('"type":"ping"')) socket.send('{"type":"pong"}');
        else throw new Error(`A follower was told: ${text}`);
      });
      for (const id of own.keys())
        socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query, variables: { key: automationKey } } }));
      return socket;
    }),
  );

  return {
    all,
    latencies,
    order,
    lastAt: () => lastAt,
    reset: () => {
      for (const follower of all) {
        follower.events = 0;
        follower.disordered = 0;
      }
      latencies.length = 0;
      order.length = 0;
      read.clear();
    },
    close: () => {
      for (const socket of opened) socket.terminate();
    },
  };
}

function readPlace(payload: string): Place {
  const { data } = JSON.parse(payload) as { data?: { runEvents: { cursor: string; at: string } } };
  if (data === undefined) throw new Error(`A subscription was refused: ${payload}`);
  return { cursor: data.runEvents.cursor, at: Date.parse(data.runEvents.at) };
}

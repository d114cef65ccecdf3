import { newId } from '#platform/ids';
import type { Log } from '#platform/telemetry/log';
import { type Heard, type Wake, type WakeChannel, wakeChannels } from './wake.js';

/** What is sent to the other processes: one channel, and a body that {@link createHub} wrote and reads. */
export interface WakeMessage {
  readonly channel: WakeChannel;
  readonly body: string;
}

/** A way to the other processes. */
export interface WakeLink {
  /** Resolves when all are handed over; rejects when they are lost. */
  publish(messages: readonly WakeMessage[]): Promise<void>;
  /** Resolves once messages of others are heard; never rejects. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface WakeReceiver {
  /** A message came from another process, or from this one. */
  received(channel: WakeChannel, body: string): void;
  /** The link was lost and is back: what was sent meanwhile is unknown. */
  resumed(): void;
}

export interface HubOptions {
  readonly log: Log;
  /** Longest body in characters; ids are ASCII. */
  readonly bodyLength: number;
  /** Pause between two publishes, in milliseconds, in which messages are collected. 0: only while one is under way. */
  readonly collectMs: number;
  readonly open: (receiver: WakeReceiver) => WakeLink;
}

export interface Hub extends Wake {
  readonly ready: Promise<void>;
}

/** From so many ids on, a message says that anything may have changed instead of naming them. */
const mostIds = 5_000;

/** What waits for one channel; `ids` is empty when no message named any. */
interface Pending {
  ids: Set<string>;
  anything: boolean;
}

/** The half of a `Wake` that does not depend on how messages travel: listeners, collecting, splitting, telling own messages apart. */
export function createHub(options: HubOptions): Hub {
  const { log, bodyLength, collectMs } = options;
  const sender = newId();
  const listeners = new Map<WakeChannel, Set<Heard>>(wakeChannels.map((channel) => [channel, new Set<Heard>()]));
  let here = new Map<WakeChannel, Pending>();
  let elsewhere = new Map<WakeChannel, Pending>();
  let scheduled = false;
  let publishing = false;
  let closed = false;

  function deliver(channel: WakeChannel, ids: readonly string[]): void {
    for (const heard of listeners.get(channel) ?? []) {
      try {
        heard(ids);
      } catch (error) {
        log.error({ err: error, channel }, 'a listener failed');
      }
    }
  }

  const link = options.open({
    received: (channel, body) => {
      const [from, ids = ''] = body.split(' ');
      if (from !== sender) deliver(channel, ids === '' ? [] : ids.split(','));
    },
    resumed: () => {
      for (const channel of wakeChannels) deliver(channel, []);
    },
  });

  function collect(into: Map<WakeChannel, Pending>, channel: WakeChannel, ids: readonly string[]): void {
    const pending = into.get(channel) ?? { ids: new Set(), anything: false };
    into.set(channel, pending);
    if (ids.length === 0 || pending.ids.size + ids.length > mostIds) pending.anything = true;
    if (pending.anything) pending.ids.clear();
    else for (const id of ids) pending.ids.add(id);
  }

  function bodies({ ids }: Pending): string[] {
    const all: string[] = [];
    let body = `${sender} `;
    let first = true;
    for (const id of ids) {
      if (!first && body.length + 1 + id.length > bodyLength) {
        all.push(body);
        body = `${sender} `;
        first = true;
      }
      body += first ? id : `,${id}`;
      first = false;
    }
    return [...all, body];
  }

  function publish(): void {
    if (publishing || closed || elsewhere.size === 0) return;
    const messages = [...elsewhere].flatMap(([channel, pending]) => bodies(pending).map((body) => ({ channel, body })));
    elsewhere = new Map();
    publishing = true;
    const next = (): void => {
      publishing = false;
      publish();
    };
    link
      .publish(messages)
      .catch((error: unknown) => log.debug({ err: error }, 'wake-ups were lost'))
      .finally(() => (collectMs === 0 ? next() : setTimeout(next, collectMs).unref()));
  }

  function turn(): void {
    scheduled = false;
    if (closed) return;
    const now = here;
    here = new Map();
    publish();
    for (const [channel, { ids }] of now) deliver(channel, [...ids]);
  }

  return {
    ready: link.ready,
    send: (channel, ids = []) => {
      if (closed) return;
      collect(here, channel, ids);
      collect(elsewhere, channel, ids);
      if (scheduled) return;
      scheduled = true;
      setImmediate(turn);
    },
    on: (channel, heard) => {
      // A function of its own for each call, so that the same listener may be added twice and removed once.
      const own: Heard = (ids) => heard(ids);
      listeners.get(channel)?.add(own);
      return () => void listeners.get(channel)?.delete(own);
    },
    close: async () => {
      closed = true;
      for (const set of listeners.values()) set.clear();
      await link.close();
    },
  };
}

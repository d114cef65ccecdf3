import { createHash } from 'node:crypto';
import type { Database } from '#platform/db/database';
import type { Log } from '#platform/telemetry/log';
import { type Hub, createHub } from './wake.hub.js';
import { wakeChannels } from './wake.js';

export interface NotifyWakeOptions {
  readonly db: Database;
  readonly prefix: string;
  readonly log: Log;
}

/** PostgreSQL refuses payloads of 8000 bytes; the channel's word and a space come before the body. */
const bodyLength = 7_900;
/** Commits with a NOTIFY take a lock of the whole server: one for all messages of so many milliseconds. */
const collectMs = 10;
const reconnectMs = 500;

const notify = { name: 'wake.notify', text: 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload' };

/** One NOTIFY channel for all of ours, so that a process listens on one connection. Hashed: names are limited to 63 bytes. */
export function notifyChannel(prefix: string): string {
  return `millrace_${createHash('sha256').update(prefix).digest('hex').slice(0, 32)}`;
}

/** Wake-ups over NOTIFY, in statements of their own: inside a run's transaction it would serialize all commits. */
export function createNotifyWake({ db, prefix, log }: NotifyWakeOptions): Hub {
  const name = notifyChannel(prefix);
  return createHub({
    log,
    bodyLength,
    collectMs,
    open: (receiver) => {
      let closed = false;
      let retry: NodeJS.Timeout | undefined;
      let stop: (() => Promise<void>) | undefined;

      function heard(payload: string): void {
        const space = payload.indexOf(' ');
        const channel = wakeChannels.find((word) => word === payload.slice(0, space));
        if (channel !== undefined) receiver.received(channel, payload.slice(space + 1));
      }

      function again(): void {
        stop = undefined;
        if (!closed) retry = setTimeout(() => void listen(true), reconnectMs).unref();
      }

      async function listen(resumes: boolean): Promise<void> {
        try {
          stop = await db.listen(name, heard, again);
          if (closed) await stop();
          else if (resumes) receiver.resumed();
        } catch (error) {
          log.debug({ err: error }, 'could not listen for wake-ups');
          again();
        }
      }

      const ready = listen(false);
      return {
        ready,
        publish: async (messages) => {
          await db.sql.query(notify, [name, messages.map(({ channel, body }) => `${channel} ${body}`)]);
        },
        close: async () => {
          closed = true;
          clearTimeout(retry);
          await ready;
          await stop?.();
        },
      };
    },
  });
}

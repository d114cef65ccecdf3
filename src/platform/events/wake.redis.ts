import { openRedis } from '#platform/redis/redis';
import type { Log } from '#platform/telemetry/log';
import { type Hub, createHub } from './wake.hub.js';
import { wakeChannels } from './wake.js';

export interface RedisWakeOptions {
  readonly url: string;
  readonly prefix: string;
  readonly log: Log;
}

/** Wake-ups over Redis pub/sub on the channels `<prefix>:<channel>`. While Redis is away they are dropped. */
export function createRedisWake({ url, prefix, log }: RedisWakeOptions): Hub {
  return createHub({
    log,
    bodyLength: 100_000,
    collectMs: 0,
    open: (receiver) => {
      const publisher = openRedis(url, { name: 'millrace-wake-send', log, whenAway: 'refuse' });
      // A connection that subscribes can do nothing else.
      const subscriber = openRedis(url, { name: 'millrace-wake-hear', log, whenAway: 'wait' });
      const channels = new Map(wakeChannels.map((channel) => [`${prefix}:${channel}`, channel]));
      subscriber.on('message', (name: string, body: string) => {
        const channel = channels.get(name);
        if (channel !== undefined) receiver.received(channel, body);
      });
      let subscribed = false;
      subscriber.on('ready', () => {
        if (subscribed) receiver.resumed();
      });
      // Rejects only when the connection is closed before it was made.
      const ready = subscriber.subscribe(...channels.keys()).then(
        () => void (subscribed = true),
        () => undefined,
      );
      return {
        ready,
        publish: async (messages) => {
          const pipeline = publisher.pipeline();
          for (const { channel, body } of messages) pipeline.publish(`${prefix}:${channel}`, body);
          await pipeline.exec();
        },
        close: () => {
          publisher.disconnect();
          subscriber.disconnect();
          // Not after `ready`: while Redis is away, ioredis leaves a waiting SUBSCRIBE unanswered for ever.
          return Promise.resolve();
        },
      };
    },
  });
}

import { Redis } from 'ioredis';
import type { Log } from '#platform/telemetry/log';

export type { Redis } from 'ioredis';

export interface RedisOptions {
  /** Shown in logs and in `CLIENT LIST`. */
  readonly name: string;
  readonly log: Log;
  /**
   * What a command does while Redis is away. `refuse`: it fails at once, for callers that must not wait.
   * `wait`: it is sent once Redis is back, for subscriptions and for the blocking reads of a queue's consumer.
   */
  readonly whenAway: 'refuse' | 'wait';
}

/** Longest pause between two attempts to connect, in milliseconds. The attempts never end: Redis may come back at any time. */
const longestPauseMs = 1_000;

/** A connection that repairs itself. Its losses are logged once each, and so is its return. */
export function openRedis(url: string, options: RedisOptions): Redis {
  const { name, log, whenAway } = options;
  const redis = new Redis(url, {
    connectionName: name,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(attempt * 50, longestPauseMs),
    enableOfflineQueue: whenAway === 'wait',
    // null keeps a command over any number of reconnects, which BullMQ demands of blocking connections.
    maxRetriesPerRequest: whenAway === 'wait' ? null : 0,
    // A command that was sent and not answered may have been executed: repeating it is for the caller to decide.
    autoResendUnfulfilledCommands: whenAway === 'wait',
  });
  let away = false;
  const lost = (error?: Error): void => {
    if (away) return;
    away = true;
    log.warn({ redis: name, reason: error?.message ?? 'connection closed' }, 'Redis is away');
  };
  redis.on('error', lost);
  redis.on('reconnecting', () => lost());
  redis.on('ready', () => {
    if (away) log.info({ redis: name }, 'Redis is back');
    away = false;
  });
  return redis;
}

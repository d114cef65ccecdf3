import type { Clock } from '#platform/clock';
import type { Config } from '#platform/config/config';
import type { Database } from '#platform/db/database';
import type { Outgoing } from '#platform/http/outgoing';
import type { Mailer } from '#platform/mail/mail';
import type { Queue } from '#platform/queue/queue';
import type { Log } from '#platform/telemetry/log';
import type { SecretBox } from '#platform/secrets/secret-box';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Wake } from '#platform/events/wake';

/** What every process stands on. Made by `createApp`, handed to services; knows no feature. */
export interface Platform {
  /** This process, in leases and logs. */
  readonly id: string;
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly db: Database;
  /** Aborts when the process begins to close for good: nothing is tried again after it. */
  readonly closing: AbortSignal;
  /** Wakes workers. */
  readonly queue: Queue;
  /** Calls other servers. */
  readonly outgoing: Outgoing;
  /** Sends e-mails; null: no mail server is configured. */
  readonly mail: Mailer | null;
  /** Encrypts what is kept secret. */
  readonly secrets: SecretBox;
  /** Wakes whoever follows the feed. */
  readonly wake: Wake;
}

import { createPulse } from '#platform/events/pulse';
import type { Platform } from '#platform/platform';
import { readNotifications, startNotifications } from '#domain/notification/notification.feed';

/** Makes deliveries of the ends of runs. Every worker has one; one of them reads at a time. */
export interface Notifier {
  close(): Promise<void>;
}

/** Between two looks that no wake-up asked for. */
const pollMs = 1_000;
/** Wake-ups of so long are one look: under load the feed wakes after every round of the sequencer. */
const collectMs = 100;

/** `made`: there are new deliveries. */
export function createNotifier(platform: Platform, made: () => void): Notifier {
  const { db, log, wake } = platform;
  let started = false;
  let timer: NodeJS.Timeout | undefined;

  async function read(): Promise<void> {
    if (!started) await startNotifications(db.sql);
    started = true;
    const { deliveries, more } = await readNotifications(platform);
    if (deliveries > 0) made();
    if (more) pulse.poke();
  }

  const pulse = createPulse({ name: 'notifications', log, work: read, pauseMs: () => pollMs });
  const unhear = wake.on('feed', () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      pulse.poke();
    }, collectMs);
  });
  pulse.poke();
  return {
    close: () => {
      unhear();
      clearTimeout(timer);
      return pulse.close();
    },
  };
}

import type { Config } from '#platform/config/config';
import type { Metrics } from '#platform/telemetry/metrics';
import { refusal } from './errors.js';

/** Places become free as other subscriptions end: when to ask for one again. */
const retryAfterMs = 1_000;

/** A socket, or whatever else carries several subscriptions. */
export interface Carrier {
  open: number;
}

export interface Subscriptions {
  /** Takes a place for one more subscription and answers what gives it back. Throws LIMIT_EXCEEDED. */
  take(account: string, carrier: Carrier | null): () => void;
}

export function createSubscriptions({ subscriptions, tokenSubscriptions }: Config['ws'], { subscriptions: gauge }: Metrics): Subscriptions {
  const open = new Map<string, number>();
  return {
    take: (account, carrier) => {
      const before = open.get(account) ?? 0;
      if (carrier !== null && carrier.open >= subscriptions)
        throw tooMany(`A socket may have ${subscriptions} open subscriptions.`, subscriptions);
      if (before >= tokenSubscriptions)
        throw tooMany(`A token may have ${tokenSubscriptions} open subscriptions on one server.`, tokenSubscriptions);
      open.set(account, before + 1);
      if (carrier !== null) carrier.open += 1;
      gauge.inc();
      let given = true;
      return () => {
        if (!given) return;
        given = false;
        const left = (open.get(account) ?? 1) - 1;
        if (left === 0) open.delete(account);
        else open.set(account, left);
        if (carrier !== null) carrier.open -= 1;
        gauge.dec();
      };
    },
  };
}

function tooMany(message: string, limit: number) {
  return refusal('LIMIT_EXCEEDED', message, { limit, retryAfterMs });
}

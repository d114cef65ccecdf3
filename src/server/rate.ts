import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '#platform/config/config';
import type { Viewer } from '#domain/tenant/viewer';
import { refusal } from './errors.js';

/** Counts what each token, person and address asks of this process. */
export interface Rate {
  /** Counts one operation; rejects with LIMIT_EXCEEDED and when to come back. An operation without a viewer counts for its address. */
  take(viewer: Viewer | null, address: string): Promise<void>;
}

/** Counts what each webhook is sent in this process. All reject with LIMIT_EXCEEDED and when to come back. */
export interface HookRate {
  /** Counts one request. */
  take(webhookId: string): Promise<void>;
  /** Counts the body of a request that was taken: one of 5 MB is worth fifty others, for it is kept. */
  weigh(webhookId: string, bytes: number): Promise<void>;
  /** Refuses an address that asked for too many webhooks that are not there. */
  admit(address: string): Promise<void>;
  /** Counts a request to a webhook that is not there. */
  miss(address: string): Promise<void>;
}

/** So much of a body counts as one request. */
const bytesPerPoint = 100_000;

export function createHookRate({ webhook, http }: Pick<Config, 'webhook' | 'http'>): HookRate {
  const known = new RateLimiterMemory({ points: webhook.requestsPerMinute, duration: 60 });
  const unknown = new RateLimiterMemory({ points: http.anonymousRequestsPerMinute, duration: 60 });
  return {
    take: (webhookId) => consume(known, webhookId, 'requests'),
    weigh: async (webhookId, bytes) => {
      const points = Math.floor(bytes / bytesPerPoint);
      if (points > 0) await consume(known, webhookId, 'requests', points);
    },
    admit: async (address) => {
      const used = await unknown.get(address);
      if (used !== null && used.remainingPoints <= 0) throw tooMany(unknown, used, 'requests');
    },
    miss: (address) => consume(unknown, address, 'requests'),
  };
}

export function createRate({ requestsPerMinute, anonymousRequestsPerMinute }: Config['http']): Rate {
  const known = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
  const anonymous = new RateLimiterMemory({ points: anonymousRequestsPerMinute, duration: 60 });
  return {
    take: async (viewer, address) => {
      await (viewer === null ? consume(anonymous, address, 'operations') : consume(known, accountOf(viewer), 'operations'));
    },
  };
}

async function consume(limiter: RateLimiterMemory, key: string, what: string, points = 1): Promise<void> {
  try {
    await limiter.consume(key, points);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw tooMany(limiter, error, what);
  }
}

function tooMany({ points: limit }: RateLimiterMemory, { msBeforeNext: retryAfterMs }: RateLimiterRes, what: string) {
  return refusal('LIMIT_EXCEEDED', `At most ${limit} ${what} a minute; try again in ${retryAfterMs} ms.`, { limit, retryAfterMs });
}

/** Whose limits an operation counts for: a token has its own, a person signed in otherwise has theirs. */
export function accountOf({ tokenId, actor }: Viewer): string {
  return tokenId ?? `${actor.kind}:${actor.id ?? ''}`;
}

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '#platform/config/config';
import type { Viewer } from '#domain/tenant/viewer';
import { refusal } from './errors.js';

/** Counts what each token, person and address asks of this process. */
export interface Rate {
  /** Counts one operation; rejects with LIMIT_EXCEEDED and when to come back. An operation without a viewer counts for its address. */
  take(viewer: Viewer | null, address: string): Promise<void>;
}

/** Counts what each webhook is sent in this process. */
export interface HookRate {
  /** Counts one request; rejects with LIMIT_EXCEEDED and when to come back. */
  take(webhookId: string): Promise<void>;
}

export function createHookRate({ requestsPerMinute }: Config['webhook']): HookRate {
  const limiter = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
  return { take: (webhookId) => consume(limiter, webhookId, 'requests') };
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

async function consume(limiter: RateLimiterMemory, key: string, what: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const { points: limit } = limiter;
    const { msBeforeNext: retryAfterMs } = error;
    throw refusal('LIMIT_EXCEEDED', `At most ${limit} ${what} a minute; try again in ${retryAfterMs} ms.`, { limit, retryAfterMs });
  }
}

/** Whose limits an operation counts for: a token has its own, a person signed in otherwise has theirs. */
export function accountOf({ tokenId, actor }: Viewer): string {
  return tokenId ?? `${actor.kind}:${actor.id ?? ''}`;
}

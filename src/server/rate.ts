import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '#platform/config/config';
import type { Viewer } from '#domain/tenant/viewer';
import { refusal } from './errors.js';

/** Counts what each token, person and address asks of this process. */
export interface Rate {
  /** Counts one operation; rejects with LIMIT_EXCEEDED and when to come back. An operation without a viewer counts for its address. */
  take(viewer: Viewer | null, address: string): Promise<void>;
}

export function createRate({ requestsPerMinute, anonymousRequestsPerMinute }: Config['http']): Rate {
  const known = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
  const anonymous = new RateLimiterMemory({ points: anonymousRequestsPerMinute, duration: 60 });
  return {
    take: async (viewer, address) => {
      try {
        await (viewer === null ? anonymous.consume(address) : known.consume(accountOf(viewer)));
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        const limit = viewer === null ? anonymousRequestsPerMinute : requestsPerMinute;
        throw refusal('LIMIT_EXCEEDED', `At most ${limit} operations a minute; try again in ${error.msBeforeNext} ms.`, {
          limit,
          retryAfterMs: error.msBeforeNext,
        });
      }
    },
  };
}

/** Whose limits an operation counts for: a token has its own, a person signed in otherwise has theirs. */
export function accountOf({ tokenId, actor }: Viewer): string {
  return tokenId ?? `${actor.kind}:${actor.id ?? ''}`;
}

import { BrokenCircuitError, type CircuitBreakerPolicy, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import type { Clock } from '#platform/clock';
import { OutgoingError } from './outgoing.js';
import { createPlaces, type Places } from '#platform/places';

/** How many calls a host gets at once, and when it is left alone. */
export interface Hosts {
  /**
   * Runs `call` when the host has a place for it and is not left alone. Rejects with BREAKER_OPEN when it is, and with the reason of
   * `signal` while it waits.
   */
  visit<Result>(host: string, signal: AbortSignal, call: () => Promise<Visit<Result>>): Promise<Result>;
}

export interface Visit<Result> {
  readonly result: Result;
  /** The host answered that it cannot. */
  readonly failed: boolean;
}

export interface HostLimits {
  /** Calls of one host at once. */
  readonly places: number;
  /** This many failures in a row, and the host is left alone ... */
  readonly failures: number;
  /** ... for so long; then one call tries it. */
  readonly restMs: number;
  /** Hosts that are remembered; those that were not visited for the longest time are forgotten. */
  readonly most: number;
}

interface Host {
  readonly places: Places;
  readonly breaker: CircuitBreakerPolicy;
  /** When it was last left alone. */
  restingSince: number;
  visitors: number;
}

class HostFailed<Result> extends Error {
  readonly result: Result;

  constructor(result: Result) {
    super('The host answered that it cannot.');
    this.result = result;
  }
}

/** Its time was over before its turn: this says nothing about the host. */
class NotTried extends Error {}

function saysHostIsDown(error: Error): boolean {
  return error instanceof HostFailed || (error instanceof OutgoingError && ['NETWORK', 'DNS', 'TIMEOUT'].includes(error.code));
}

export function createHosts(limits: HostLimits, clock: Clock): Hosts {
  const known = new Map<string, Host>();

  function hostOf(name: string): Host {
    const found = known.get(name) ?? createHost();
    known.delete(name);
    known.set(name, found);
    for (const [oldest, { visitors }] of known) {
      if (known.size <= limits.most) break;
      if (visitors === 0 && oldest !== name) known.delete(oldest);
    }
    return found;
  }

  function createHost(): Host {
    const breaker = circuitBreaker(handleWhen(saysHostIsDown), {
      halfOpenAfter: limits.restMs,
      breaker: new ConsecutiveBreaker(limits.failures),
    });
    const host = { places: createPlaces(limits.places), breaker, restingSince: 0, visitors: 0 };
    breaker.onBreak(() => {
      host.restingSince = clock.elapsed();
    });
    return host;
  }

  async function call<Result>(host: Host, signal: AbortSignal, work: () => Promise<Visit<Result>>): Promise<Result> {
    try {
      return await host.breaker.execute(async () => {
        if (signal.aborted) throw new NotTried();
        const { result, failed } = await work();
        if (failed) throw new HostFailed(result);
        return result;
      });
    } catch (error) {
      if (error instanceof HostFailed) return error.result as Result;
      if (!(error instanceof BrokenCircuitError)) throw error;
      const leftMs = Math.max(Math.ceil(limits.restMs - (clock.elapsed() - host.restingSince)), 1);
      throw new OutgoingError('BREAKER_OPEN', 'Too many calls of this host failed: it is left alone for a while.', true, leftMs);
    }
  }

  return {
    visit: async (name, signal, work) => {
      const host = hostOf(name);
      host.visitors += 1;
      try {
        await host.places.take(signal);
        try {
          return await call(host, signal, work);
        } finally {
          host.places.give();
        }
      } finally {
        host.visitors -= 1;
      }
    },
  };
}

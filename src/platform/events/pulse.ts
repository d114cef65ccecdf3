import type { Log } from '#platform/telemetry/log';

/** Work that is done when woken and otherwise every now and then, never twice at once. */
export interface Pulse {
  /** Now, or right after what is under way, which may have begun too early to see what woke us. */
  poke(): void;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

export interface PulseOptions {
  /** In logs. */
  readonly name: string;
  readonly log: Log;
  /** A failure is logged once and tried again after the pause. */
  readonly work: () => Promise<void>;
  /** Pause until the next work that nobody asked for, in milliseconds; null: only when poked. */
  readonly pauseMs: () => number | null;
}

/** Pause after a failure when there is none otherwise. */
const failedMs = 1_000;

/** Starts idle; `poke` begins. */
export function createPulse({ name, log, work, pauseMs }: PulseOptions): Pulse {
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | null = null;
  let again = false;
  let failing = false;
  let closed = false;

  async function once(): Promise<void> {
    try {
      await work();
      if (failing) log.info({ work: name }, 'works again');
      failing = false;
    } catch (error) {
      if (!failing) log.error({ err: error, work: name }, 'failed, and is tried again until it works');
      failing = true;
      again = false;
    }
  }

  function poke(): void {
    clearTimeout(timer);
    if (closed) return;
    if (working !== null) {
      again = true;
      return;
    }
    again = false;
    working = once().then(() => {
      working = null;
      if (closed) return;
      const pause = again ? 0 : (pauseMs() ?? (failing ? failedMs : null));
      if (pause === 0) poke();
      else if (pause !== null) timer = setTimeout(poke, pause);
    });
  }

  return {
    poke,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await working;
    },
  };
}

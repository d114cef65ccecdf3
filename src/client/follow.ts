import type { Operation } from './document.js';
import { ConnectionLostError, GraphQLRequestError, dataOf } from './errors.js';
import type { Transport } from './transport.js';

/** Pauses before coming back, in milliseconds: doubled from the first to the longest, and shortened by chance so that clients do not come together. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** However long the server asks for. Its limits are per minute. */
const longestAskedMs = 60_000;
/** A fault of the server may pass; one that meets every attempt will not. */
const mostFaults = 5;

type Data = Readonly<Record<string, unknown>>;

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onDisconnect: ((error: Error, attempt: number) => void) | undefined;
}

/** One subscription over as many connections as it takes: no gap and no duplicate for the consumer. */
export async function* follow(
  transport: Transport,
  operation: Operation,
  { signal, onDisconnect }: FollowOptions,
): AsyncGenerator<Data, void> {
  const { query, variables } = operation;
  const needsCursor = /\b(?:runEvents|entityEvents|suggestionUpdated)\b/.test(query);
  const takesCursor = /\$after\b/.test(query);
  let cursor: string | undefined;
  let last: Data | undefined;
  let failures = 0;
  // A function, because the compiler does not expect it to change while something else is awaited.
  const stopped = (): boolean => signal.aborted;
  for (;;) {
    const repeated = last;
    let first = true;
    try {
      for await (const answer of transport.open(
        { ...operation, variables: cursor === undefined ? variables : { ...variables, after: cursor } },
        signal,
      )) {
        if (stopped()) return;
        const data = dataOf(answer);
        failures = 0;
        const next = takesCursor ? cursorOf(data) : undefined;
        const known = next === undefined ? first && same(repeated, data) : next === cursor;
        first = false;
        if (known) continue;
        cursor = next ?? cursor;
        last = data;
        yield data;
      }
      return;
    } catch (error) {
      if (stopped()) return;
      failures += 1;
      if (!(error instanceof Error) || !isWorthAnother(error, failures)) throw error;
      if (needsCursor && last !== undefined && cursor === undefined)
        throw new ConnectionLostError(
          'The connection was lost, and events would be missed: declare $after, pass it to the feed and select `cursor`, so that the feed can be resumed.',
          { cause: error },
        );
      onDisconnect?.(error, failures);
      await pause(Math.max(pauseMs(failures), askedPauseMs(error)), signal);
      if (stopped()) return;
    }
  }
}

/** Of the one root field of a subscription. */
function cursorOf(data: Data): string | undefined {
  const [event] = Object.values(data);
  const cursor = typeof event === 'object' && event !== null && 'cursor' in event ? event.cursor : undefined;
  return typeof cursor === 'string' ? cursor : undefined;
}

/** Whether the present state, which a new connection always tells first, was delivered already. */
function same(before: Data | undefined, now: Data): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now);
}

function isWorthAnother(error: Error, failures: number): boolean {
  if (error instanceof ConnectionLostError) return true;
  if (!(error instanceof GraphQLRequestError)) return false;
  switch (error.code) {
    case 'UNAVAILABLE':
      return true;
    // A limit that time lifts says when; any other stays.
    case 'LIMIT_EXCEEDED':
      return typeof error.extensions['retryAfterMs'] === 'number';
    case 'INTERNAL':
    case 'TIMEOUT':
      return failures < mostFaults;
    default:
      return false;
  }
}

function pauseMs(failures: number): number {
  return Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs) * (0.5 + Math.random() / 2);
}

/** How long the server asks to be left alone. */
function askedPauseMs(error: Error): number {
  const asked = error instanceof GraphQLRequestError ? error.extensions['retryAfterMs'] : undefined;
  return typeof asked === 'number' ? Math.min(asked, longestAskedMs) : 0;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

import { isUtf8 } from 'node:buffer';
import { type AnswerMessage, fetchLimits, type FetchMessage } from './messages.js';

export interface SandboxRequest {
  /** Which call of the code it is, from 1. */
  readonly ordinal: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface SandboxResponse {
  readonly status: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Makes a call for user code. What it rejects with reaches the code as a TypeError with the message. */
export type SandboxFetch = (request: SandboxRequest, signal: AbortSignal) => Promise<SandboxResponse>;

/** The calls of one run of code. */
export interface Fetches {
  take(message: FetchMessage): void;
  /** Aborts what is under way; nothing is answered afterwards. */
  end(): void;
}

/** `bodyBytes`: most bytes of a response that the code is given. */
export function createFetches(
  run: number,
  fetch: SandboxFetch | undefined,
  bodyBytes: number,
  send: (message: AnswerMessage) => void,
): Fetches {
  const ending = new AbortController();
  let calls = 0;
  let underWay = 0;

  async function answerOf(message: FetchMessage): Promise<Pick<AnswerMessage, 'head' | 'body'>> {
    if (fetch === undefined) throw new Error('Calls cannot be made here.');
    // The child keeps the limits; one that was broken out of does not.
    if (message.id !== calls || calls > fetchLimits.calls || underWay > fetchLimits.atOnce || !isBounded(message))
      throw new Error('The call is beyond the limits.');
    const { method, url, body } = message;
    const headers = Object.fromEntries(JSON.parse(message.headers) as [string, string][]);
    const response = await fetch({ ordinal: message.id, method, url, headers, body }, ending.signal);
    if (response.body.length > bodyBytes) throw new Error(`At most ${String(bodyBytes)} bytes of a response are read.`);
    const binary = !isUtf8(response.body);
    const head = JSON.stringify({ status: response.status, url: response.url, headers: response.headers, binary });
    return { head, body: binary ? response.body.toString('base64').replace(/=+$/, '') : response.body.toString('utf8') };
  }

  return {
    take: (message) => {
      if (message.run !== run || ending.signal.aborted) return;
      calls += 1;
      underWay += 1;
      void answerOf(message)
        .catch((error: unknown) => ({
          head: JSON.stringify({ error: error instanceof Error ? error.message : 'The call failed.' }),
          body: '',
        }))
        .then((answer) => {
          underWay -= 1;
          if (!ending.signal.aborted) send({ type: 'answer', run, id: message.id, ...answer });
        });
    },
    end: () => ending.abort(),
  };
}

function isBounded({ method, url, headers, body }: FetchMessage): boolean {
  const within = (text: unknown, most: number): boolean => typeof text === 'string' && text.length <= most;
  return (
    within(method, fetchLimits.method) &&
    within(url, fetchLimits.url) &&
    within(headers, fetchLimits.headers) &&
    (body === null || within(body, fetchLimits.body))
  );
}

import { OutgoingError, type OutgoingResponse } from '#platform/http/outgoing';
import { callableUrl } from '#platform/http/redirect';
import { newId } from '#platform/ids';
import { storableText } from '#platform/json';
import type { Platform } from '#platform/platform';
import { hostOf } from '#domain/run/pause.host';
import { pausedHost } from '#domain/run/run.pause';
import { createShown } from './calls.shown.js';
import type { Hold } from './holds.js';
import type { Ledger } from './ledger.js';
import type { Recorder } from './recorder.js';
import type { Redactor } from './redactor.js';
import { StepPaused } from './steps/step.js';
import { untilAnswered } from './until-answered.js';

export interface StepRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  readonly timeoutMs: number | null;
  readonly signal: AbortSignal;
  /** Names of headers, lower case, whose values are secrets as a whole. */
  readonly secretHeaders?: readonly string[];
  /** Which call of the step it is, from 1; its idempotency key is made of it. */
  readonly ordinal: number;
  /** A call that repeats an earlier one carries the key of that one. */
  readonly repeats?: number;
  /** Whether a status means that it was done; by default those below 400. */
  readonly accepts?: (status: number) => boolean;
}

/** The calls that one attempt of a step makes. */
export interface Calls {
  /** Rejects with {@link StepPaused} when calls of this URL's host are paused, and with an OutgoingError when it cannot be called at all. */
  assertUnpaused(url: string): Promise<void>;
  /**
   * Commits the intent, makes the call and writes what came of it. Rejects with an OutgoingError when there was no answer and with
   * {@link StepPaused} when the host is paused; then nothing was sent.
   */
  send(request: StepRequest): Promise<OutgoingResponse>;
  /** Whether something was, or was about to be, sent. */
  called(): boolean;
}

export interface CallsParts {
  readonly platform: Platform;
  readonly ledger: Ledger;
  readonly hold: Hold;
  readonly recorder: Recorder;
  readonly path: string;
  readonly attempt: number;
  readonly redactor: Redactor;
}

export function createCalls(parts: CallsParts): Calls {
  const { platform, ledger, hold, recorder, redactor } = parts;
  const { run } = hold;
  const shown = createShown(redactor, platform.config.outgoing.storedBytes);

  /** An attempt that calls outside is on record before: else a worker that is lost would leave calls of an attempt that nobody knows. */
  let onRecord: Promise<boolean> | null = null;
  const recorded = (): Promise<boolean> =>
    (onRecord ??= recorder.change({ status: 'RUNNING', output: undefined, error: null, wait: null }).then((written) => written !== null));

  function lost(): never {
    hold.stop('LOST');
    throw new OutgoingError('CANCELED', 'The run is in other hands.', false);
  }

  async function assertUnpaused(host: string): Promise<void> {
    const pause = await untilAnswered(platform, hold.signal, () => pausedHost(platform.db.sql, run.workspaceId, host));
    if (pause !== null) throw new StepPaused(pause.id, host);
  }

  return {
    assertUnpaused: async (url) => assertUnpaused(hostOf(callableUrl(url))),
    called: () => onRecord !== null,
    send: async (request) => {
      const { ordinal, accepts = (status: number) => status < 400 } = request;
      const target = callableUrl(request.url);
      const host = hostOf(target);
      await assertUnpaused(host);
      const given = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'idempotency-key')?.[1];
      const idempotencyKey = given ?? `${run.id}/${parts.path}/${String(request.repeats ?? ordinal)}`;
      const headers = { ...request.headers, ...(given === undefined ? { 'idempotency-key': idempotencyKey } : {}) };
      const secretHeaders = [...(request.secretHeaders ?? []), ...shown.headersWithSecrets(headers)];
      const id = newId();
      // Code that has ended makes no more calls: its attempt may be written already.
      if (request.signal.aborted) throw new OutgoingError('CANCELED', 'The call was cancelled.', false);
      if (!(await recorded())) lost();
      const intended = await ledger.intend({
        id,
        runId: run.id,
        epoch: run.epoch,
        stepPath: parts.path,
        ordinal,
        attempt: parts.attempt,
        idempotencyKey: redactor.text(storableText(idempotencyKey)),
        method: request.method.toUpperCase().slice(0, 20),
        url: redactor.text(target.href),
        host: redactor.text(host),
        request: shown.message(headers, request.body, request.secretHeaders ?? []),
        startedAt: platform.clock.now(),
      });
      if (!intended) lost();
      try {
        const response = await platform.outgoing.send({ ...request, headers, secretHeaders, scope: run.workspaceId });
        const { status } = response;
        const done = accepts(status);
        await ledger.finish({
          id,
          status: done ? 'SUCCEEDED' : 'FAILED',
          statusCode: status,
          response: shown.message(response.headers, response.body, []),
          error: done ? null : { code: 'HTTP_STATUS', message: `The answer was ${String(status)}.` },
          finishedAt: platform.clock.now(),
        });
        return response;
      } catch (error) {
        if (error instanceof OutgoingError)
          await ledger.finish({
            id,
            status: 'FAILED',
            statusCode: null,
            response: null,
            error: failure(error),
            finishedAt: platform.clock.now(),
          });
        throw error;
      }
    },
  };

  function failure(error: OutgoingError): { readonly code: string; readonly message: string } {
    return { code: error.code, message: redactor.text(error.message) };
  }
}

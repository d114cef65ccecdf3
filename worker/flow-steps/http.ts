import { OutgoingError, type OutgoingResponse } from '#platform/http/outgoing';
import type { Json } from '#plan/plan';
import { bodyOf, isRetryable, retryAfterMs } from '#worker/response';
import { StepError, type StepImplementation } from '#worker/steps/step';

interface HttpArgs {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly expectedStatus?: readonly number[];
}

/** Calls a server. The call is in the ledger before it is made, with a key that all attempts share. */
export const httpRequest: StepImplementation = {
  execute: async (call) => {
    const { method = 'GET', url, headers = {}, body, expectedStatus = [] } = call.args as unknown as HttpArgs;
    const accepts = (status: number): boolean =>
      expectedStatus.length === 0 ? status >= 200 && status <= 299 : expectedStatus.includes(status);
    const response = await sent(() =>
      call.calls.send({
        method,
        url,
        headers: withType(headers, body),
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
        timeoutMs: call.timeoutMs,
        signal: call.signal,
        ordinal: 1,
        repeats: 1,
        accepts,
      }),
    );
    const { status } = response;
    if (accepts(status)) return { status, headers: { ...response.headers }, body: bodyOf(response) };
    const laterMs = retryAfterMs(response.headers['retry-after'], call.clock.now());
    throw new StepError({
      code: 'HTTP_STATUS',
      message: `The server answered ${String(status)}.`,
      retryable: isRetryable(status, call.retry.on),
      ...(laterMs === null ? {} : { retryAfterMs: laterMs }),
    });
  },
};

/** What is no text goes as JSON, and says so. */
function withType(headers: Readonly<Record<string, string>>, body: Json | undefined): Readonly<Record<string, string>> {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return body === undefined || typeof body === 'string' || named ? headers : { ...headers, 'content-type': 'application/json' };
}

async function sent(send: () => Promise<OutgoingResponse>): Promise<OutgoingResponse> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    const { code, message, retryable, retryAfterMs: laterMs } = error;
    throw new StepError({ code, message, retryable, ...(laterMs === null ? {} : { retryAfterMs: laterMs }) });
  }
}

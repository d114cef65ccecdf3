import { compileSchema, SchemaError } from '#language/json-schema';
import { compileTemplate, LanguageError, render } from '#language/template';
import { OutgoingError, type OutgoingResponse } from '#platform/http/outgoing';
import type { Json } from '#plan/plan';
import type { LoadedEndpoint } from '#worker/connections';
import { noProof, type Proof, proofOf } from '#worker/credentials';
import { secretNames, type TemplateContext, templateContext } from '#worker/template-context';
import { renderRequest, type RenderedRequest } from '#worker/request';
import { bodyOf, isRetryable, retryAfterMs } from '#worker/response';
import { type StepCall, StepError, type StepImplementation } from './step.js';

/** Calls an endpoint. */
export const endpoint: StepImplementation = {
  execute: async (call) => {
    const loaded = await load(call);
    checkPayload(loaded, call.input);
    const owners = [call.workspaceId, call.automationId, loaded.credential?.id].filter((id) => typeof id === 'string');
    const secrets = await call.connections.secrets(call.workspaceId, owners, call.signal);
    const automation = call.automationId === null ? null : await call.connections.automation(call.automationId, call.signal);
    const context = templateContext(call, {
      action: automation,
      secrets: secretNames(call, [secrets.get(call.workspaceId), secrets.get(call.automationId ?? '')]),
    });
    const request = fill(() => renderRequest(loaded.endpoint, loaded.system, context));
    const prove = (): Promise<Proof> =>
      loaded.credential === null ? Promise.resolve(noProof) : proofOf(loaded.credential, secrets.get(loaded.credential.id), call);
    const response = await sent(call, loaded, request, prove);
    return answered(call, loaded, response, context);
  },
};

async function load(call: StepCall): Promise<LoadedEndpoint> {
  const { endpointId } = call.args;
  if (typeof endpointId !== 'string') throw new StepError({ code: 'INVALID_PLAN', message: 'The step has no endpoint.', retryable: false });
  const loaded = await call.connections.endpoint(call.workspaceId, endpointId, call.signal);
  if (loaded === null) throw new StepError({ code: 'ENDPOINT_DELETED', message: 'The endpoint is not there any more.', retryable: false });
  return loaded;
}

/** The same payload fails again, so it is not tried again. */
function checkPayload({ endpoint: { inputSchema } }: LoadedEndpoint, payload: Json): void {
  if (inputSchema === null) return;
  try {
    const problems = compileSchema(inputSchema as Json).problems(payload);
    if (problems.length === 0) return;
    const told = problems.map(({ path, message }) => `${path.length === 0 ? 'payload' : path.join('.')}: ${message}`).join('; ');
    throw new StepError({ code: 'INVALID_PAYLOAD', message: told, retryable: false });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new StepError({ code: 'INVALID_SCHEMA', message: `The input schema of the endpoint: ${error.message}`, retryable: false });
  }
}

function fill<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    const { code, line, column, path } = error;
    throw new StepError({ code, message: [...path, error.message].join(': '), line, column, retryable: false });
  }
}

async function sent(
  call: StepCall,
  { endpoint: { method, timeoutMs, expectedStatus } }: LoadedEndpoint,
  request: RenderedRequest,
  prove: () => Promise<Proof>,
): Promise<OutgoingResponse> {
  const once = (proof: Proof, ordinal: number): Promise<OutgoingResponse> =>
    call.calls.send({
      method,
      url: proof.query === null ? request.url : withQuery(request.url, proof.query),
      headers: { ...request.headers, ...proof.headers },
      body: request.body,
      timeoutMs: shorter(call.timeoutMs, timeoutMs),
      signal: call.signal,
      secretHeaders: Object.keys(proof.headers),
      ordinal,
      repeats: 1,
      accepts: (status) => isExpected(status, expectedStatus),
    });
  try {
    const proof = await prove();
    const response = await once(proof, 1);
    if (response.status !== 401 || proof.renew === null) return response;
    // The token may have been withdrawn before its time: once more with a new one. Nothing was done at the first call.
    proof.renew();
    return await once(await prove(), 2);
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    const { code, message, retryable, retryAfterMs: laterMs } = error;
    throw new StepError({ code, message, retryable, ...(laterMs === null ? {} : { retryAfterMs: laterMs }) });
  }
}

const shorter = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.min(a, b));

const isExpected = (status: number, expected: readonly number[]): boolean =>
  expected.length === 0 ? status >= 200 && status <= 299 : expected.includes(status);

function withQuery(url: string, pair: string): string {
  const [place = '', fragment] = url.split('#', 2);
  const joined = `${place}${place.includes('?') ? '&' : '?'}${pair}`;
  return fragment === undefined ? joined : `${joined}#${fragment}`;
}

function answered(
  call: StepCall,
  { endpoint: { expectedStatus, output } }: LoadedEndpoint,
  response: OutgoingResponse,
  context: TemplateContext,
): Json {
  const { status, headers } = response;
  if (!isExpected(status, expectedStatus)) {
    const laterMs = retryAfterMs(headers['retry-after'], call.clock.now());
    throw new StepError({
      code: 'HTTP_STATUS',
      message: `The endpoint answered ${String(status)}.`,
      retryable: isRetryable(status, call.retry.on),
      ...(laterMs === null ? {} : { retryAfterMs: laterMs }),
    });
  }
  const body = bodyOf(response);
  if (output === null) return body;
  // What it makes is stored and shown: without secrets.
  const { secrets: _secrets, ...rest } = context;
  return fill(() => render(compileTemplate(output as Json), { ...rest, status, headers, body }));
}

import { Agent, errors, request as sendOne } from 'undici';
import type { Clock } from '#platform/clock';
import type { Config } from '#platform/config/config';
import { packageVersion } from '#platform/package';
import type { Metrics } from '#platform/telemetry/metrics';
import { guardedConnector, type Resolve, systemResolve } from './dial.js';
import { createHosts, type HostLimits, type Visit } from './hosts.js';
import { type Outgoing, OutgoingError, type OutgoingRequest, type OutgoingResponse } from './outgoing.js';
import { callableUrl, type Hop, nextHop } from './redirect.js';

export interface OutgoingParts {
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'outgoingCalls'>;
  readonly resolve?: Resolve;
  readonly hosts?: Partial<HostLimits>;
}

/** Enough for one workspace's share of a worker; a host that is slow must not take every run's place. */
const hostLimits: HostLimits = { places: 16, failures: 10, restMs: 10_000, most: 1_000 };

/** Most bytes of a response's headers, as Node's own client has it. */
const headerBytes = 16_384;

/** They belong to the connection, which is not the caller's. */
const ours = /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length|accept-encoding)$/;

export function createOutgoing(config: Config['outgoing'], parts: OutgoingParts): Outgoing {
  const { clock, metrics } = parts;
  const hosts = createHosts({ ...hostLimits, ...parts.hosts }, clock);
  const userAgent = `Millrace/${packageVersion()}`;
  const agent = new Agent({
    connect: guardedConnector(config.allow, parts.resolve ?? systemResolve),
    maxHeaderSize: headerBytes,
    headersTimeout: config.ms,
    bodyTimeout: config.ms,
  });

  /** One hop, its body included; the body of a response that sends on is not read. */
  async function visit(hop: Hop, signal: AbortSignal): Promise<Visit<OutgoingResponse>> {
    const response = await sendOne(hop.url, { dispatcher: agent, method: hop.method, headers: hop.headers, body: hop.body, signal });
    const { statusCode: status, body } = response;
    // What ends it early is told by the reading, or is not of interest any more.
    body.on('error', () => undefined);
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value = '']) => [name, typeof value === 'string' ? value : value.join(', ')]),
    );
    const bytes = goesOn(status, headers) ? Buffer.alloc(0) : await read(body, headers['content-length']);
    body.destroy();
    return { result: { status, headers, body: bytes, url: hop.url.href }, failed: status >= 500 };
  }

  async function read(body: AsyncIterable<unknown>, length: string | undefined): Promise<Buffer> {
    const tooLarge = () => new OutgoingError('TOO_LARGE', `At most ${config.readBytes} bytes of a response are read.`, false);
    if (Number(length) > config.readBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > config.readBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async function follow(request: OutgoingRequest, signal: AbortSignal): Promise<OutgoingResponse> {
    let hop = firstHop(request, userAgent);
    for (let hops = 0; ; hops += 1) {
      const here = hop;
      const host = `${request.scope ?? ''} ${here.url.host}`;
      const response = await hosts.visit(host, signal, () =>
        visit(here, signal).catch((error: unknown) => Promise.reject(named(error, signal))),
      );
      if (request.redirects === false) return response;
      const next = nextHop(here, response.status, response.headers['location'], request.secretHeaders ?? []);
      if (next === null) return response;
      if (hops === config.redirects)
        throw new OutgoingError('TOO_MANY_REDIRECTS', `At most ${config.redirects} redirects are followed.`, false);
      hop = next;
    }
  }

  return {
    send: async (request) => {
      const begun = clock.elapsed();
      const told = (outcome: string): void => metrics.outgoingCalls.observe({ outcome }, (clock.elapsed() - begun) / 1_000);
      const ending = new AbortController();
      const most = Math.min(request.timeoutMs ?? config.ms, config.ms);
      const timer = setTimeout(() => ending.abort(new OutgoingError('TIMEOUT', `The call took longer than ${most} ms.`, true)), most);
      const cancel = (): void => ending.abort(new OutgoingError('CANCELED', 'The call was cancelled.', false));
      request.signal?.addEventListener('abort', cancel, { once: true });
      if (request.signal?.aborted === true) cancel();
      try {
        const response = await unlessAborted(ending.signal, follow(request, ending.signal));
        told(`${Math.floor(response.status / 100)}xx`);
        return response;
      } catch (thrown) {
        const error = named(thrown, ending.signal);
        told(error.code);
        throw error;
      } finally {
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', cancel);
      }
    },
    close: () => agent.destroy(),
  };
}

const goesOn = (status: number, headers: Readonly<Record<string, string>>): boolean =>
  [301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined;

function firstHop({ method, url, headers, body }: OutgoingRequest, userAgent: string): Hop {
  const name = method.toUpperCase();
  if (!/^[A-Z]{1,20}$/.test(name) || ['CONNECT', 'TRACE', 'TRACK'].includes(name))
    throw new OutgoingError('INVALID_REQUEST', 'This method cannot be sent.', false);
  const sent: Record<string, string> = { 'user-agent': userAgent };
  for (const [header, value] of Object.entries(headers)) {
    const lower = header.toLowerCase();
    if (lower !== 'accept-encoding' && ours.test(lower))
      throw new OutgoingError('INVALID_REQUEST', `The header ${lower} cannot be chosen.`, false);
    sent[lower] = value;
  }
  // Nothing is decompressed: a small answer must not become a large one here.
  sent['accept-encoding'] = 'identity';
  return { method: name, url: callableUrl(url), headers: sent, body };
}

/** Rejects at the abort, also where the work does not hear of it. */
function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What went wrong, in our words: texts of the network layer name addresses. */
function named(error: unknown, signal: AbortSignal): OutgoingError {
  if (error instanceof OutgoingError) return error;
  if (signal.aborted) return signal.reason as OutgoingError;
  if (error instanceof errors.HeadersOverflowError)
    return new OutgoingError('TOO_LARGE', `The headers of a response have at most ${headerBytes} bytes.`, false);
  if (
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError
  )
    return new OutgoingError('TIMEOUT', 'The host did not answer in time.', true);
  if (error instanceof errors.InvalidArgumentError)
    return new OutgoingError('INVALID_REQUEST', 'A header or the body cannot be sent.', false);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no valid answer';
  return new OutgoingError('NETWORK', `The call failed: ${code}.`, true);
}

import type { Answer, Operation } from './document.js';
import { ConnectionLostError } from './errors.js';
import { type Endpoint, type Transport, post, readAnswer } from './transport.js';

/** The server sends something every 12 seconds; a connection that is silent for longer than this is dead. */
const silentMs = 30_000;

/** Server-sent events, one request per subscription (GraphQL over SSE, distinct connections mode). */
export function createSseTransport(endpoint: Endpoint): Transport {
  return {
    open: async function* (operation: Operation, signal: AbortSignal): AsyncGenerator<Answer, void> {
      const own = new AbortController();
      const abort = (): void => own.abort(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      let timer: ReturnType<typeof setTimeout> | undefined;
      const alive = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => own.abort(new ConnectionLostError('The server fell silent.')), silentMs);
      };
      try {
        alive();
        const response = await post(endpoint, operation, 'text/event-stream', own.signal);
        if (response.body === null || !(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
          yield await readAnswer(response);
          return;
        }
        for await (const event of readEvents(response.body, alive)) {
          if (event.name === 'complete') return;
          if (event.name === 'next') yield JSON.parse(event.data) as Answer;
        }
        throw new ConnectionLostError('The stream ended before its end.');
      } catch (error) {
        if (signal.aborted) return;
        throw own.signal.aborted ? own.signal.reason : error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        own.abort();
      }
    },
    close: () => undefined,
  };
}

interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Events of a stream: blocks of `name: value` lines that end with an empty line. `alive` is called for every byte that arrives. */
async function* readEvents(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<ServerEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new ConnectionLostError('The stream was cut off.', { cause: error });
    });
    if (done) return;
    alive();
    const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event !== null) yield event;
    }
  }
}

/** Null for a comment, which only keeps the connection alive. */
function parseEvent(block: string): ServerEvent | null {
  let name = 'message';
  const data: string[] = [];
  let fields = 0;
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^(event|data)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === undefined) continue;
    fields += 1;
    if (field === 'event') name = value;
    else data.push(value);
  }
  return fields === 0 ? null : { name, data: data.join('\n') };
}

import { WebSocket } from 'ws';
import { vi } from 'vitest';

/** A GraphQL answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
  readonly errors: readonly WireError[];
  /** The code of the first error. */
  readonly code: unknown;
}

export interface WireError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

interface Payload {
  readonly data?: unknown;
  readonly errors?: readonly WireError[];
}

export interface Operation {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: string;
}

export type HeaderFields = Readonly<Record<string, string>>;

/** Sends one operation as any client would. */
export function post(url: string, operation: Operation | string, headers: HeaderFields = {}): Promise<Answer> {
  return postBody(url, JSON.stringify(typeof operation === 'string' ? { query: operation } : operation), headers);
}

/** Sends a body as it is. */
export async function postBody(url: string, body: RequestInit['body'], headers: HeaderFields = {}): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: body ?? null });
  const { data, errors = [] } = (await response.json()) as Payload;
  return { status: response.status, headers: response.headers, data, errors, code: errors[0]?.extensions['code'] };
}

export interface ServerSentEvent {
  readonly event: string;
  /** Parsed; null when there is none. */
  readonly data: (Payload & Readonly<Record<string, unknown>>) | null;
}

export interface EventStream {
  readonly status: number;
  readonly events: AsyncGenerator<ServerSentEvent, undefined>;
  /** Goes away as a closed browser tab does. */
  abort(): void;
}

export async function openEvents(url: string, operation: Operation | string, headers: HeaderFields = {}): Promise<EventStream> {
  const controller = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify(typeof operation === 'string' ? { query: operation } : operation),
    signal: controller.signal,
  });
  if (response.body === null) throw new Error('There is no body.');
  return { status: response.status, events: readEvents(response.body), abort: () => controller.abort() };
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      );
      text = text.slice(end + 2);
      const [event, data] = [fields.get('event'), fields.get('data')];
      if (event !== undefined) yield { event, data: data ? (JSON.parse(data) as ServerSentEvent['data']) : null };
    }
  }
}

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket of the graphql-transport-ws protocol, message by message. */
export interface Socket {
  readonly raw: WebSocket;
  readonly received: readonly Message[];
  send(message: Message | string): void;
  /** The next message that fits, from those that came and those to come. */
  next(fits: (message: Message) => boolean): Promise<Message>;
  /** Subscribes and answers the messages of this operation up to its end. */
  run(query: string, variables?: unknown): Promise<readonly Message[]>;
  closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** For conditions that a busy machine may take its time for. */
export const patience = { timeout: 10_000, interval: 5 };

/** Everything up to the end of a stream. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

let operations = 0;

export async function openSocket(
  wsUrl: string,
  options: { readonly headers?: HeaderFields; readonly protocol?: string } = {},
): Promise<Socket> {
  const raw = new WebSocket(wsUrl, options.protocol ?? 'graphql-transport-ws', { headers: options.headers });
  const received: Message[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    raw.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  raw.on('message', (data: Buffer) => received.push(JSON.parse(data.toString('utf8')) as Message));
  await new Promise<void>((resolve, reject) => {
    raw.once('open', resolve);
    raw.once('error', reject);
  });
  raw.on('error', () => undefined);
  const send = (message: Message | string) => raw.send(typeof message === 'string' ? message : JSON.stringify(message));
  const next = (fits: (message: Message) => boolean) =>
    vi.waitFor(() => {
      const found = received.find(fits);
      if (found === undefined) throw new Error(`No such message among ${JSON.stringify(received).slice(0, 500)}`);
      return found;
    }, patience);
  return {
    raw,
    received,
    send,
    next,
    run: async (query, variables) => {
      operations += 1;
      const id = `run-${operations}`;
      send({ type: 'subscribe', id, payload: { query, variables } });
      await next((message) => message.id === id && (message.type === 'complete' || message.type === 'error'));
      return received.filter((message) => message.id === id);
    },
    closed,
  };
}

/** A socket that is ready for operations. */
export async function openAcknowledged(wsUrl: string, payload?: Readonly<Record<string, unknown>>): Promise<Socket> {
  const socket = await openSocket(wsUrl);
  socket.send({ type: 'connection_init', payload });
  await socket.next(({ type }) => type === 'connection_ack');
  return socket;
}

import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Reader, Results } from './results.js';

/** Proxies and browsers give up on a connection that is silent for longer. */
const heartbeatMs = 12_000;

/** The streams of server-sent events of this process. */
export interface EventStreams {
  /**
   * Sends results in the "distinct connections mode" of the GraphQL over SSE protocol
   * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md): `next` for each, then `complete`.
   * The next result is asked for when the connection takes more, so a slow reader holds few in memory; one that takes nothing from one
   * heartbeat to the next is cut off.
   */
  send(response: ServerResponse, results: Results): void;
  /** Ends all without `complete`, which tells their clients to come back. */
  close(): void;
}

export function createEventStreams(): EventStreams {
  const open = new Set<EventStream>();
  let closed = false;
  return {
    send: (response, results) => {
      openStream(response);
      const stream = new EventStream(response, results);
      open.add(stream);
      response.once('close', () => {
        open.delete(stream);
        stream.stop();
      });
      if (closed) stream.cut();
      else results.start(stream);
    },
    close: () => {
      closed = true;
      for (const stream of open) stream.cut();
    },
  };
}

/** A single result for a client that takes nothing but a stream. */
export function sendSingleEvent(response: ServerResponse, result: ExecutionResult): void {
  openStream(response);
  response.end(`${next}${JSON.stringify(result)}${eventEnd}${complete}`);
}

const next = 'event: next\ndata: ';
const eventEnd = '\n\n';
const complete = 'event: complete\ndata:\n\n';
const nextBytes = Buffer.from(next);
const eventEndBytes = Buffer.from(eventEnd);

function openStream(response: ServerResponse): void {
  // `no` keeps nginx from collecting events until a buffer is full.
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  // Written by itself, the head becomes one string. Node keeps it as long as the stream is open, and in its pieces otherwise.
  response.flushHeaders();
  // Some clients wait for a first byte before they believe in the connection.
  response.write(':\n\n');
}

class EventStream implements Reader {
  readonly #response: ServerResponse;
  readonly #results: Results;
  readonly #heartbeat: NodeJS.Timeout;
  #stuck = false;

  constructor(response: ServerResponse, results: Results) {
    this.#response = response;
    this.#results = results;
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    response.on('drain', () => {
      this.#stuck = false;
      results.flow();
    });
  }

  #beat(): void {
    if (this.#stuck) this.#response.destroy();
    this.#stuck = !this.hasRoom();
    if (!this.#stuck) this.#response.write(':\n\n');
  }

  hasRoom(): boolean {
    return !this.#response.destroyed && !this.#response.writableNeedDrain;
  }

  next(text: Buffer): void {
    this.#response.write(Buffer.concat([nextBytes, text, eventEndBytes]));
  }

  complete(): void {
    this.stop();
    this.#response.end(complete);
  }

  /** Ends it as a lost connection would. */
  cut(): void {
    this.stop();
    this.#response.end();
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    this.#results.stop();
  }
}

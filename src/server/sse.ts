import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Events } from './events.js';

/** Proxies and browsers give up on a connection that is silent for longer. */
const heartbeatMs = 12_000;

/**
 * Sends results as Server-Sent Events in the "distinct connections mode" of the GraphQL over SSE protocol
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md): `next` for each, then `complete`.
 * The next result is asked for when the one before has left, so a slow reader holds one in memory; one that takes nothing from one
 * heartbeat to the next is cut off. When `closing` is aborted the stream ends without `complete`, which tells the client to come back.
 */
export async function sendEvents(response: ServerResponse, events: Events<ExecutionResult>, closing: AbortSignal): Promise<void> {
  const giveUp = () => void events.return();
  response.once('close', giveUp);
  closing.addEventListener('abort', giveUp);
  openStream(response);
  let stuck = false;
  const heartbeat = setInterval(() => {
    if (stuck) response.destroy();
    stuck = response.writableNeedDrain;
    if (!stuck) response.write(':\n\n');
  }, heartbeatMs);
  response.on('drain', () => {
    stuck = false;
  });
  try {
    if (closing.aborted) giveUp();
    for await (const result of events) await writeEvent(response, result);
  } finally {
    clearInterval(heartbeat);
    response.off('close', giveUp);
    closing.removeEventListener('abort', giveUp);
    response.end(closing.aborted ? undefined : complete);
  }
}

/** A single result for a client that takes nothing but a stream. */
export async function sendSingleEvent(response: ServerResponse, result: ExecutionResult): Promise<void> {
  openStream(response);
  await writeEvent(response, result);
  response.end(complete);
}

const complete = 'event: complete\ndata:\n\n';

function openStream(response: ServerResponse): void {
  // `no` keeps nginx from collecting events until a buffer is full.
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  // Some clients wait for a first byte before they believe in the connection.
  response.write(':\n\n');
}

/** Resolves when the reader is ready for more, or gone. */
function writeEvent(response: ServerResponse, result: ExecutionResult): Promise<void> | undefined {
  if (response.destroyed || response.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`)) return undefined;
  return new Promise((resolve) => {
    const ready = () => {
      response.off('drain', ready);
      response.off('close', ready);
      resolve();
    };
    response.once('drain', ready);
    response.once('close', ready);
  });
}

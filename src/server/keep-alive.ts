import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';

/** Pings a peer and cuts it off when it has not answered by the next ping. Answers the function that stops it. */
export function keepAlive(socket: WebSocket, everyMs: number): () => void {
  // Unguessable, for a peer that reads nothing could send pongs unasked and seem alive.
  let awaited: Buffer | null = null;
  socket.on('pong', (payload: Buffer) => {
    if (awaited?.equals(payload) === true) awaited = null;
  });
  const timer = setInterval(() => {
    if (awaited !== null) socket.terminate();
    else if (socket.readyState === socket.OPEN) {
      awaited = randomBytes(8);
      socket.ping(awaited);
    }
  }, everyMs);
  return () => clearInterval(timer);
}

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** What waits for a socket to take more. */
interface Flowing {
  flow(): void;
}

/** Bytes that subscriptions bring ahead of their reader: a few dozen results of usual size, in one write. */
const mostAhead = 65_536;

/** A text, or one around a result that is the same for many and therefore bytes already. */
interface Message {
  readonly text: string;
  readonly textBytes: number;
  readonly result: Buffer | null;
  readonly bytes: number;
}

const brace = Buffer.from('}');

/**
 * What leaves over one socket. The messages of one turn of the loop leave in one write, framed here and not by `ws`, which makes two buffers
 * and a call of the stream for each: with many subscriptions on a socket that is most of the cost of an event.
 */
export class Outgoing {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #mostBuffered: number;
  readonly #mostAhead: number;
  readonly #tooSlow: () => void;
  #messages: Message[] = [];
  #bytes = 0;
  readonly #waiting = new Set<Flowing>();
  /** Whose turn it is among those who wait. */
  #next: Flowing | null = null;

  /** `tooSlow` is called, and nothing sent, when more than `mostBuffered` bytes wait for the reader. */
  constructor(socket: WebSocket, stream: Duplex, mostBuffered: number, tooSlow: () => void) {
    this.#socket = socket;
    this.#stream = stream;
    this.#mostBuffered = mostBuffered;
    this.#mostAhead = Math.min(mostAhead, mostBuffered);
    this.#tooSlow = tooSlow;
  }

  /** Sends a message. `result`: the text is what stands before it, and a brace closes the message. */
  send(text: string, result: Buffer | null = null): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#ahead() > this.#mostBuffered) {
      this.#tooSlow();
      return;
    }
    const textBytes = Buffer.byteLength(text);
    const bytes = result === null ? textBytes : textBytes + result.length + brace.length;
    if (this.#messages.length === 0) setImmediate(() => this.flush());
    this.#messages.push({ text, textBytes, result, bytes });
    this.#bytes += headBytes(bytes) + bytes;
  }

  /** Whether a subscription may bring one more result; where it may not, its `flow` is called once it may. While some wait they take turns. */
  hasRoom(subscription: Flowing): boolean {
    // Nothing of what it brought would pile up, and it would never stop to let the socket end.
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    const isNext = this.#waiting.size === 0 || this.#next === subscription;
    this.#next = null;
    if (isNext && this.#ahead() < this.#mostAhead) return true;
    this.#waiting.add(subscription);
    return false;
  }

  #ahead(): number {
    return this.#bytes + this.#stream.writableLength;
  }

  /** Writes what was sent; before a close frame, after which nothing counts. */
  flush(): void {
    const messages = this.#messages;
    if (messages.length === 0) return;
    const frames = Buffer.allocUnsafe(this.#bytes);
    this.#messages = [];
    this.#bytes = 0;
    let at = 0;
    for (const message of messages) at = writeFrame(frames, at, message);
    // Whoever closed it without us has sent its close frame.
    if (this.#socket.readyState === this.#socket.OPEN) this.#stream.write(frames, () => this.#written());
  }

  /** Who waited longest comes first, brings one result, and waits behind the others if there is more. */
  #written(): void {
    for (const subscription of this.#waiting) {
      if (this.#ahead() >= this.#mostAhead) break;
      this.#waiting.delete(subscription);
      this.#next = subscription;
      subscription.flow();
    }
    this.#next = null;
  }
}

/** Of a frame from a server, which is not masked (RFC 6455, 5.2). */
function headBytes(bytes: number): number {
  if (bytes < 126) return 2;
  return bytes < 65_536 ? 4 : 10;
}

function writeFrame(frames: Buffer, from: number, { text, textBytes, result, bytes }: Message): number {
  let at = from;
  // A text message in one frame.
  frames[at] = 0x81;
  if (bytes < 126) {
    frames[at + 1] = bytes;
    at += 2;
  } else if (bytes < 65_536) {
    frames[at + 1] = 126;
    frames.writeUInt16BE(bytes, at + 2);
    at += 4;
  } else {
    frames[at + 1] = 127;
    frames.writeBigUInt64BE(BigInt(bytes), at + 2);
    at += 10;
  }
  frames.write(text, at);
  at += textBytes;
  if (result === null) return at;
  frames.set(result, at);
  at += result.length;
  frames.set(brace, at);
  return at + brace.length;
}

import { type Socket, connect } from 'node:net';
import { now } from './pace.js';

/**
 * Clients that only count: of what comes they read which subscription it is for, and no JSON. Told `{ port, path, sockets }` over IPC, they
 * subscribe; told anything else they answer with what they have counted.
 */
export interface CountOrder {
  readonly port: number;
  readonly path: string;
  readonly sockets: readonly { readonly token: string; readonly subscribe: readonly object[] }[];
}

/** Since the last reading that was asked for with `reset`. */
export interface Count {
  /** Results of the subscription that got fewest, and of the one that got most. */
  readonly least: number;
  readonly most: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Milliseconds of the processor that this process has used so far. */
  readonly cpuMs: number;
}

const counts: Uint32Array[] = [];
let firstAt = 0;
let lastAt = 0;

process.on('disconnect', () => process.exit());
process.on('message', (message: CountOrder | { readonly reset: boolean }) => {
  if ('sockets' in message) for (const { token, subscribe } of message.sockets) open(message, token, subscribe);
  else {
    process.send?.(reading());
    if (message.reset) {
      firstAt = 0;
      for (const own of counts) own.fill(0);
    }
  }
});
process.send?.({});

function reading(): Count {
  const { user, system } = process.cpuUsage();
  const least = Math.min(...counts.map((own) => Math.min(...own)));
  const most = Math.max(...counts.map((own) => Math.max(...own)));
  return { least, most, firstAt, lastAt, cpuMs: (user + system) / 1_000 };
}

/** Ids have two digits, so that they are found at the same place of each message. */
const idOf = (index: number): string => String(index).padStart(2, '0');
const idAt = '{"id":"'.length;
const typeAt = '{"id":"00","type":"'.length;

function open({ port, path }: CountOrder, token: string, subscribe: readonly object[]): void {
  const own = new Uint32Array(subscribe.length);
  counts.push(own);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', fail);
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n',
  );
  let rest: Buffer = Buffer.alloc(0);
  let upgraded = false;
  socket.on('data', (chunk) => {
    let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!upgraded) {
      const end = data.indexOf('\r\n\r\n');
      if (end >= 0) {
        data = data.subarray(end + 4);
        upgraded = true;
        sendText(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      }
    }
    rest = upgraded ? data.subarray(readFrames(data, (opcode, payload) => take(opcode, payload))) : data;
  });

  function take(opcode: number, payload: Buffer): void {
    if (opcode === 0x9) return sendFrame(socket, 0xa, payload);
    if (payload[typeAt] === 0x6e) {
      lastAt = now();
      if (firstAt === 0) firstAt = lastAt;
      const id = ((payload[idAt] ?? 0) - 48) * 10 + (payload[idAt + 1] ?? 0) - 48;
      own[id] = (own[id] ?? 0) + 1;
    } else if (payload.includes('connection_ack'))
      for (const [index, operation] of subscribe.entries()) sendText(socket, { type: 'subscribe', id: idOf(index), payload: operation });
    else fail(new Error(`A subscriber was told: ${payload.toString()}`));
  }
}

/** Answers where the first frame begins that is not there as a whole. */
function readFrames(data: Buffer, take: (opcode: number, payload: Buffer) => void): number {
  let at = 0;
  while (at + 2 <= data.length) {
    let length = (data[at + 1] ?? 0) & 0x7f;
    let from = at + 2;
    if (length === 126) {
      if (at + 4 > data.length) break;
      length = data.readUInt16BE(from);
      from += 2;
    }
    if (from + length > data.length) break;
    take((data[at] ?? 0) & 0xf, data.subarray(from, from + length));
    at = from + length;
  }
  return at;
}

function sendText(socket: Socket, message: object): void {
  sendFrame(socket, 0x1, Buffer.from(JSON.stringify(message)));
}

/** A client's frames are masked, here with zeros, which change nothing. */
function sendFrame(socket: Socket, opcode: number, payload: Buffer): void {
  const head = payload.length < 126 ? [payload.length | 0x80] : [126 | 0x80, payload.length >> 8, payload.length & 0xff];
  socket.write(Buffer.concat([Buffer.from([opcode | 0x80, ...head, 0, 0, 0, 0]), payload]));
}

function fail(error: Error): void {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1);
}

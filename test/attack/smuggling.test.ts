import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type SeededAction, type Workspace, seed } from '#test/support/seed';

// Bytes that one program takes for the body of a request and the next one for a request of its own. What is hidden in each is a
// request that would make a run.

let millrace: Millrace;
let workspace: Workspace;
let action: SeededAction;
let token: string;
let port: number;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  workspace = await seed(millrace.app).workspace();
  action = await workspace.action();
  token = await workspace.token();
  port = Number(new URL(millrace.url).port);
});

/** What came back on a connection of its own until the server closed it. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    // The server resets what sends on after its answer.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

const statuses = (answer: string): number[] => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
const lines = (...all: readonly string[]): string => all.map((line) => `${line}\r\n`).join('');
const hex = (text: string): string => Buffer.byteLength(text).toString(16);

const body = (): string => JSON.stringify({ query: `mutation { triggerAction(input: { id: "${action.id}" }) { __typename } }` });
const harmless = '{"query":"{ viewer { __typename } }"}';
const common = (): string[] => ['Host: millrace', 'Content-Type: application/json', `Authorization: Bearer ${token}`];

/** A request that makes a run, and closes its connection. */
const inner = (): string =>
  `${lines('POST /graphql HTTP/1.1', ...common(), 'Connection: close', `Content-Length: ${String(Buffer.byteLength(body()))}`)}\r\n${body()}`;
/** A head with these lines before what follows it. */
const head = (...more: readonly string[]): string => `${lines('POST /graphql HTTP/1.1', ...common(), ...more)}\r\n`;
const length = (text: string): string => `Content-Length: ${String(Buffer.byteLength(text))}`;
const chunked = 'Transfer-Encoding: chunked';
const chunks = (text: string): string => `${hex(text)}\r\n${text}\r\n0\r\n\r\n`;

async function made(send: () => Promise<string>): Promise<{ readonly statuses: number[]; readonly runs: number; readonly answer: string }> {
  const count = () => millrace.app.db.prisma.run.count({ where: { workspaceId: workspace.uuid } });
  const before = await count();
  const answer = await send();
  return { answer, statuses: statuses(answer), runs: (await count()) - before };
}

/** Refused by one answer, and nothing on the connection after it is looked at. */
const refused: readonly (readonly [what: string, bytes: () => string])[] = [
  ['a length and chunks, for who believes the length', () => head(length('0\r\n\r\n'), chunked) + '0\r\n\r\n' + inner()],
  ['chunks and a length, for who believes the chunks', () => head(chunked, length(`0\r\n\r\n${inner()}`)) + '0\r\n\r\n' + inner()],
  ['two lengths', () => head(length(harmless), `Content-Length: ${String(harmless.length + inner().length)}`) + harmless + inner()],
  ['two lengths that agree', () => head(length(harmless), length(harmless)) + harmless + inner()],
  ['a list of lengths', () => head(`${length(harmless)}, ${String(harmless.length)}`) + harmless + inner()],
  ['a length with a sign', () => head(`Content-Length: +${String(harmless.length)}`) + harmless + inner()],
  ['a length below nothing', () => head('Content-Length: -1') + harmless + inner()],
  ['a length in hexadecimal', () => head('Content-Length: 0x25') + harmless + inner()],
  ['a length with a space in it', () => head('Content-Length: 3 7') + harmless + inner()],
  ['a length beyond all numbers', () => head('Content-Length: 99999999999999999999999') + harmless + inner()],
  ['a space before a colon', () => head('Content-Length : 0', chunked) + chunks(inner())],
  ['chunks with a space before the colon', () => head('Transfer-Encoding : chunked', length(harmless)) + harmless + inner()],
  ['chunks by another name', () => head('Transfer-Encoding: xchunked') + chunks(harmless) + inner()],
  ['chunks that are not the last coding', () => head('Transfer-Encoding: chunked, identity') + chunks(harmless) + inner()],
  ['chunks in quotes', () => head('Transfer-Encoding: "chunked"') + chunks(harmless) + inner()],
  ['chunks behind a vertical tab', () => head('Transfer-Encoding: \vchunked') + chunks(harmless) + inner()],
  ['chunks on a folded line', () => head('Transfer-Encoding:\r\n chunked') + chunks(harmless) + inner()],
  ['a length on a folded line', () => head(`Content-Length:\r\n ${String(harmless.length)}`) + harmless + inner()],
  ['a header behind a space', () => head(` ${chunked}`, length(harmless)) + harmless + inner()],
  ['a header behind a bare line feed', () => head(`X-A: b\n${chunked}`, length(harmless)) + harmless + inner()],
  ['a header behind a bare carriage return', () => head(`X-A: b\r${chunked}`, length(harmless)) + harmless + inner()],
  ['lines that end in bare line feeds', () => (head(length(harmless)) + harmless + inner()).replaceAll('\r\n', '\n')],
  ['a zero byte in a header', () => head(`X-A: b\0${chunked}`, length(harmless)) + harmless + inner()],
  ['a header without a colon', () => head('Transfer-Encoding', length(harmless)) + harmless + inner()],
  ['the size of a chunk with a sign', () => head(chunked) + `+${hex(harmless)}\r\n${harmless}\r\n0\r\n\r\n${inner()}`],
  ['the size of a chunk as C writes it', () => head(chunked) + `0x${hex(harmless)}\r\n${harmless}\r\n0\r\n\r\n${inner()}`],
  ['a chunk beyond all numbers', () => head(chunked) + `fffffffffffffffff\r\n${harmless}\r\n0\r\n\r\n${inner()}`],
  ['a chunk that is longer than it says', () => head(chunked) + `2\r\n${harmless}\r\n0\r\n\r\n${inner()}`],
  ['the size of a chunk that ends in a bare line feed', () => head(chunked) + `${hex(harmless)}\n${harmless}\r\n0\r\n\r\n${inner()}`],
  ['a bare line feed in the extension of a chunk', () => head(chunked) + `${hex(harmless)};a\nb\r\n${harmless}\r\n0\r\n\r\n${inner()}`],
  ['no host', () => head(length(harmless)).replace('Host: millrace\r\n', '') + harmless + inner()],
  ['a protocol that there is not', () => head(length(harmless)).replace('HTTP/1.1', 'HTTP/3.1') + harmless + inner()],
  ['a space in the address', () => head(length(harmless)).replace('/graphql', '/graphql /x') + harmless + inner()],
];

describe('a connection with two opinions of where a request ends', () => {
  it.each(refused)('is closed after 400, and the request that is hidden in it is not executed: %s', async (_what, bytes) => {
    expect(await made(() => exchange(bytes()))).toMatchObject({ statuses: [400], runs: 0 });
  });

  it('is closed after 431 for headers that are too large', async () => {
    const bytes = head(`X-Large: ${'x'.repeat(20_000)}`, length(harmless)) + harmless + inner();
    expect(await made(() => exchange(bytes))).toMatchObject({ statuses: [431], runs: 0 });
  });

  it.each<[what: string, bytes: () => string, status: number]>([
    [
      'a body of a request that has none',
      () => `${lines('GET /health/live HTTP/1.1', 'Host: x', 'Connection: close', length(inner()))}\r\n${inner()}`,
      200,
    ],
    ['a body that is chunked', () => head('Connection: close', chunked) + chunks(inner()), 400],
    ['a body in many chunks', () => head('Connection: close', chunked) + `1\r\n{\r\n${hex(inner())}\r\n${inner()}\r\n0\r\n\r\n`, 400],
    ['what follows a request that closes', () => head('Connection: close', length(harmless)) + harmless + inner(), 200],
    ['what follows a request of HTTP/1.0', () => head(length(harmless)).replace('HTTP/1.1', 'HTTP/1.0') + harmless + inner(), 200],
    [
      'what follows an upgrade elsewhere',
      () => `${lines('GET /nowhere HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket')}\r\n${inner()}`,
      404,
    ],
    ['what names two hosts', () => inner().replace('Host: millrace', 'Host: millrace\r\nHost: elsewhere'), 400],
    ['the address of another host', () => inner().replace('POST /graphql', 'POST http://elsewhere.example.com/graphql'), 404],
    ['the address with a host in front', () => inner().replace('POST /graphql', 'POST //millrace/graphql'), 404],
    ['the address with a way back', () => inner().replace('POST /graphql', 'POST /hooks/../graphql'), 404],
  ])('does not execute %s', async (_what, bytes, status) => {
    expect(await made(() => exchange(bytes()))).toMatchObject({ statuses: [status], runs: 0 });
  });

  it('takes no credential from the trailers of a body', async () => {
    const anonymous = head('Connection: close', chunked, 'Trailer: Authorization').replace(/Authorization: Bearer .*\r\n/, '');
    const text = body();
    const bytes = `${anonymous}${hex(text)}\r\n${text}\r\n0\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const { runs, answer } = await made(() => exchange(bytes));
    expect(runs).toBe(0);
    expect(answer).toContain('"code":"UNAUTHENTICATED"');
  });

  it('answers honest requests one after the other, each once', async () => {
    const first = inner().replace('Connection: close\r\n', '');
    const second = head(chunked) + chunks(body());
    expect(await made(() => exchange(first + second + inner()))).toMatchObject({ statuses: [200, 200, 200], runs: 3 });
  });
});

import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface StubPackage {
  readonly name: string;
  readonly version: string;
  /** Of its package.json, beside name and version. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** By their paths in the package. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Registry {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Connections that are open now. */
  open(): number;
  /** Lets what begins with this wait for its answer; null: answers, also what waited. */
  hold(path: string | null): void;
  close(): Promise<void>;
}

/** A registry of npm on the loopback address that knows these packages. The last version of a name is its `latest`. */
export async function startRegistry(packages: readonly StubPackage[]): Promise<Registry> {
  const asked: string[] = [];
  let held: string | null = null;
  const sockets = new Set<Socket>();
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    asked.push(path);
    if (held !== null && path.startsWith(held)) waiting.push(() => answer(path, response));
    else answer(path, response);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  return {
    url,
    asked,
    open: () => sockets.size,
    hold: (path) => {
      held = path;
      if (path !== null) return;
      for (const each of waiting) each();
      waiting = [];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function answer(path: string, response: ServerResponse): void {
    const [, name = '', file] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+))?$/.exec(path) ?? [];
    const versions = packages.filter((known) => known.name === name);
    const wanted = versions.find(({ version }) => file === `${version}.tgz`);
    if (wanted !== undefined) {
      response.end(tarball(wanted));
      return;
    }
    response.statusCode = versions.length === 0 ? 404 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(versions.length === 0 ? { error: 'Not found' } : packument(name, versions)));
  }

  function packument(name: string, versions: readonly StubPackage[]) {
    return {
      name,
      'dist-tags': { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(
        versions.map((known) => {
          const integrity = `sha512-${createHash('sha512').update(tarball(known)).digest('base64')}`;
          const dist = { tarball: `${url}/${name}/-/${known.version}.tgz`, integrity };
          return [known.version, { name, version: known.version, ...known.fields, dist }];
        }),
      ),
    };
  }
}

function tarball({ name, version, fields, files }: StubPackage): Buffer {
  const all = { 'package.json': JSON.stringify({ name, version, ...fields }), ...files };
  const parts = Object.entries(all).flatMap(([path, text]) => {
    const content = Buffer.from(text);
    return [header(`package/${path}`, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1_024)]));
}

/** Of a plain file, as POSIX has it. */
function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(path, 0, 100);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  block.write(
    octal(
      block.reduce((sum, byte) => sum + byte, 0),
      8,
    ),
    148,
  );
  return block;
}

import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { z } from 'zod';

const ownerSchema = z.object({ pid: z.number(), port: z.number(), name: z.string() });
type Owner = z.infer<typeof ownerSchema>;

/**
 * Claims a folder for this process; answers what gives it back. An owner proves that it lives by answering on a port with
 * the name in its lock file, so that a lock left by a killed process, or a process id used again, holds nobody up.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const file = path.join(dir, 'owner.json');
  const name = randomUUID();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(name);
  });
  server.unref();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The port of a lock has no number.');
  const draft = `${file}.${name}`;
  try {
    await writeFile(draft, JSON.stringify({ pid: process.pid, port: address.port, name } satisfies Owner), { mode: 0o600 });
    // A link appears whole or not at all.
    while (!(await link(draft, file).then(() => true, ifExists))) {
      const owner = await readOwner(file);
      if (owner !== null && (await answers(owner))) throw new Error(`Millrace already runs in ${dir}, as process ${owner.pid}.`);
      await rm(file, { force: true });
    }
  } catch (error) {
    await close();
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    await rm(file, { force: true });
    await close();
  };
}

function ifExists(error: NodeJS.ErrnoException): false {
  if (error.code === 'EEXIST') return false;
  throw error;
}

async function readOwner(file: string): Promise<Owner | null> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/** A port that is open but silent for a second counts as an owner that is busy, unless it says another name. */
function answers(owner: Owner): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port: owner.port });
    const settle = (alive: boolean) => {
      resolve(alive);
      socket.destroy();
    };
    socket.setTimeout(1_000, () => settle(!socket.connecting));
    socket.on('data', (chunk) => (heard += chunk.toString()));
    socket.on('end', () => settle(heard === owner.name));
    socket.on('error', () => settle(false));
  });
}

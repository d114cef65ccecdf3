import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardOrder } from './guard.js';
import { listProcesses } from './programs.js';

// Started by the drill and told what to end. Its input ends with the drill, however that ends.
const pids = new Set<number>();
const folders = new Set<string>();
let done = false;
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as GuardOrder;
  if ('watch' in order) pids.add(order.watch);
  else if ('release' in order) pids.delete(order.release);
  else if ('folder' in order) folders.add(order.folder);
  else done = true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

if (!done) {
  const left = (await listProcesses()).filter(
    ({ pid, command }) => pid !== process.pid && (pids.has(pid) || [...folders].some((folder) => command.includes(folder))),
  );
  // PostgreSQL takes its own processes along when it is asked to stop at once, and not when it is killed.
  for (const { pid, command } of left) send(pid, command.includes('postgres') ? 'SIGQUIT' : 'SIGKILL');
  await sleep(5_000);
  const still = new Set((await listProcesses()).map(({ pid, command }) => `${pid} ${command}`));
  for (const { pid, command } of left) if (still.has(`${pid} ${command}`)) send(pid, 'SIGKILL');
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

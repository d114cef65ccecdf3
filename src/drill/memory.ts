import { readFile } from 'node:fs/promises';
import { type ListedProcess, listProcesses } from './programs.js';
import type { Undo } from './undo.js';

/** The most memory that any process had, in MB, and how often was looked. */
export interface Watched {
  readonly mostMb: number;
  readonly looks: number;
}

export interface Memory extends Watched {
  /** The same from now on. */
  fromNow(): Watched;
}

const lookMs = 1_000;

/** Watches processes and all that they start, until the undoing. */
export function watchMemory(roots: () => readonly number[], undo: Undo): Memory {
  const all = { mostMb: 0, looks: 0 };
  const watched = [all];
  const look = async (): Promise<void> => {
    const family = descendants(await listProcesses(), roots());
    const most = Math.max(0, ...(await Promise.all(family.map(memoryOf))));
    for (const one of watched) {
      one.looks += 1;
      one.mostMb = Math.max(one.mostMb, most);
    }
  };
  let looking: Promise<void> | null = null;
  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = null));
  }, lookMs);
  undo.push(() => Promise.resolve(clearInterval(timer)));
  return {
    get mostMb() {
      return all.mostMb;
    },
    get looks() {
      return all.looks;
    },
    fromNow: () => {
      const one = { mostMb: 0, looks: 0 };
      watched.push(one);
      return one;
    },
  };
}

/** Those processes with all that came of them. */
export function descendants(processes: readonly ListedProcess[], roots: readonly number[]): ListedProcess[] {
  const pids = new Set(roots);
  for (let before = -1; before < pids.size; ) {
    before = pids.size;
    for (const { pid, parent } of processes) if (pids.has(parent)) pids.add(pid);
  }
  return processes.filter(({ pid }) => pids.has(pid));
}

/** What is in memory now, as the kernel tells; what `ps` saw, where it tells nothing. */
async function memoryOf({ pid, rssMb }: ListedProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kb === undefined ? rssMb : Number(kb) / 1_024;
}

import { readdir, readFile } from 'node:fs/promises';
import { rounded } from './figure.js';

/** CPU milliseconds that each party has used so far. Empty where the system does not tell. */
export type CpuTimes = Readonly<Record<string, number>>;

/** Of a clock tick in /proc: USER_HZ is 100 on every Linux that Node runs on. */
const tickMs = 10;

interface ProcessTimes {
  readonly parent: number;
  readonly name: string;
  readonly ownMs: number;
  /** Of children that have ended. */
  readonly goneMs: number;
}

async function readProcess(pid: number): Promise<ProcessTimes | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name is in parentheses and may hold anything (proc(5)).
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const [user = 0, system = 0, goneUser = 0, goneSystem = 0] = fields.slice(11, 15).map(Number);
  return {
    parent: Number(fields[1]),
    name: text.slice(text.indexOf('(') + 1, end),
    ownMs: (user + system) * tickMs,
    goneMs: (goneUser + goneSystem) * tickMs,
  };
}

/** What a process and all its descendants used, also of those that have ended; null: there is no such process, or no /proc. */
export async function cpuOfTree(root: number): Promise<number | null> {
  const names = await readdir('/proc').catch(() => []);
  const all = new Map<number, ProcessTimes>();
  await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const times = await readProcess(Number(name));
        if (times !== null) all.set(Number(name), times);
      }),
  );
  if (!all.has(root)) return null;
  const inTree = (pid: number): boolean => pid === root || (pid > 1 && inTree(all.get(pid)?.parent ?? 0));
  let sum = 0;
  for (const [pid, times] of all) if (inTree(pid)) sum += times.ownMs + times.goneMs;
  return sum;
}

/** Megabytes of a process that are in memory now; null: there is no such process, or no /proc. */
export async function memoryOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1_024;
}

/** The process that a PostgreSQL backend belongs to, when it runs on this machine. */
export async function postmasterOf(backend: number): Promise<number | null> {
  const times = await readProcess(backend);
  return times?.name.startsWith('postgres') === true ? times.parent : null;
}

/** What was used between two readings, per unit of work. */
export function cpuPer(before: CpuTimes, after: CpuTimes, count: number): Readonly<Record<string, number>> {
  const each = Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / count] as const);
  const all = each.reduce((sum, [, ms]) => sum + ms, 0);
  return Object.fromEntries([...each, ['all', all] as const].map(([name, ms]) => [name, rounded(ms)]));
}

/** The middle of several rounds, party by party. */
export function medianCpu(rounds: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const sorted = rounds.map((round) => round[name] ?? 0).sort((a, b) => a - b);
      return [name, sorted[Math.floor(sorted.length / 2)] ?? 0];
    }),
  );
}

import { readFileSync } from 'node:fs';

/** Of a clock tick in /proc: USER_HZ is 100 on every Linux that Node runs on. */
const tickMs = 10;

/** Processor time that a process has used; null where the system does not tell, or the process is gone. */
export function processorMs(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name is in parentheses and may hold anything (proc(5)).
    const [user, system] = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return ((user ?? 0) + (system ?? 0)) * tickMs;
  } catch {
    return null;
  }
}

/** Time that a process wanted the processor and did not get it; null where the system does not tell, or the process is gone. */
export function starvedMs(pid: number): number | null {
  try {
    const [, waited] = readFileSync(`/proc/${String(pid)}/schedstat`, 'utf8').split(' ');
    return Number(waited) / 1e6;
  } catch {
    return null;
  }
}

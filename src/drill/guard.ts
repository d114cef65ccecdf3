import { spawn } from 'node:child_process';
import type { Undo } from './undo.js';

/** A process beside the drill that ends what is left of it when the drill itself is killed and can undo nothing. */
export interface Guard {
  /** A process that must not outlive the drill. */
  watch(pid: number): void;
  /** It is gone: its number may be another's soon. */
  release(pid: number): void;
  /** A folder that goes with the drill; what was started in it is told by its command line, too. */
  folder(path: string): void;
}

/** What a guard is told, one a line. */
export type GuardOrder = { readonly watch: number } | { readonly release: number } | { readonly folder: string } | { readonly done: true };

/** `entry` is `guard.main.js`; the end of its input is the end of the drill. */
export function startGuard(entry: string, searchPath: string, undo: Undo): Guard {
  // Detached: what ends a whole process group, as Ctrl-C does, must not reach it.
  const child = spawn(process.execPath, [entry], { detached: true, env: { PATH: searchPath }, stdio: ['pipe', 'ignore', 'ignore'] });
  // A guard that is lost is missed only by a drill that is killed.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const tell = (order: GuardOrder): void => void child.stdin.write(`${JSON.stringify(order)}\n`);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  undo.push(() => {
    tell({ done: true });
    child.stdin.end();
    return ended;
  });
  return { watch: (pid) => tell({ watch: pid }), release: (pid) => tell({ release: pid }), folder: (path) => tell({ folder: path }) };
}

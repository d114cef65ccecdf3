import { JSException } from 'quickjs-wasi';
import type { Failure } from './messages.js';

/** The name of the user's module in stack traces. */
export const moduleName = 'action.js';

/** Thrown through the engine when the time of a call is up. The instance is spoiled by it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Most characters of a failure's message; what fails is told by its beginning. */
const messageLength = 2_000;

/** Whatever user code put into it. */
export function clipped(message: string): string {
  return message.length > messageLength ? `${message.slice(0, messageLength)}…` : message;
}

export const nowhere = { line: null, column: null } as const;

/** Where a stack first touches the user's module. */
export function placeIn(stack: string): Pick<Failure, 'line' | 'column'> {
  const found = /\baction\.js:(\d+)(?::(\d+))?/.exec(stack);
  if (found === null) return nowhere;
  return { line: Number(found[1]), column: found[2] === undefined ? null : Number(found[2]) };
}

export function timedOut(timeoutMs: number): Failure {
  return { code: 'TIMEOUT', message: `The code ran longer than ${String(timeoutMs)} ms.`, ...nowhere };
}

export function outOfMemory(memoryBytes: number): Failure {
  return { code: 'MEMORY', message: `The code needed more than ${String(Math.round(memoryBytes / 1_048_576))} MB of memory.`, ...nowhere };
}

/** What an exception means that left the engine, instead of being reported by the prelude. */
export function failureOf(error: unknown, timeoutMs: number, memoryBytes: number): Failure {
  if (error instanceof Interrupted) return timedOut(timeoutMs);
  if (error instanceof JSException) {
    const name = clipped(error.name);
    const message = clipped(error.message);
    const place = placeIn((error.stack ?? '').slice(0, 4_000));
    if (message === 'out of memory') return { ...outOfMemory(memoryBytes), ...place };
    if (name === 'SyntaxError') return { code: 'SYNTAX', message, ...place };
    if (message.startsWith('could not load module'))
      return { code: 'SYNTAX', message: clipped(`${message}: code cannot import modules`), ...place };
    return { code: 'UNCAUGHT', message: clipped(`${name}: ${message}`), ...place };
  }
  if (error instanceof RangeError) return { code: 'UNCAUGHT', message: `RangeError: ${error.message}`, ...nowhere };
  return { code: 'CRASHED', message: 'The code broke its sandbox.', ...nowhere };
}

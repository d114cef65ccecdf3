import { mostCommands } from './messages.js';
import type { SandboxJson } from './sandbox.js';

/** What a handler asks for; whoever called it decides what becomes of it. */
export interface SandboxCommand {
  /** One of the names that the call was given. */
  readonly command: string;
  readonly arguments: readonly SandboxJson[];
}

/** Null for what no handler can have said: the child keeps the limits; one that was broken out of does not. */
export function readCommands(json: unknown, known: readonly string[]): readonly SandboxCommand[] | null {
  if (!Array.isArray(json) || json.length > mostCommands) return null;
  const names = new Set(known);
  return json.every((entry) => isCommand(entry, names)) ? json : null;
}

function isCommand(entry: unknown, names: ReadonlySet<string>): entry is SandboxCommand {
  if (typeof entry !== 'object' || entry === null || !('command' in entry) || !('arguments' in entry)) return false;
  return typeof entry.command === 'string' && names.has(entry.command) && Array.isArray(entry.arguments);
}

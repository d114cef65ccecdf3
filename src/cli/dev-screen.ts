import picocolors from 'picocolors';
import type { DevEvent } from './dev-feed.js';

/** What `npm start` shows: notes, a box, and then a line for every event. */
export interface Screen {
  line(text: string): void;
  note(text: string): void;
  problem(error: unknown): void;
  /** What is ready, by name, and a command to try. */
  ready(facts: Readonly<Record<string, string>>, next: { readonly title: string; readonly command: string }): void;
  event(event: DevEvent): void;
}

type Paint = (text: string) => string;

const keyWidth = 14;
const typeWidth = 20;

export function createScreen(): Screen {
  const line = (text: string): void => console.log(text);
  return {
    line,
    note: (text) => line(picocolors.dim(text)),
    problem: (error) => {
      for (const text of problemsOf(error)) console.error(picocolors.red(text));
    },
    ready: (facts, next) => {
      const width = Math.max(...Object.keys(facts).map((name) => name.length));
      const lines = Object.entries(facts).map(([name, fact]) => ({ name: name.padEnd(width), fact }));
      const inner = Math.max(...lines.map(({ name, fact }) => name.length + fact.length + 2));
      line(`┌${'─'.repeat(inner + 2)}┐`);
      for (const { name, fact } of lines) line(`│ ${picocolors.bold(name)}  ${fact}${' '.repeat(inner - name.length - fact.length - 2)} │`);
      line(`└${'─'.repeat(inner + 2)}┘`);
      // Outside the box, so that it can be copied.
      line(`${next.title}\n\n${picocolors.cyan(next.command)}\n`);
    },
    event: (event) => {
      const { at, type, automation, run, detail } = event;
      line(
        `${picocolors.dim(at.slice(11, 23))}  ${automation.padEnd(keyWidth)} ${paintOf(event)(type.padEnd(typeWidth))} ${picocolors.dim(run)}${detail === null ? '' : `  ${detail}`}`,
      );
    },
  };
}

function paintOf({ type, status }: DevEvent): Paint {
  switch (type) {
    case 'RUN_FINISHED':
      return status === 'SUCCEEDED' ? picocolors.green : picocolors.red;
    case 'RUN_RECLAIMED':
    case 'RUN_CANCEL_REQUESTED':
    case 'RUN_WAITING':
    case 'STEP_RETRYING':
      return picocolors.yellow;
    case 'LOG':
      return picocolors.cyan;
    default:
      return (text) => text;
  }
}

function problemsOf(error: unknown): string[] {
  if (error instanceof AggregateError) return [error.message, ...error.errors.flatMap(problemsOf)].filter((text) => text !== '');
  return [error instanceof Error ? error.message : String(error)];
}

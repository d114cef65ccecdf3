import { parseArgs } from 'node:util';

/** Measured unless others are asked for. */
const usual = [
  'latency',
  'throughput',
  'chains',
  'list',
  'feed',
  'schedules',
  'sandbox',
  'rules',
  'entities',
  'flows',
  'idle',
  'startup',
] as const;
/** They take long or much of the disk, or what they measure by costs something itself: measured when they are asked for. */
const onRequest = ['growth', 'soak', 'statements'] as const;
export const parts = [...usual, ...onRequest];
export type Part = (typeof parts)[number];

export interface BenchOptions {
  /** What to measure; the ceilings are measured in any case. */
  readonly only: readonly Part[];
  /** Shorter and fewer rounds: for a look, not for a figure. */
  readonly quick: boolean;
  /** False: `dist/` is taken as it is. */
  readonly build: boolean;
  /** Where the API and the worker write their CPU profiles; null: they are not profiled. */
  readonly profileTo: string | null;
}

export const usage = `npm run bench -- [--only ${parts.join(',')}] [--quick] [--no-build] [--profile <folder>]`;

/** Throws an Error with the usage for what it does not understand. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const only = values.only === undefined ? usual : values.only.split(',').map(readPart);
  return { only, quick: values.quick, build: !values['no-build'], profileTo: values.profile ?? null };
}

function readPart(word: string): Part {
  const part = parts.find((known) => known === word);
  if (part === undefined) throw new Error(`There is no part "${word}". ${usage}`);
  return part;
}

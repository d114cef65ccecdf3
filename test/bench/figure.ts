/** What several rounds of one measurement showed. */
export interface Figure {
  readonly name: string;
  readonly about: string;
  readonly unit:
    | 'ms'
    | 'runs/s'
    | 'jobs/s'
    | 'statements/s'
    | 'rows/s'
    | 'requests/s'
    | 'queries/s'
    | 'statements'
    | 'commits'
    | 'messages/s'
    | 'calls/s'
    | 'MB'
    | 'kB'
    | 'times';
  /** Over the rounds. */
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: readonly number[];
  /** Over all samples of all rounds together, where that says more: a percentile. The target is held against it. */
  readonly overall?: number;
  /** What the same machine did in the same minutes with as little as possible in between. */
  readonly ceiling?: { readonly name: string; readonly median: number };
  /** The figure as a part, or a multiple, of the ceiling. */
  readonly ratio?: number;
  readonly target?: Target & { readonly met: boolean };
  /** CPU milliseconds per run (or per query, per message: see `about`), of every process that took part. */
  readonly cpuMs?: Readonly<Record<string, number>>;
  /** Counts beside the figure: lost runs, gaps. */
  readonly counts?: Readonly<Record<string, number>>;
}

export type Target = { readonly atMost: number } | { readonly atLeast: number };

export interface Measured extends Pick<Figure, 'name' | 'about' | 'unit' | 'rounds' | 'overall' | 'cpuMs' | 'counts'> {
  readonly target?: Target;
  readonly ceiling?: Figure | undefined;
}

export function figure({ ceiling, target, ...measured }: Measured): Figure {
  const sorted = [...measured.rounds].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const value = measured.overall ?? median;
  return {
    ...measured,
    rounds: measured.rounds.map(rounded),
    median: rounded(median),
    ...(measured.overall === undefined ? {} : { overall: rounded(measured.overall) }),
    p25: rounded(quantile(sorted, 0.25)),
    p75: rounded(quantile(sorted, 0.75)),
    min: rounded(quantile(sorted, 0)),
    max: rounded(quantile(sorted, 1)),
    ...(ceiling === undefined ? {} : { ceiling: { name: ceiling.name, median: ceiling.median }, ratio: rounded(value / ceiling.median) }),
    ...(target === undefined ? {} : { target: { ...target, met: 'atMost' in target ? value <= target.atMost : value >= target.atLeast } }),
  };
}

/** Of ascending values, between two of them in proportion; NaN of none. */
export function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return below + (above - below) * (place - Math.floor(place));
}

/** The same of values in any order. */
export const percentile = (values: readonly number[], part: number): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    part,
  );

/** Three digits that say something. */
export function rounded(value: number): number {
  return Number(value.toPrecision(value >= 1_000 ? 4 : 3));
}

/** One line for a person. */
export function inWords({ name, median, overall, min, max, unit, ratio, ceiling, target, cpuMs, counts }: Figure): string {
  const words = [`${name}: ${overall ?? median} ${unit} (${min} to ${max})`];
  if (ratio !== undefined && ceiling !== undefined) words.push(`${rounded(ratio * 100)} % of ${ceiling.name}`);
  if (target !== undefined)
    words.push(`${'atMost' in target ? `target <= ${target.atMost}` : `target >= ${target.atLeast}`} ${target.met ? 'met' : 'MISSED'}`);
  if (cpuMs !== undefined) words.push(`CPU ms ${pairs(cpuMs)}`);
  if (counts !== undefined) words.push(pairs(counts));
  return words.join('; ');
}

const pairs = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

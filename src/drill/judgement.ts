/** One judgement of a drill. */
export interface Judgement {
  readonly name: string;
  readonly measured: string;
  readonly target: string;
  readonly verdict: 'GREEN' | 'RED';
  /** On what it rests: how often what is judged could have gone wrong. */
  readonly evidence: string;
}

export interface Evidence {
  /** In words: `runs acknowledged`. */
  readonly what: string;
  readonly count: number;
  /** With less than this nothing is proved. */
  readonly least: number;
}

/** Red where it is above its target, and where there is too little evidence. */
export function atMost(name: string, measured: number | null, most: number, unit: string, ...evidence: readonly Evidence[]): Judgement {
  const good = measured !== null && measured <= most;
  return judgement(
    name,
    measured === null ? 'not measured' : shown(measured, unit),
    most === 0 ? '0' : `<= ${shown(most, unit)}`,
    good,
    evidence,
  );
}

export function atLeast(name: string, measured: number | null, least: number, unit: string, ...evidence: readonly Evidence[]): Judgement {
  const good = measured !== null && measured >= least;
  return judgement(name, measured === null ? 'not measured' : shown(measured, unit), `>= ${shown(least, unit)}`, good, evidence);
}

function judgement(name: string, measured: string, target: string, good: boolean, evidence: readonly Evidence[]): Judgement {
  const enough = evidence.every(({ count, least }) => count >= least);
  const told = ({ what, count, least }: Evidence): string => `${count} ${what}${count >= least ? '' : `: too few, ${least} are needed`}`;
  return { name, measured, target, verdict: good && enough ? 'GREEN' : 'RED', evidence: evidence.map(told).join(', ') };
}

function shown(value: number, unit: string): string {
  return `${Number.isInteger(value) ? value : value.toFixed(value < 10 ? 2 : 1)}${unit === '' ? '' : ` ${unit}`}`;
}

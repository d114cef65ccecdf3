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
export function atMost(name: string, measured: number | null, most: number, unit: string, evidence: Evidence): Judgement {
  const good = measured !== null && measured <= most;
  return judgement(
    name,
    measured === null ? 'not measured' : shown(measured, unit),
    most === 0 ? '0' : `<= ${shown(most, unit)}`,
    good,
    evidence,
  );
}

export function atLeast(name: string, measured: number, least: number, unit: string, evidence: Evidence): Judgement {
  return judgement(name, shown(measured, unit), `>= ${shown(least, unit)}`, measured >= least, evidence);
}

function judgement(name: string, measured: string, target: string, good: boolean, { what, count, least }: Evidence): Judgement {
  const enough = count >= least;
  return {
    name,
    measured,
    target,
    verdict: good && enough ? 'GREEN' : 'RED',
    evidence: `${count} ${what}${enough ? '' : `: too few, ${least} are needed`}`,
  };
}

function shown(value: number, unit: string): string {
  return `${Number.isInteger(value) ? value : value.toFixed(value < 10 ? 2 : 1)}${unit === '' ? '' : ` ${unit}`}`;
}

import { type DefectName, defectNames } from './defects.js';
import { type FaultName, faultNames } from './fault-names.js';
import { type PhaseName, phaseNames } from './phases.js';

/** What one drill does. */
export interface DrillOptions {
  /** The same seed makes the same choices; what the machine makes of them differs. */
  readonly seed: number;
  /** How long faults are made. */
  readonly minutes: number;
  /** Runs that are triggered meanwhile. */
  readonly runs: number;
  readonly faults: readonly FaultName[];
  readonly phases: readonly PhaseName[];
  /** What is broken in the product on purpose; null: nothing. */
  readonly defect: DefectName | null;
  /** Shorter leases and fewer processes. */
  readonly quick: boolean;
  /** The folder with logs and data is left behind. */
  readonly keep: boolean;
}

/** As a command line gives them. */
export interface GivenOptions {
  readonly seed?: string;
  readonly minutes?: string;
  readonly runs?: string;
  readonly faults?: string;
  readonly phases?: string;
  readonly defect?: string;
  readonly quick?: boolean;
  readonly keep?: boolean;
}

const full = { minutes: 20, runs: 10_000 };
const quickly = { minutes: 0.7, runs: 800 };
/** A seed is a whole number of 32 bits, so that it is easily told and typed. */
const mostSeed = 2 ** 32 - 1;

/** Reads the options; `random` gives the seed where none is given. Throws an Error with the option and what it may be. */
export function readOptions(given: GivenOptions, random: () => number): DrillOptions {
  const quick = given.quick === true;
  const usual = quick ? quickly : full;
  return {
    seed:
      given.seed === undefined ? Math.floor(random() * mostSeed) : number('--seed', given.seed, { least: 0, most: mostSeed, whole: true }),
    minutes: given.minutes === undefined ? usual.minutes : number('--minutes', given.minutes, { least: 0.1, most: 600, whole: false }),
    runs: given.runs === undefined ? usual.runs : number('--runs', given.runs, { least: 50, most: 1_000_000, whole: true }),
    faults: given.faults === undefined ? faultNames : namesOf('--faults', given.faults, faultNames),
    phases: given.phases === undefined ? phasesWith(given.faults) : namesOf('--phases', given.phases, phaseNames),
    defect: given.defect === undefined ? null : oneOf('--defect', given.defect, defectNames),
    quick,
    keep: given.keep === true,
  };
}

function number(option: string, text: string, { least, most, whole }: { least: number; most: number; whole: boolean }): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new Error(`${option} is a ${whole ? 'whole ' : ''}number from ${least} to ${most}, and not "${text}".`);
  return value;
}

/** Who asks for some faults wants to see these. */
const phasesWith = (faults: string | undefined): readonly PhaseName[] => (faults === undefined ? phaseNames : []);

const namesOf = <Name extends string>(option: string, text: string, names: readonly Name[]): Name[] =>
  text.split(',').map((name) => oneOf(option, name.trim(), names));

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`${option} knows ${names.join(', ')}, and not "${text}".`);
  return found;
}

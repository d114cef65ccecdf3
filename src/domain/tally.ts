import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import { invalid } from './input.js';

export const mostEvents = 10_000;
/** Matches, misses and failures that are told one by one. */
export const mostMatches = 100;
const mostFailures = 10;
/** Up to this long a range is told by the hour. */
const hourly = 3 * 86_400_000;

export interface BacktestVolume {
  readonly from: Date;
  readonly events: number;
  readonly matched: number;
  readonly failed: number;
}

/** Against what the saved automation made of the same events. */
export interface BacktestDifferences {
  /** Met now, and not then. */
  readonly gained: number;
  /** Met then, and not now. */
  readonly lost: number;
  readonly same: number;
  /** Not evaluated then. */
  readonly unknown: number;
}

/** What an automation would have made of stored events. */
export interface Tallied<Match, Failure, Miss> {
  readonly done: number;
  readonly total: number;
  /** Whether there are more events in the range than were to be evaluated. */
  readonly truncated: boolean;
  readonly matched: number;
  readonly notMet: number;
  readonly failed: number;
  /** It had led to them itself, or too many automations had: it would not have been evaluated. */
  readonly skipped: number;
  readonly finished: boolean;
  /** Of the first ones; told when it is finished, as what follows. */
  readonly matches: readonly Match[];
  readonly misses: readonly Miss[];
  readonly failures: readonly Failure[];
  readonly volumes: readonly BacktestVolume[];
  readonly differences: BacktestDifferences | null;
}

export interface TalliedRange {
  readonly from: Date;
  readonly to: Date;
  /** The most events that are evaluated, the oldest first. */
  readonly limit: number;
}

/** Throws InvalidInputError. */
export function backtestRange(from: Date, to: Date, limit: number | null | undefined): TalliedRange {
  if (!(from < to)) throw invalid(['until'], 'The end lies before the beginning.', 'RANGE');
  const wanted = limit ?? mostEvents;
  if (wanted < 1 || wanted > mostEvents)
    throw invalid(['limit'], `At least 1 and at most ${String(mostEvents)} events are evaluated.`, 'RANGE');
  return { from, to, limit: wanted };
}

/** What is told of one event. */
export interface Telling<Match, Failure, Miss> {
  readonly match?: Match;
  readonly failure?: Failure;
  readonly miss?: Miss;
}

/** Counts what came of the events. */
export function createTally<Match, Failure, Miss>({ from, to, limit, compared }: TalliedRange & { readonly compared: boolean }) {
  const counts = { MET: 0, NOT_MET: 0, FAILED: 0, SKIPPED: 0 };
  const differences = { gained: 0, lost: 0, same: 0, unknown: 0 };
  const matches: Match[] = [];
  const misses: Miss[] = [];
  const failures: Failure[] = [];
  const unit = to.getTime() - from.getTime() <= hourly ? 3_600_000 : 86_400_000;
  const volumes = new Map<number, { events: number; matched: number; failed: number }>();
  return {
    total: 0,
    done: 0,
    /** `outcome` of the event is what the saved automation made of it; null: nothing. */
    count(
      event: { readonly at: Date; readonly outcome: EvaluationOutcome | null },
      outcome: keyof typeof counts,
      { match, failure, miss }: Telling<Match, Failure, Miss>,
    ): void {
      this.done++;
      counts[outcome]++;
      const begin = Math.floor(event.at.getTime() / unit) * unit;
      const volume = volumes.get(begin) ?? { events: 0, matched: 0, failed: 0 };
      volumes.set(begin, volume);
      volume.events++;
      if (outcome === 'MET') volume.matched++;
      if (outcome === 'FAILED') volume.failed++;
      if (match !== undefined && matches.length < mostMatches) matches.push(match);
      if (miss !== undefined && misses.length < mostMatches) misses.push(miss);
      if (failure !== undefined && failures.length < mostFailures) failures.push(failure);
      if (outcome === 'SKIPPED' || event.outcome === null || !evaluatedThen.has(event.outcome)) differences.unknown++;
      else if ((outcome === 'MET') === (event.outcome === 'MET')) differences.same++;
      else differences[outcome === 'MET' ? 'gained' : 'lost']++;
    },
    told(finished: boolean): Tallied<Match, Failure, Miss> {
      const { MET: matched, NOT_MET: notMet, FAILED: failed, SKIPPED: skipped } = counts;
      return {
        done: this.done,
        total: Math.min(this.total, limit),
        truncated: this.total > limit,
        matched,
        notMet,
        failed,
        skipped,
        finished,
        matches: finished ? matches : [],
        misses: finished ? misses : [],
        failures: finished ? failures : [],
        volumes: finished ? [...volumes].sort(([a], [b]) => a - b).map(([begin, volume]) => ({ from: new Date(begin), ...volume })) : [],
        differences: finished && compared ? differences : null,
      };
    },
  };
}

const evaluatedThen: ReadonlySet<string> = new Set(['MET', 'NOT_MET', 'FAILED']);

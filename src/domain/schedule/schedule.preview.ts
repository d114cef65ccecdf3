import { invalid, parseInput } from '#domain/input';
import { type PreviewScheduleInput, previewInput } from './schedule.input.js';
import { cronAfter } from './schedule.cron.js';
import { type Cadence, cadenceOf, nextNominal } from './schedule.time.js';
import { timingOf } from './schedule.timing.js';
import { spanAt, zonedText } from './schedule.zone.js';

export interface PreviewedFire {
  readonly nominalAt: Date;
  /** RFC 9557, in the schedule's time zone. */
  readonly local: string;
  /** What the clocks did to it, for a person to read. */
  readonly note: string | null;
}

const usualCount = 10;

/** The next fires of a schedule that is not there yet, as seen from `now`, jitter aside. Throws InvalidInputError. */
export function previewSchedule(raw: PreviewScheduleInput, now: Date): PreviewedFire[] {
  const { count, ...wish } = parseInput(previewInput, raw);
  const timing = timingOf(wish, null, now);
  const cadence = cadenceOf(timing);
  const fires: PreviewedFire[] = [];
  let nominal = nextNominal(cadence, now.getTime());
  while (nominal !== null && fires.length < (count ?? usualCount)) {
    fires.push({ nominalAt: new Date(nominal), local: zonedText(timing.timeZone, nominal), note: noteOf(cadence, nominal) });
    nominal = nextNominal(cadence, nominal);
  }
  if (fires.length === 0 && timing.kind === 'CRON' && timing.endAt === null)
    throw invalid(['startAt'], 'Nothing fires after this.', 'NEVER_FIRES');
  return fires;
}

function noteOf(cadence: Cadence, nominal: number): string | null {
  if (cadence.kind !== 'CRON') return null;
  const { cron, timeZone } = cadence;
  const wall = cronAfter(cron, timeZone, nominal - 1)?.wall ?? nominal;
  const { from, until, offset } = spanAt(timeZone, nominal);
  // As if it were UTC, as all wall-clock times here.
  const shown = (time: number) => new Date(time).toISOString().slice(0, 19).replace('T', ' ');
  if (wall !== nominal + offset) {
    const leap = from + spanAt(timeZone, from - 1).offset;
    return `The clocks go from ${shown(leap)} to ${shown(from + offset)}, so ${shown(wall)} does not exist: this is the end of the leap.`;
  }
  const after = Number.isFinite(until) ? spanAt(timeZone, until) : null;
  if (after !== null && wall >= until + after.offset) return `The clocks show ${shown(wall)} twice; it fires the first time.`;
  return null;
}

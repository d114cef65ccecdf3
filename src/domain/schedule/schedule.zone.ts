import { Temporal } from 'temporal-polyfill';

/** A stretch of time in which the clocks of a zone run evenly. Times in milliseconds since 1970. */
export interface Span {
  /** The first instant; minus infinity when there was no change before. */
  readonly from: number;
  /** The first instant after it; infinity when no change is known. */
  readonly until: number;
  /** What is added to UTC. */
  readonly offset: number;
}

/** Whether this is an IANA name. Probed by use: the list of names that Node gives leaves valid ones out. Fixed offsets are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Spans that were asked for lately, by zone; a schedule asks for the same one or two again and again. */
const known = new Map<string, Span[]>();
const mostZones = 1_000;
const mostSpans = 8;

/** The span of a zone in which an instant lies. */
export function spanAt(timeZone: string, time: number): Span {
  const spans = known.get(timeZone) ?? [];
  const found = spans.find(({ from, until }) => from <= time && time < until);
  if (found !== undefined) return found;
  const span = findSpan(timeZone, time);
  if (known.size >= mostZones) known.clear();
  known.set(timeZone, [span, ...spans.slice(0, mostSpans - 1)]);
  return span;
}

function findSpan(timeZone: string, time: number): Span {
  const moment = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone);
  // The change before the next millisecond: one that happens at this very instant has happened.
  const last = moment.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  return {
    from: last?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    until: moment.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset: moment.offsetNanoseconds / 1e6,
  };
}

/** The span after one that ends. */
export function spanAfter(timeZone: string, span: Span): Span | null {
  return Number.isFinite(span.until) ? spanAt(timeZone, span.until) : null;
}

/** The span before one that begins. */
export function spanBefore(timeZone: string, span: Span): Span | null {
  return Number.isFinite(span.from) ? spanAt(timeZone, span.from - 1) : null;
}

/** An instant as people of the zone write it, with its offset and the zone's name (RFC 9557): `2026-03-29T03:00:00+02:00[Europe/Paris]`. */
export function zonedText(timeZone: string, time: number): string {
  return Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone).toString();
}

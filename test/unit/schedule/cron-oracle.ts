/**
 * A slow second opinion on cron in time zones: walks the line of time by the minute and asks Intl what the clocks show.
 * Knows numbers, `*`, lists, ranges and steps. Nothing of it is shared with the product.
 */

interface Shown {
  /** The wall-clock time, in minutes since 1970 as if it were UTC. */
  readonly wall: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function shownAt(timeZone: string, time: number): Shown {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return { wall: Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) / 60_000 };
}

function fits(field: string, value: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [low = '', high = low] = range.split('-');
    const [from, to] = range === '*' ? [0, 99] : [Number(low), Number(high)];
    // Steps of `*` are counted from the field's least value; the fields with steps in these tests begin with 0.
    return value >= from && value <= to && (value - from) % Number(step) === 0;
  });
}

/** Whether a wall-clock minute fits five fields. */
export function wallFits(expression: string, wall: number): boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = expression.split(' ');
  const date = new Date(wall * 60_000);
  if (!fits(minute, date.getUTCMinutes()) || !fits(hour, date.getUTCHours()) || !fits(month, date.getUTCMonth() + 1)) return false;
  const onDay = fits(day, date.getUTCDate());
  const onWeekday = fits(weekday, date.getUTCDay());
  return day !== '*' && weekday !== '*' ? onDay || onWeekday : onDay && onWeekday;
}

/**
 * The instants in (from, until] at which an expression fires. Each minute shows a wall-clock time; what the clocks have newly
 * reached or leapt over since the latest time ever shown fires now, once.
 */
export function firesByWalking(expression: string, timeZone: string, from: number, until: number): number[] {
  const minute = 60_000;
  const first = Math.ceil(from / minute) * minute;
  // Two days back: whatever the clocks repeat has been shown by then.
  let latest = shownAt(timeZone, first - 2_880 * minute).wall;
  const fires: number[] = [];
  for (let time = first - 2_880 * minute; time <= until; time += minute) {
    const { wall } = shownAt(timeZone, time);
    let fire = false;
    for (; latest < wall; latest += 1) fire = wallFits(expression, latest + 1) || fire;
    if (fire && time > from) fires.push(time);
  }
  return fires;
}

/** ISO 8601 durations with a fixed length: weeks, days of 24 hours, hours, minutes, seconds. Years and months have none and are refused. */

const pattern = /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:[.,](\d{1,9}))?S)?)?$/;
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `PT1M30.5S` is 90500. Null when the text is no such duration; parts of a millisecond are dropped. */
export function parseDuration(text: string): number | null {
  const match = pattern.exec(text);
  if (match === null || !/\d/.test(text)) return null;
  const part = (index: number) => Number(match[index] ?? 0);
  const milliseconds = Number((match[6] ?? '').padEnd(3, '0').slice(0, 3));
  const total = part(1) * 7 * day + part(2) * day + part(3) * hour + part(4) * minute + part(5) * second + milliseconds;
  return Number.isSafeInteger(total) ? total : null;
}

/** 90500 is `PT1M30.5S`, 0 is `PT0S`. Takes whole milliseconds, 0 or more. */
export function formatDuration(milliseconds: number): string {
  const days = Math.floor(milliseconds / day);
  const hours = Math.floor((milliseconds % day) / hour);
  const minutes = Math.floor((milliseconds % hour) / minute);
  const seconds = (milliseconds % minute) / second;
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  if (days === 0 && time === '') return 'PT0S';
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
}

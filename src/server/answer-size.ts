/**
 * Whether an answer has more bytes of JSON than `most`, before its texts are escaped. It looks no further than that, and sees it without
 * the text being made: the text alone of an answer many times too large would block the process for seconds.
 */
export function isLargerThan(answer: unknown, most: number): boolean {
  let left = most;

  function spend(value: unknown): void {
    if (left < 0) return;
    if (typeof value === 'string') left -= Buffer.byteLength(value) + 2;
    else if (Array.isArray(value)) {
      left -= value.length + 1;
      for (const item of value) {
        spend(item);
        if (left < 0) return;
      }
    } else if (typeof value === 'object' && value !== null && !writesItself(value))
      for (const key of Object.keys(value)) {
        left -= key.length + 4;
        spend((value as Readonly<Record<string, unknown>>)[key]);
        if (left < 0) return;
      }
    // A number, a truth value or a date: few bytes, however many there are.
    else left -= 4;
  }

  spend(answer);
  return left < 0;
}

/** A date. A field may be called `toJSON`, too, and is no function. */
function writesItself(value: object): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function';
}

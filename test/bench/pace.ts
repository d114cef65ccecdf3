/** Milliseconds since 1970 with fractions, by the clock that PostgreSQL on the same machine reads too. */
export const now = (): number => performance.timeOrigin + performance.now();

/** Does `count` things, at most `width` of them at once; the first failure ends it. */
export async function concurrently(count: number, width: number, each: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await each(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}

/** Does things, `width` at once, until the time is over; answers how many were done and in how many milliseconds. */
export async function during(
  ms: number,
  width: number,
  each: (index: number) => Promise<unknown>,
): Promise<{ readonly count: number; readonly tookMs: number }> {
  const begun = now();
  let count = 0;
  const lane = async (): Promise<void> => {
    while (now() - begun < ms) {
      const index = count;
      count += 1;
      await each(index);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { count, tookMs: now() - begun };
}

/** Starts things at a steady rate whether or not earlier ones have ended, so that a slow server cannot hide behind a slow client. */
export async function steadily(perSecond: number, count: number, each: (index: number) => Promise<void>): Promise<void> {
  const begun = now();
  const all: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const waitMs = begun + (index * 1_000) / perSecond - now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const one = each(index);
    // Heard below; until then a failure must not count as unheard.
    one.catch(() => undefined);
    all.push(one);
  }
  await Promise.all(all);
}

/** Asks until the answer is true. */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean> | boolean, everyMs = 50): Promise<void> {
  const end = now() + limitMs;
  while (!(await holds())) {
    if (now() > end) throw new Error(`Not within ${limitMs / 1_000} s: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

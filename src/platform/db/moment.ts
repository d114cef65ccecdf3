import pg from 'pg';

/**
 * Reads a `timestamptz`. PostgreSQL writes nearly all of them as `2026-11-28 09:00:00.123456+00` where its time zone is UTC: these need no search for
 * their parts. Whatever is written otherwise (another zone, a year before 1 or after 9999, infinity) is read with all rules.
 */
export function momentReader(): (text: string) => Date {
  const withAllRules = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date;
  return (text) => {
    const end = text.length - 3;
    if (end < 19 || text[4] !== '-' || !text.endsWith('+00')) return withAllRules(text);
    return new Date(`${text.slice(0, 10)}T${text.slice(11, Math.min(end, 23))}Z`);
  };
}

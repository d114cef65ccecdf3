import type { App } from '#app';

/** Tables that move by themselves: the places of events in the feed, leases, when a token was last used. */
const moving = ['ApiToken', 'FeedPosition', 'FeedBatch', 'EventPosition', 'EventBatch', 'Lease'];

/** A digest of each table, so that two of them tell which tables an attack has written to. */
export async function everyRow({ db }: Pick<App, 'db'>): Promise<Readonly<Record<string, string>>> {
  const tables = await db.sql.query<{ readonly name: string }>(
    { name: 'test.tables', text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1` },
    [],
  );
  const parts = tables
    .filter(({ name }) => !moving.includes(name))
    .map(
      ({ name }) =>
        `SELECT '${name}' AS name, count(*)::text || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS digest FROM "${name}" t`,
    );
  const digests = await db.sql.query<{ readonly name: string; readonly digest: string }>(
    { name: 'test.every-row', text: parts.join(' UNION ALL ') },
    [],
  );
  return Object.fromEntries(digests.map(({ name, digest }) => [name, digest]));
}

import type { App } from '#app';
import { redisUrlOrNull, withRedis } from './redis.js';

/** How a value looks wherever it is told: as it is, in JSON, in JSON in JSON, in a URL, in a form, in Base64. */
export function looks(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from('\0'.repeat(offset) + value)
      .toString('base64')
      .slice(4, -4),
  );
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ '': value }).toString().slice(1),
    ...base64,
  ];
}

/** Every row of every table, as PostgreSQL writes it. */
export async function rows({ db }: Pick<App, 'db'>): Promise<string> {
  const tables = await db.sql.query<{ name: string }>(
    { name: 'test.tables', text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'` },
    [],
  );
  const dumps = await Promise.all(
    tables.map(async ({ name }) => {
      const all = await db.sql.query<{ row: string }>(
        { name: `test.dump.${name}`, text: `SELECT to_jsonb(t)::text AS row FROM "${name}" t` },
        [],
      );
      return [name, ...all.map(({ row }) => row)].join('\n');
    }),
  );
  return dumps.join('\n');
}

/** Everything under the prefix, whatever its type. */
export async function redisOf(prefix: string): Promise<string> {
  if (redisUrlOrNull() === null) return '';
  return withRedis(async (redis) => {
    const keys = await redis.keys(`*${prefix}*`);
    const values = await Promise.all(keys.map(async (key) => (await redis.dumpBuffer(key)).toString('latin1')));
    return [...keys, ...values].join('\n');
  });
}

/** Where a planted value is told, and what stands around it. */
export function told(value: string, places: Readonly<Record<string, string>>): string[] {
  return Object.entries(places).flatMap(([place, text]) =>
    looks(value)
      .filter((look) => text.includes(look))
      .map((look) => `as ${look} in ${place}: …${around(text, look)}…`),
  );
}

function around(text: string, look: string): string {
  const at = text.indexOf(look);
  return at === -1 ? '' : text.slice(Math.max(0, at - 300), at + 200);
}

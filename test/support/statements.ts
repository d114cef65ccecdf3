import pg from 'pg';

/** The SQL that an operation of the graph caused, without the statements of what runs in the background. */
export async function statementsOf(body: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  // Prisma asks for rows as arrays; of the named statements only these belong to reads of the graph.
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [asked] = given;
    const { text, rowMode, name } =
      typeof asked === 'object' && asked !== null ? (asked as { text?: string; rowMode?: string; name?: string }) : {};
    if (text !== undefined && (rowMode === 'array' || /^(history|entity\.links|step)\./.test(name ?? ''))) seen.push(text);
    return query.apply(this, given);
  } as typeof pg.Client.prototype.query;
  try {
    await body();
  } finally {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
  }
  return seen;
}

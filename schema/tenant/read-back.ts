import type { SignedIn } from '#schema/context';

/** The UUID of what a mutation wrote. */
export interface Made {
  readonly id: string;
}

/** What a mutation has just written, read again for its answer. */
export async function readBack<Row>(
  load: (context: SignedIn, id: string) => Promise<Row | null>,
  context: SignedIn,
  id: string,
): Promise<Row> {
  const row = await load(context, id);
  if (row === null) throw new Error('What was just written is not there.');
  return row;
}

/** A change as the services take it: only the fields that were given, null included. */
export function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]: Exclude<Fields[Name], undefined>;
  };
}

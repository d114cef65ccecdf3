import { badInput } from './errors.js';

/** The most values of a list in a filter or an order: the statement has a place for each. */
export const mostFilterValues = 100;

const mostSearchCharacters = 128;

/** The values that a filter names, each once. Throws a request error when they are too many. */
export function anyOf<Value>(name: string, values: readonly Value[]): Value[] {
  if (values.length > mostFilterValues) throw badInput(`${name} takes at most ${mostFilterValues} values.`);
  return [...new Set(values)];
}

/** A condition of Prisma: the text is somewhere in the column, in any case. Throws a request error when it is too long. */
export function containing(search: string) {
  if (search.length > mostSearchCharacters) throw badInput(`search takes at most ${mostSearchCharacters} characters.`);
  // Prisma passes % and _ to ILIKE as they are.
  return { contains: search.replaceAll(/[\\%_]/g, '\\$&'), mode: 'insensitive' } as const;
}

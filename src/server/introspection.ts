import { Kind, type SelectionSetNode } from 'graphql';

/** Lists that a type has. One in another multiplies them: of all types, that is most of a second for a document of a hundred bytes. */
const memberLists: ReadonlySet<string> = new Set(['fields', 'inputFields', 'interfaces', 'possibleTypes', 'enumValues']);

/** How deep such lists may stand in each other, from all types and from one that is named. The standard query needs 1. */
const mostLists = { __schema: 1, __type: 2 } as const;

/** Most types that one operation asks for by their names. */
const mostTypes = 5;

/** What is too much about how an operation introspects, and how much there may be of it; null: nothing is. */
export function introspectionProblem(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, SelectionSetNode>,
): { readonly message: string; readonly limit: number } | null {
  let types = 0;
  const open = new Set<string>();

  /** `most` is null outside of what introspects. */
  function look({ selections }: SelectionSetNode, most: number | null, lists: number): ReturnType<typeof introspectionProblem> {
    for (const selection of selections) {
      let problem: ReturnType<typeof introspectionProblem> = null;
      if (selection.kind === Kind.FIELD) {
        const { name, alias, selectionSet } = selection;
        const inner = lists + (most !== null && memberLists.has(name.value) ? 1 : 0);
        const root = name.value === '__schema' || name.value === '__type' ? name.value : null;
        if (root === '__type') types += 1;
        if (types > mostTypes) return { message: `An operation may ask for ${String(mostTypes)} types by their names.`, limit: mostTypes };
        // Under one name a field is answered once, however often it is asked for.
        if (alias !== undefined && (most !== null || root === '__schema'))
          return { message: 'What introspection answers has no other names.', limit: 0 };
        if (most !== null && inner > most)
          return { message: `Lists of introspection may stand ${String(most)} deep in each other.`, limit: most };
        if (selectionSet !== undefined) problem = look(selectionSet, root === null ? most : mostLists[root], inner);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) problem = look(selection.selectionSet, most, lists);
      else {
        const name = selection.name.value;
        const fragment = fragments.get(name);
        // A rule of the specification refuses the circle later.
        if (fragment === undefined || open.has(name)) continue;
        open.add(name);
        problem = look(fragment, most, lists);
        open.delete(name);
      }
      if (problem !== null) return problem;
    }
    return null;
  }

  return look(set, null, 0);
}

import { fieldOfWas, type FieldType, type RuleTypes, staticValues } from './world.js';

/** What a bare word means outside the conditions of `select` and its like. */
export type Meaning =
  | { readonly type: 'expression' }
  | { readonly type: 'field'; readonly field: FieldType }
  | { readonly type: 'was'; readonly name: string; readonly field: FieldType }
  | { readonly type: 'root'; readonly field: FieldType }
  | { readonly type: 'now' | 'today' }
  | { readonly type: 'static' };

/** In this order: an earlier expression, a field of the record, its old value, what every rule can refer to, a value of some field. */
export function meaningOf(name: string, isExpression: (name: string) => boolean, names: Names): Meaning | null {
  if (isExpression(name)) return { type: 'expression' };
  const fields = names.types.types.get(names.types.record)?.fields;
  const field = fields?.get(name);
  if (field !== undefined) return { type: 'field', field };
  const old = fieldOfWas(name);
  const oldField = old === null ? undefined : fields?.get(old);
  if (old !== null && oldField !== undefined) return { type: 'was', name: old, field: oldField };
  const root = names.types.roots.get(name);
  if (root !== undefined) return { type: 'root', field: root };
  if (name === 'now' || name === 'today') return { type: name };
  return names.statics.has(name) ? { type: 'static' } : null;
}

/** The names that do not depend on the rule. */
export interface Names {
  readonly types: RuleTypes;
  readonly statics: ReadonlySet<string>;
}

const known = new WeakMap<RuleTypes, Names>();

/** Found once for the same types, of which many rules are evaluated. */
export function namesOf(types: RuleTypes): Names {
  const found = known.get(types);
  if (found !== undefined) return found;
  const names = { types, statics: staticValues(types) };
  known.set(types, names);
  return names;
}

import { type FieldNode, type GraphQLObjectType, type GraphQLResolveInfo, Kind, type SelectionSetNode, isObjectType } from 'graphql';

/**
 * The columns that a field is made of, told beside its resolver. Whoever lists its rows then reads those that a document asks for and no others
 * (`columnsAsked`). A field that shows a column as it is need not tell; one that tells nothing is made of all.
 */
export function madeOf<Row>(...columns: (keyof Row)[]): { readonly extensions: { readonly madeOf: readonly (keyof Row)[] } } {
  return { extensions: { madeOf: columns } };
}

interface Told {
  /** By Pothos, of a field that shows a column. */
  readonly pothosExposedField?: string;
  readonly madeOf?: readonly string[];
}

/** Null: some field does not tell. */
type Asked = ReadonlySet<string> | null;

// The nodes of a field are the same for all objects of an execution, and of every execution of a planned document.
const known = new WeakMap<readonly FieldNode[], Map<string, Asked>>();

/** The columns of rows of a type that stand at the end of a path of fields below the one that is being resolved: `['edges', 'node']`. */
export function columnsAsked(info: GraphQLResolveInfo, type: string, path: readonly string[] = []): Asked {
  let ofNodes = known.get(info.fieldNodes);
  if (ofNodes === undefined) known.set(info.fieldNodes, (ofNodes = new Map<string, Asked>()));
  const key = path.join();
  let asked = ofNodes.get(key);
  if (asked === undefined) ofNodes.set(key, (asked = read(info, type, path)));
  return asked;
}

function read(info: GraphQLResolveInfo, typeName: string, path: readonly string[]): Asked {
  const type = info.schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is no type of an object.`);
  let fields: readonly FieldNode[] = info.fieldNodes;
  for (const name of path)
    fields = fields.flatMap((field) => fieldsIn(field.selectionSet, info)).filter((field) => field.name.value === name);
  const columns = new Set<string>();
  for (const field of fields.flatMap(({ selectionSet }) => fieldsIn(selectionSet, info))) {
    const told = columnsOf(type, field.name.value);
    if (told === null) return null;
    for (const column of told) columns.add(column);
  }
  return columns;
}

function columnsOf(type: GraphQLObjectType, name: string): readonly string[] | null {
  if (name === '__typename') return [];
  const { pothosExposedField, madeOf: columns }: Told = type.getFields()[name]?.extensions ?? {};
  return columns ?? (pothosExposedField === undefined ? null : [pothosExposedField]);
}

/** With those of fragments, whatever their types, and also where a directive leaves them out: too many columns do no harm. */
function fieldsIn(set: SelectionSetNode | undefined, info: GraphQLResolveInfo): readonly FieldNode[] {
  return (set?.selections ?? []).flatMap((node) => {
    if (node.kind === Kind.FIELD) return [node];
    return fieldsIn(node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : info.fragments[node.name.value]?.selectionSet, info);
  });
}

import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** `Run.steps`: a field that leads from one object to others. */
export type Edge = string;

export interface Walk {
  /** A selection of everything that can be reached from a type, each edge once, the edges of the type itself first. */
  select(type: GraphQLOutputType): string;
  /** Every edge that any selection went over. */
  readonly walked: ReadonlySet<Edge>;
}

// Rows of a list: enough to see a row that should not be there, few enough for deep walks.
const pageSize = 5;
const deepest = 6;

/** `given`: the arguments of fields that cannot do without, by edge: `{ 'Entity.link': 'name: "team"' }`. */
export function createWalk(schema: GraphQLSchema, given: Readonly<Record<Edge, string>> = {}): Walk {
  const walked = new Set<Edge>();

  function selection(output: GraphQLOutputType, seen: Set<Edge>, depth: number): string {
    const type = getNamedType(output);
    if (isAbstractType(type))
      return `{ __typename ${schema
        .getPossibleTypes(type)
        .map((possible) => `... on ${possible.name} ${fields(possible, seen, depth)}`)
        .join(' ')} }`;
    if (isObjectType(type)) return fields(type, seen, depth);
    return '';
  }

  function fields(type: GraphQLObjectType, seen: Set<Edge>, depth: number): string {
    const all = Object.values(type.getFields()).filter(
      (field) => `${type.name}.${field.name}` in given || !field.args.some(isRequiredArgument),
    );
    // Aliases name the type, so that fields of two types of a union never collide.
    const leaves = all.filter((field) => isLeafType(getNamedType(field.type))).map((field) => `${type.name}_${field.name}: ${field.name}`);
    const fresh =
      depth >= deepest ? [] : all.filter((field) => isCompositeType(getNamedType(field.type)) && !seen.has(`${type.name}.${field.name}`));
    // All of this type's edges before any of the next, so that each is met as near to the start as it can be.
    for (const field of fresh) seen.add(`${type.name}.${field.name}`);
    const edges = fresh.map((field) => {
      walked.add(`${type.name}.${field.name}`);
      const args = [
        given[`${type.name}.${field.name}`] ?? [],
        field.args.some(({ name }) => name === 'first') ? `first: ${pageSize}` : [],
      ].flat();
      return `${type.name}_${field.name}: ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} ${selection(field.type, seen, depth + 1)}`;
    });
    return `{ __typename ${[...leaves, ...edges].join(' ')} }`;
  }

  return { select: (type) => selection(type, new Set(), 0), walked };
}

/** Every edge that a reader can come to from these root types, through whatever needs no argument or some. */
export function edgesFrom(schema: GraphQLSchema, roots: readonly GraphQLObjectType[]): Set<Edge> {
  const edges = new Set<Edge>();
  const types = new Set<GraphQLObjectType>();
  const visit = (output: GraphQLOutputType): void => {
    const type = getNamedType(output);
    if (isAbstractType(type)) for (const possible of schema.getPossibleTypes(type)) visit(possible);
    if (!isObjectType(type) || types.has(type)) return;
    types.add(type);
    for (const field of Object.values(type.getFields())) {
      if (!isCompositeType(getNamedType(field.type))) continue;
      if (!roots.includes(type)) edges.add(`${type.name}.${field.name}`);
      visit(field.type);
    }
  };
  for (const root of roots) visit(root);
  return edges;
}

/** `query ($id: ID!) { run(id: $id) … }` for a root field and the arguments that are given to it. */
export function operation(
  kind: 'query' | 'mutation' | 'subscription',
  field: GraphQLField<unknown, unknown>,
  given: readonly string[],
  selection: string,
): string {
  const args = field.args.filter(({ name }) => given.includes(name));
  const missing = given.filter((name) => !field.args.some((arg) => arg.name === name));
  if (missing.length > 0) throw new Error(`${field.name} has no argument ${missing.join(', ')}.`);
  const left = field.args.filter((arg) => isRequiredArgument(arg) && !given.includes(arg.name));
  if (left.length > 0) throw new Error(`${field.name} asks for ${left.map(({ name }) => name).join(', ')}.`);
  const declared = args.length === 0 ? '' : `(${args.map((arg) => `$${arg.name}: ${arg.type.toString()}`).join(', ')})`;
  const passed = args.length === 0 ? '' : `(${args.map(({ name }) => `${name}: $${name}`).join(', ')})`;
  return `${kind} ${declared} { ${field.name}${passed} ${selection} }`;
}

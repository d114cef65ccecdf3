import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  getDirectiveValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  typeFromAST,
} from 'graphql';

/** Coerced, by name. */
export type Variables = Readonly<Record<string, unknown>>;

/** What is to be done for one selection set of one type of object: found once for a document, and not again for each object. */
export interface SelectionPlan {
  readonly type: GraphQLObjectType;
  readonly fields: readonly FieldPlan[];
  /** A field is called what an object of JavaScript cannot have as a property of its own. */
  readonly bare: boolean;
}

export interface FieldPlan {
  /** In the answer: its alias, or its name. */
  readonly key: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  /** Wherever the document asks for it. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  /** Null: the property of the parent that has its name. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | null;
  readonly value: ValuePlan;
}

/** How a value that a resolver answered becomes one of the answer. */
export type ValuePlan =
  | { readonly kind: 'leaf'; readonly nullable: boolean; readonly type: GraphQLLeafType }
  | { readonly kind: 'list'; readonly nullable: boolean; readonly item: ValuePlan }
  | {
      readonly kind: 'object';
      readonly nullable: boolean;
      readonly type: GraphQLObjectType | GraphQLAbstractType;
      /** For one of its types of objects; for the others it is made when they come. */
      readonly selectionOf: (type: GraphQLObjectType) => SelectionPlan;
    };

/** An operation of a document, for one set of values of the variables in its `@skip` and `@include`. */
export interface OperationPlan {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly root: SelectionPlan;
}

export function fragmentsOf(document: DocumentNode): Readonly<Record<string, FragmentDefinitionNode>> {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  return fragments;
}

/** The document is valid. `planned` is told how many fields were, also later: a selection is planned when an object comes for it. */
export function planOperation(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  variables: Variables,
  planned: (fields: number) => void,
): OperationPlan {
  const rootType = schema.getRootType(operation.operation);
  if (rootType == null) throw new Error(`The schema has no ${operation.operation}.`);

  function selection(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): SelectionPlan {
    const found = new Map<string, [FieldNode, ...FieldNode[]]>();
    const spread = new Set<string>();
    for (const set of sets) collect(type, set, found, spread);
    const fields = [...found].flatMap(([key, nodes]) => {
      const definition = definitionOf(type, nodes[0].name.value);
      return definition === undefined ? [] : [field(type, key, definition, nodes)];
    });
    planned(fields.length);
    return { type, fields, bare: found.has('__proto__') };
  }

  function collect(
    type: GraphQLObjectType,
    set: SelectionSetNode,
    found: Map<string, [FieldNode, ...FieldNode[]]>,
    spread: Set<string>,
  ): void {
    for (const node of set.selections) {
      if (!isIncluded(node, variables)) continue;
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        const known = found.get(key);
        if (known === undefined) found.set(key, [node]);
        else known.push(node);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        if (applies(node.typeCondition, type)) collect(type, node.selectionSet, found, spread);
      } else {
        const fragment = fragments[node.name.value];
        if (fragment === undefined || spread.has(node.name.value)) continue;
        spread.add(node.name.value);
        if (applies(fragment.typeCondition, type)) collect(type, fragment.selectionSet, found, spread);
      }
    }
  }

  function applies(condition: FragmentDefinitionNode['typeCondition'] | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined) return true;
    const wanted = typeFromAST(schema, condition);
    return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type));
  }

  function definitionOf(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined {
    if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
    if (type === schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    }
    return type.getFields()[name];
  }

  function field(
    parentType: GraphQLObjectType,
    key: string,
    definition: GraphQLField<unknown, unknown>,
    nodes: readonly [FieldNode, ...FieldNode[]],
  ): FieldPlan {
    return {
      key,
      definition,
      parentType,
      nodes,
      resolve: definition.resolve ?? null,
      value: value(definition.type, nodes),
    };
  }

  function value(given: GraphQLOutputType, nodes: readonly FieldNode[]): ValuePlan {
    const nullable = !isNonNullType(given);
    const type = isNonNullType(given) ? given.ofType : given;
    if (isListType(type)) return { kind: 'list', nullable, item: value(type.ofType, nodes) };
    if (isLeafType(type)) return { kind: 'leaf', nullable, type };
    const sets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
    const known = new Map<GraphQLObjectType, SelectionPlan>();
    return {
      kind: 'object',
      nullable,
      type,
      selectionOf: (objectType) => {
        let plan = known.get(objectType);
        if (plan === undefined) known.set(objectType, (plan = selection(objectType, sets)));
        return plan;
      },
    };
  }

  return { operation, fragments, root: selection(rootType, [operation.selectionSet]) };
}

function isIncluded(node: Parameters<typeof getDirectiveValues>[1], variables: Variables): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false;
}

/** The variables that decide which fields an operation has, in whatever fragment of its document. */
export function decidingVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  const look = (set: SelectionSetNode): void => {
    for (const node of set.selections) {
      for (const directive of node.directives ?? [])
        for (const argument of directive.arguments ?? []) if (argument.value.kind === Kind.VARIABLE) names.add(argument.value.name.value);
      if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet !== undefined) look(node.selectionSet);
    }
  };
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) look(definition.selectionSet);
  return [...names];
}

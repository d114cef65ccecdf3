import type { FieldNode, FragmentDefinitionNode, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';
import type { FieldPlan, OperationPlan, Variables } from './plan.js';

/** Where in the answer an object stands. Fields have none of their own until somebody asks: most never fail. */
export type Path = GraphQLResolveInfo['path'];

export function keysOf(path: Path | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}

interface Executed {
  readonly schema: GraphQLSchema;
  readonly plan: OperationPlan;
  readonly variables: Variables;
  readonly root: unknown;
}

/** What a resolver may ask about its field. It is made for each call and seldom looked at, so that it only points to what is known. */
export class Info implements GraphQLResolveInfo {
  readonly #executed: Executed;
  readonly #field: FieldPlan;
  readonly #parent: Path | undefined;

  constructor(executed: Executed, field: FieldPlan, parent: Path | undefined) {
    this.#executed = executed;
    this.#field = field;
    this.#parent = parent;
  }

  get fieldName(): string {
    return this.#field.definition.name;
  }
  get fieldNodes(): readonly FieldNode[] {
    return this.#field.nodes;
  }
  get returnType(): GraphQLOutputType {
    return this.#field.definition.type;
  }
  get parentType(): GraphQLObjectType {
    return this.#field.parentType;
  }
  get path(): Path {
    return pathOf(this.#field, this.#parent);
  }
  get schema(): GraphQLSchema {
    return this.#executed.schema;
  }
  get fragments(): Record<string, FragmentDefinitionNode> {
    return this.#executed.plan.fragments;
  }
  get rootValue(): unknown {
    return this.#executed.root;
  }
  get operation(): OperationDefinitionNode {
    return this.#executed.plan.operation;
  }
  get variableValues(): { [variable: string]: unknown } {
    return this.#executed.variables;
  }
}

export function pathOf(field: FieldPlan, parent: Path | undefined): Path {
  return { prev: parent, key: field.key, typename: field.parentType.name };
}

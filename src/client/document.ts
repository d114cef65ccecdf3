/** An operation whose result and variables are known to the compiler: what `npm run generate` makes of src/client/operations. */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  /** What a code generator says of it: the id under which it is persisted. */
  readonly __meta__?: Readonly<Record<string, unknown>> | undefined;
  /** Carries the types and never exists. */
  readonly __apiType?: (variables: Variables) => Result;
}

/** Variables may be left out where none is required. */
export type VariablesOf<Variables> = Record<string, never> extends Variables ? [variables?: Variables] : [variables: Variables];

/** An operation of a client. */
export interface Operation {
  readonly query: string;
  /** Travels instead of the text. */
  readonly documentId?: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An operation as it travels: its document written out, or named by its id. */
export function travelling({ query, documentId, variables }: Operation) {
  return documentId === undefined ? { query, variables } : { documentId, variables };
}

/** One answer to an operation. */
export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLErrorShape[];
}

export interface GraphQLErrorShape {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

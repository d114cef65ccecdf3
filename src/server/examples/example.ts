/** A tab of GraphiQL. */
export interface Example {
  readonly query: string;
  /** JSON text. */
  readonly variables?: string;
}

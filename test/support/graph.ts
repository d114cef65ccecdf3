import { type GraphQLError, type GraphQLSchema, execute, parse, validate } from 'graphql';
import type { App } from '#app';
import type { Viewer } from '#domain/tenant/viewer';
import { newId } from '#platform/ids';

export interface GraphAnswer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly GraphQLError[];
}

/** Executes an operation as a viewer (null: nobody signed in), below the transports. */
export type Ask = (viewer: Viewer | null, document: string, variables?: Readonly<Record<string, unknown>>) => Promise<GraphAnswer>;

export function graphOf(schema: GraphQLSchema, app: App): Ask {
  return async (viewer, text, variables = {}) => {
    const document = parse(text);
    const problems = validate(schema, document);
    if (problems.length > 0) return { data: null, errors: problems };
    const { data = null, errors = [] } = await execute({ schema, document, variableValues: variables, contextValue: { app, viewer, requestId: newId() } });
    return { data, errors };
  };
}

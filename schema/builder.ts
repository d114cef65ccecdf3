import SchemaBuilder from '@pothos/core';
import ComplexityPlugin, { ComplexityErrorKind } from '@pothos/plugin-complexity';
import { GraphQLError } from 'graphql';
import type { SignedIn } from './context.js';

/** A JSON object as it came from a client. */
export type JsonObject = Readonly<Record<string, unknown>>;

export interface GraphTypes {
  Context: SignedIn;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    JSONObject: { Input: JsonObject; Output: JsonObject };
    /** Milliseconds outside; inside, the text as the client wrote it, which the service reads. */
    Duration: { Input: string; Output: number };
    TimeZone: { Input: string; Output: string };
    Cron: { Input: string; Output: string };
    Cursor: { Input: string; Output: string };
  };
}

function tooMuch(message: string, limit: number): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
}

/** The complexity of a field whose value may be a megabyte, where a field is 1. */
export const heavyComplexity = 25;

/**
 * The one builder. Types are row types of Prisma (`builder.objectRef<Row>('Name').implement(...)`); what a field needs beyond
 * its row comes from a loader (`batched` of context.ts), so that a list costs one statement per level and not one per row.
 */
export const builder = new SchemaBuilder<GraphTypes>({
  plugins: [ComplexityPlugin],
  defaultFieldNullability: false,
  complexity: {
    defaultComplexity: 1,
    // Lists that are no connections are short: steps, attempts, labels. Connections count their page (connection.ts).
    defaultListMultiplier: 3,
    limit: ({ app }) => ({ complexity: app.config.graphql.complexity, depth: app.config.graphql.depth }),
    complexityError: (kind, { complexity, depth, maxComplexity = 0, maxDepth = 0 }) =>
      kind === ComplexityErrorKind.Depth
        ? tooMuch(`The operation is ${depth} levels deep; ${maxDepth} are allowed.`, maxDepth)
        : tooMuch(
            `The operation has a complexity of ${complexity}; ${maxComplexity} is allowed. Ask for smaller pages or fewer nested lists.`,
            maxComplexity,
          ),
  },
});

builder.queryType({ description: 'Reads. What the viewer may not see is not found.' });
builder.mutationType({
  description: 'Writes. Each takes one `input` and answers a union of its success and of the errors that it can meet.',
});

import { type ExecutionResult, GraphQLError } from 'graphql';
import { isLargerThan } from './answer-size.js';
import { type Presentation, present, refusal } from './errors.js';

/** The errors of a result as clients may see them. */
export function presentResult(result: ExecutionResult, presentation: Presentation): ExecutionResult {
  if (result.errors === undefined) return result;
  // Where there is no path the executor refused the variables; these errors quote what a scalar found wrong with them.
  const show = (error: GraphQLError) =>
    error.path === undefined && !('data' in result) ? badVariables(error) : present(error, presentation);
  return { ...result, errors: result.errors.map(show) };
}

function badVariables({ message, nodes, source, positions }: GraphQLError): GraphQLError {
  // The executor suggests names of enum values, asked or not.
  return new GraphQLError(message.replace(/ Did you mean [^?]*\?$/, ''), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

/** Throws LIMIT_EXCEEDED. */
export function assertBearable(result: ExecutionResult, answerBytes: number): void {
  if (isLargerThan(result.data, answerBytes))
    throw refusal('LIMIT_EXCEEDED', `An answer has at most ${answerBytes} bytes: ask for less at once.`, { limit: answerBytes });
}

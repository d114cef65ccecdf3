import { LanguageError } from '#language/template';
import { isDatabaseAway, isStatementTimeout } from '#platform/db/symptoms';
import { ConflictError, DomainError } from '#domain/errors';
import { StepError, tooSlow } from '#worker/steps/step';

/** What a service refuses, and a condition that cannot be evaluated, is the step's failure; the same arguments are refused again. */
export async function asStepError<Result>(make: () => Promise<Result>): Promise<Result> {
  try {
    return await make();
  } catch (error) {
    if (isStatementTimeout(error)) throw new StepError(tooSlow);
    if (error instanceof LanguageError) {
      const { path, message, line, column } = error;
      throw new StepError({ code: 'ARGUMENT', message: [...path, message].join(': '), line, column, retryable: false });
    }
    if (!(error instanceof DomainError) || isDatabaseAway(error)) throw error;
    const code = error instanceof ConflictError ? error.state : error.code;
    throw new StepError({ code, message: error.message, retryable: false });
  }
}

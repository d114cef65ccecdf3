import { isDatabaseAway, isStatementTimeout } from '#platform/db/symptoms';
import { LanguageError } from '#language/template';
import { ConflictError, DomainError } from '#domain/errors';
import { StepError, tooSlow } from '#worker/steps/step';

/** What a service refuses is the step's failure; the same arguments are refused again. */
export async function asStepError<Result>(make: () => Promise<Result>): Promise<Result> {
  try {
    return await make();
  } catch (error) {
    if (isStatementTimeout(error)) throw new StepError(tooSlow);
    if (error instanceof LanguageError) {
      const { path, message } = error;
      throw new StepError({ code: 'ARGUMENT', message: [...path, message].join(': '), retryable: false });
    }
    if (!(error instanceof DomainError) || isDatabaseAway(error)) throw error;
    const code = error instanceof ConflictError ? error.state : error.code;
    throw new StepError({ code, message: error.message, retryable: false });
  }
}

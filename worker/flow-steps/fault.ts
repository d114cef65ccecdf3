import { isDatabaseAway, isStatementTimeout } from '#platform/db/symptoms';
import { ConflictError, DomainError } from '#domain/errors';
import { StepError } from '#worker/steps/step';

/** What a service refuses is the step's failure; the same arguments are refused again. */
export async function asStepError<Result>(make: () => Promise<Result>): Promise<Result> {
  try {
    return await make();
  } catch (error) {
    if (isStatementTimeout(error))
      throw new StepError({ code: 'TIMEOUT', message: 'The database took too long over a statement of this step.', retryable: true });
    if (!(error instanceof DomainError) || isDatabaseAway(error)) throw error;
    const code = error instanceof ConflictError ? error.state : error.code;
    throw new StepError({ code, message: error.message, retryable: false });
  }
}

import { LanguageError } from '#language/template';

/** The error with which something is refused. */
export function failure(act: () => unknown): LanguageError {
  try {
    act();
  } catch (error) {
    if (error instanceof LanguageError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

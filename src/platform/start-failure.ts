import { ConfigError } from '#platform/config/config';
import { databaseFailure } from '#platform/db/failure';

/** Why a process could not start or end, for the person who started it: what to do where that is known, else the whole error. */
export function startFailure(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (databaseFailure(error) === 'TRANSIENT')
    return `PostgreSQL does not answer: ${error.message || error.name}\nCheck DATABASE_URL, and that the server runs and lets this machine in.`;
  return error.stack ?? error.message;
}

import { isDatabaseAway, isSerializationFailure } from './symptoms.js';

/** What a failed statement means for a retry. */
export type DatabaseFailure =
  /** The rows are at fault: the same rows would fail again. */
  | 'DATA'
  /** The server or the connection is at fault, or a deadlock was broken: whether it was committed may be unknown. */
  | 'TRANSIENT'
  /** Anything else: a fault of ours. */
  | 'FAULT';

// PostgreSQL, appendix A. 08: connection, 40: rollback, 53: resources, 55006 and 57: operator intervention and start-up.
const transientClasses = ['08', '40', '53', '57'];
// A standby that is being promoted, and a transaction that the server ended because its process was silent.
const transientCodes = ['25006', '25P03'];
const transientErrno = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'ENOENT', 'EAI_AGAIN', 'EHOSTUNREACH'];

export function databaseFailure(error: unknown): DatabaseFailure {
  if (!(error instanceof Error)) return 'FAULT';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^(21|22|23)[0-9A-Z]{3}$/.test(code)) return 'DATA';
  if (
    transientClasses.some((prefix) => code.length === 5 && code.startsWith(prefix)) ||
    transientCodes.includes(code) ||
    transientErrno.includes(code)
  )
    return 'TRANSIENT';
  // pg's own errors for a lost connection and for a pool that got none carry no code.
  if (/Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i.test(error.message))
    return 'TRANSIENT';
  // Prisma wraps what happened, and has codes of its own.
  return isDatabaseAway(error) || isSerializationFailure(error) ? 'TRANSIENT' : 'FAULT';
}

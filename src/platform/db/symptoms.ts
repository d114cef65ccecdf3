/** What a failed read or write of the graph shows to the one who asked; `failure.ts` says what it means for a retry. */

/** Node's codes of connections that cannot be made or were lost. */
const lostConnection = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** PostgreSQL (appendix A of its manual): shutting down, crashed, starting, too many connections; class 08 is connections. */
const serverGone = new Set(['57P01', '57P02', '57P03', '53300']);

/** Prisma's: cannot reach, timed out, closed, pool exhausted, too many connections. */
const prismaGone = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);

/** Kinds that Prisma's driver adapters give to the same faults. */
const adapterGone = new Set(['DatabaseNotReachable', 'SocketTimeout', 'ConnectionClosed', 'TooManyConnections']);

/** pg's own errors carry no code. */
const messageGone =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error)/;

/** Whether the database could not be reached or went away: trying again later may help. */
export function isDatabaseAway(error: unknown): boolean {
  return causes(error).some(({ code, kind, message }) => {
    if (typeof kind === 'string' && adapterGone.has(kind)) return true;
    if (typeof message === 'string' && messageGone.test(message)) return true;
    return typeof code === 'string' && (lostConnection.has(code) || serverGone.has(code) || prismaGone.has(code) || /^08\w{3}$/.test(code));
  });
}

/** Whether `statement_timeout` ended a statement. */
export function isStatementTimeout(error: unknown): boolean {
  return hasSqlState(error, ['57014']);
}

/** Whether a text held what PostgreSQL cannot store: NUL, or half of a surrogate pair. */
export function isUnstorableText(error: unknown): boolean {
  if (hasSqlState(error, ['22021', '22P05'])) return true;
  // What is sent as JSON was written by `JSON.stringify`: only half of a pair makes PostgreSQL refuse its syntax.
  return causes(error).some(({ message, originalMessage }) => [message, originalMessage].includes('invalid input syntax for type json'));
}

/** Whether a unique index refused a row. */
export function isTaken(error: unknown): boolean {
  return hasSqlState(error, ['23505']);
}

/** Whether a row refers to one that is not there any more. */
export function isDangling(error: unknown): boolean {
  return hasSqlState(error, ['23503']);
}

/** Whether the transaction had to give way to another one: the same may succeed when it is tried again. */
export function isSerializationFailure(error: unknown): boolean {
  return hasSqlState(error, ['40001', '40P01', 'P2034']);
}

/** Whether a transaction waited too long for its turn or for a lock, or took too long in all: it was undone, or never begun. */
export function isTransactionTimeout(error: unknown): boolean {
  return hasSqlState(error, ['P2028', '55P03', '25P04']);
}

function hasSqlState(error: unknown, states: readonly string[]): boolean {
  return causes(error).some(({ code, originalCode }) => states.includes(String(code)) || states.includes(String(originalCode)));
}

/** An error and what it was caused by, also what Prisma keeps in `meta.driverAdapterError`. */
function causes(error: unknown): Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = [];
  const waiting = [error];
  // Bounded: a cause may be a circle.
  while (waiting.length > 0 && found.length < 10) {
    const next = waiting.shift();
    if (typeof next !== 'object' || next === null) continue;
    const fields = next as Readonly<Record<string, unknown>>;
    const { cause, meta, errors } = fields;
    found.push(fields);
    waiting.push(cause);
    if (typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta) waiting.push(meta.driverAdapterError);
    // Node reports one failed connection per address.
    if (Array.isArray(errors)) waiting.push(...(errors as unknown[]));
  }
  return found;
}

import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Structured logs, one JSON object a line, with what may hold a secret left out. */
export function createLog(level: string, fields: Readonly<Record<string, unknown>>): Log {
  return pino({
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['*.authorization', '*.token', '*.password', '*.secret', 'authorization', 'token', 'password', 'secret', '*.headers.authorization', '*.headers.cookie'], censor: '[redacted]' },
  });
}

import { type Logger, type LoggerOptions, pino } from 'pino';

export type Log = Logger;

/** Structured logs, one JSON object a line, with what may hold a secret left out. To standard output, or added to a file. */
export function createLog(level: string, fields: Readonly<Record<string, unknown>>, file: string | null = null): Log {
  const options: LoggerOptions = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        '*.authorization',
        '*.token',
        '*.password',
        '*.secret',
        'authorization',
        'token',
        'password',
        'secret',
        '*.headers.authorization',
        '*.headers.cookie',
      ],
      censor: '[redacted]',
    },
  };
  return file === null ? pino(options) : pino(options, pino.destination({ dest: file, mkdir: true, sync: true }));
}

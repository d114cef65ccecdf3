import { SandboxError } from '#platform/sandbox/sandbox-error';
import { StepError, type StepImplementation } from './step.js';

/** Runs the author's module in the sandbox; its console lines go to the run's log. */
export const code: StepImplementation = {
  execute: async ({ args, input, runId, attempt, path, timeoutMs, signal, log, sandbox }) => {
    const source = args['code'];
    if (typeof source !== 'string') throw new StepError({ code: 'INVALID_PLAN', message: 'The step has no code.', retryable: false });
    try {
      return await sandbox.run({
        code: source,
        input,
        context: { run: { id: runId }, step: { path }, attempt },
        timeoutMs,
        signal,
        onLog: log,
      });
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      const { code, message, line, column } = error;
      throw new StepError({
        code,
        message,
        retryable: code !== 'SYNTAX',
        ...(line === null ? {} : { line }),
        ...(column === null ? {} : { column }),
      });
    }
  },
};

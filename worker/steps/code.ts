import { runIdOf } from '#domain/run/run.context';
import { SandboxError } from '#platform/sandbox/sandbox-error';
import type { SandboxFetch } from '#platform/sandbox/sandbox';
import type { Json } from '#plan/plan';
import { type StepCall, StepError, type StepImplementation, StepPaused } from './step.js';

/** Runs the author's module in the sandbox; its console lines go to the run's log, its calls through the guarded client. */
export const code: StepImplementation = {
  execute: async (call) => {
    const { args, input, runId, workspaceId, automationId, attempt, path, timeoutMs, log, sandbox } = call;
    const source = args['code'];
    if (typeof source !== 'string') throw new StepError({ code: 'INVALID_PLAN', message: 'The step has no code.', retryable: false });
    const pausing = new AbortController();
    const fetch: SandboxFetch = async (request, signal) => {
      try {
        return await call.calls.send({ ...request, timeoutMs: null, signal });
      } catch (error) {
        if (error instanceof StepPaused) {
          // Not for the code to catch: the whole run waits.
          pausing.abort(error);
        }
        throw error;
      }
    };
    try {
      return await sandbox.run({
        code: source,
        owner: { tenant: workspaceId, name: automationId ?? '' },
        input,
        context: { run: { id: runIdOf(runId) }, step: { path }, attempt, secrets: await secretsOf(call, source) },
        timeoutMs,
        signal: AbortSignal.any([call.signal, pausing.signal]),
        onLog: log,
        fetch,
      });
    } catch (error) {
      if (pausing.signal.aborted) throw pausing.signal.reason as StepPaused;
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

/** The secrets of its automation by name. Code that does not name them is given none, and costs no statement. */
async function secretsOf(
  { automationId, connections, redactor, signal }: StepCall,
  source: string,
): Promise<{ readonly [name: string]: Json }> {
  if (automationId === null || !source.includes('secrets')) return {};
  const own = (await connections.secrets([automationId], signal)).get(automationId);
  const values: [string, string][] = [];
  for (const name of own?.names ?? []) {
    const value = own?.open(name);
    if (value === undefined) continue;
    redactor.add(value);
    values.push([name, value]);
  }
  return Object.fromEntries(values);
}

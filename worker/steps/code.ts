import { runIdOf } from '#domain/run/run.context';
import { actionFile, placeInSource } from '#platform/build/place';
import { SandboxError } from '#platform/sandbox/sandbox-error';
import type { SandboxFetch } from '#platform/sandbox/sandbox';
import type { Json } from '#plan/plan';
import type { BuiltCode } from '#domain/run/run.write';
import { checkCommands, isObject } from '#worker/chain.commands';
import { type ChainLink, type StepCall, StepError, type StepImplementation, StepPaused } from './step.js';

/** Runs the author's module in the sandbox; its console lines go to the run's log, its calls through the guarded client. */
export const code: StepImplementation = {
  execute: async (call) => {
    const source = await sourceOf(call);
    const pausing = new AbortController();
    const fetch: SandboxFetch = async (request, signal) => {
      try {
        return await call.calls.send({ ...request, timeoutMs: null, signal });
      } catch (error) {
        // Not for the code to catch: the whole run waits, or ends.
        if (error instanceof StepPaused || error instanceof StepError) pausing.abort(error);
        throw error;
      }
    };
    const around = {
      code: source.bundle,
      owner: { tenant: call.workspaceId, name: ownerOf(call) },
      timeoutMs: call.timeoutMs,
      signal: AbortSignal.any([call.signal, pausing.signal]),
      onLog: call.log,
      fetch,
    };
    try {
      return await (call.link === null ? run(call, around) : handle(call, call.link, around));
    } catch (error) {
      if (pausing.signal.aborted) throw pausing.signal.reason as StepPaused | StepError;
      if (!(error instanceof SandboxError)) throw error;
      throw failureOf(error, source);
    }
  },
};

type Around = Omit<Parameters<StepCall['sandbox']['run']>[0], 'input' | 'context'>;

/** Whose turn in the sandbox it is: the action's. */
function ownerOf({ automationId, args }: StepCall): string {
  const { binding } = args;
  return automationId ?? (typeof binding === 'string' ? binding : '');
}

async function run(call: StepCall, around: Around): Promise<Json> {
  const { args, input, runId, path, attempt } = call;
  const secrets = await secretsOf(call, around.code);
  const { configuration = {} } = args;
  return call.sandbox.run({ ...around, input, context: { run: { id: runIdOf(runId) }, step: { path }, attempt, secrets, configuration } });
}

/** Calls the handler of a trigger point. Its output is what it commanded. */
async function handle(call: StepCall, { handler, chain }: ChainLink, around: Around): Promise<Json> {
  const { args, input } = call;
  const secrets = await secretsOf(call, around.code);
  const { output, commands } = await call.sandbox.handle({
    ...around,
    handler,
    fallback: 'default',
    event: { ...(isObject(input) ? input : {}), secrets, configuration: args['configuration'] ?? {} },
    commands: chain.commands.map(({ name }) => name),
  });
  checkCommands(chain, commands);
  return {
    commands: commands.map(({ command, arguments: values }) => ({ command, arguments: [...values] })),
    ...(output === null ? {} : { output }),
  };
}

async function sourceOf({ args, builds }: StepCall): Promise<BuiltCode> {
  const { code: plain, build } = args;
  if (typeof plain === 'string') return { bundle: plain, sourceMap: null };
  if (typeof build !== 'string') throw new StepError({ code: 'INVALID_PLAN', message: 'The step has no code.', retryable: false });
  const built = await builds.get(build);
  if (built === null) throw new StepError({ code: 'NOT_BUILT', message: 'The code of the step is not built.', retryable: false });
  return built;
}

/** Line and column are the author's, where they stand in what the author wrote. */
function failureOf({ code: reason, message, line, column }: SandboxError, { sourceMap }: BuiltCode): StepError {
  const mapped = sourceMap === null || line === null ? null : placeInSource(sourceMap, line, column);
  const place = sourceMap === null ? { line, column } : mapped?.file === actionFile ? mapped : { line: null, column: null };
  return new StepError({
    code: reason,
    message: mapped === null || mapped.file === actionFile ? message : `${message} (${mapped.file}:${String(mapped.line)})`,
    retryable: reason !== 'SYNTAX',
    ...(place.line === null ? {} : { line: place.line }),
    ...(place.column === null ? {} : { column: place.column }),
  });
}

/**
 * The secrets of its version or its automation by name; those of its binding stand before them. Code that does not name them is given none,
 * and costs no statement.
 */
async function secretsOf(
  { args, workspaceId, automationId, connections, redactor, signal }: StepCall,
  source: string,
): Promise<{ readonly [name: string]: Json }> {
  const ownerIds = [args['secrets'] ?? automationId, args['binding']].filter((owner) => typeof owner === 'string');
  if (ownerIds.length === 0 || !source.includes('secrets')) return {};
  const owned = await connections.secrets(workspaceId, ownerIds, signal);
  const values = new Map<string, string>();
  for (const ownerId of ownerIds) {
    const own = owned.get(ownerId);
    for (const name of own?.names ?? []) {
      const value = own?.open(name);
      if (value === undefined) continue;
      redactor.add(value);
      values.set(name, value);
    }
  }
  return Object.fromEntries(values);
}

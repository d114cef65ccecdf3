import { type CompiledTemplate, compileTemplate, LanguageError, render } from '#language/template';
import { systemClock } from '#platform/clock';
import type { Json } from '#plan/plan';
import { type StepCall, StepError, type StepImplementation } from './step.js';

/** Plans are kept in memory and never change, so the arguments of a step are the key of its template and forget it with the plan. */
const compiled = new WeakMap<StepCall['args'], CompiledTemplate>();

/** Makes the output from the step's mapping, without code. */
export const transform: StepImplementation = {
  // A promise as the others have it, without the turns of an async function: this is the hot path.
  execute: ({ args, input, runId, flow }) => {
    // A flow has filled it already.
    if (flow !== null) return Promise.resolve(args['mapping'] ?? null);
    try {
      return Promise.resolve(render(templateOf(args), { payload: input, input, run: { id: runId }, now: systemClock.now().toISOString() }));
    } catch (error) {
      if (!(error instanceof LanguageError)) throw error;
      return Promise.reject(failureOf(error));
    }
  },
};

function templateOf(args: StepCall['args']): CompiledTemplate {
  const known = compiled.get(args);
  if (known !== undefined) return known;
  const template = compileTemplate(args['mapping'] ?? (null satisfies Json));
  compiled.set(args, template);
  return template;
}

/** The same mapping and input fail again. */
function failureOf(error: LanguageError): StepError {
  const place = error.path.length === 0 ? 'mapping' : `mapping.${error.path.join('.')}`;
  return new StepError({
    code: error.code,
    message: `${place}: ${error.message}`,
    line: error.line,
    column: error.column,
    retryable: false,
  });
}

import { namesUsed } from '#language/names';
import { compileTemplate, LanguageError } from '#language/template';
import type { Json } from './plan.js';

interface TemplateProblem {
  readonly path: readonly string[];
  readonly message: string;
  readonly code: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a template that a plan has beside its steps. What it makes is stored with the run and shown, so it must not refer to secrets. */
export function checkPlanTemplate(template: Json): readonly TemplateProblem[] {
  try {
    return namesUsed(compileTemplate(template))
      .filter(({ name }) => name === 'secrets')
      .map(({ path, line, column }) => ({
        path,
        line,
        column,
        code: 'SECRETS',
        message: 'Secrets cannot stand here: what this makes is shown with each run. Use them in the endpoint or in its credential.',
      }));
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    const { code, message, line, column, path } = error;
    return [{ path, message, code, line, column }];
  }
}

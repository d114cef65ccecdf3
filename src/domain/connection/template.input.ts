import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { jsonProblem } from '#platform/json';
import { LanguageError, compileTemplate } from '#language/template';
import type { Json } from '#plan/plan';
import { wellFormed } from '#domain/input';

interface Checked {
  addIssue(issue: { code: 'custom'; path?: PropertyKey[]; message: string; params: Readonly<Record<string, unknown>> }): void;
}

/** Reports what is wrong with a template, at its place in the JSON and in the text. */
export function checkTemplate(template: Json, check: Checked): void {
  try {
    compileTemplate(template);
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    const { message, code, line, column } = error;
    check.addIssue({ code: 'custom', path: [...error.path], message, params: { code, line, column } });
  }
}

/** Reports JSON that cannot be stored. Answers whether there was none to report. */
export function checkJson(value: unknown, { run }: Pick<Config, 'run'>, check: Checked): value is Json {
  const problem = jsonProblem(value, run.jsonDepth);
  if (problem !== null) check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
  else if (Buffer.byteLength(JSON.stringify(value)) > run.codeBytes)
    check.addIssue({ code: 'custom', message: `This has at most ${run.codeBytes} bytes.`, params: { code: 'TOO_LONG' } });
  else return true;
  return false;
}

/** JSON whose strings may hold slots; null means none. */
export function jsonTemplateInput(config: Pick<Config, 'run'>) {
  return z
    .unknown()
    .superRefine((value, check) => {
      if (value !== undefined && value !== null && checkJson(value, config, check)) checkTemplate(value, check);
    })
    .optional();
}

const mostText = 8_192;

/** One line of text that may hold slots, as it stands in a request's head. */
export const lineTemplateInput = wellFormed(z.string().max(mostText)).superRefine((text, check) => {
  if (/[^\t\x20-\x7e\x80-\uffff]/.test(text))
    check.addIssue({ code: 'custom', message: 'Line breaks and other control characters are not sent.', params: { code: 'CONTROL' } });
  else checkTemplate(text, check);
});

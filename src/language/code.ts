import { type Program, parse } from 'acorn';

/** What is wrong with the text of a code action, and where, counted from 1. */
export interface CodeProblem {
  readonly code: 'SYNTAX' | 'NO_DEFAULT_EXPORT' | 'IMPORT';
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Null when the text is an ES module with a default export that can be a function. */
export function checkCode(source: string, _handlers: readonly string[] = []): CodeProblem | null {
  let program: Program;
  try {
    program = parse(source, { ecmaVersion: 2023, sourceType: 'module', locations: true });
  } catch (error) {
    return syntaxProblem(error);
  }
  for (const statement of program.body) {
    const from =
      statement.type === 'ImportDeclaration' ||
      ((statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportAllDeclaration') && statement.source != null);
    if (from) return { code: 'IMPORT', message: 'Code cannot import modules.', ...placeOf(statement.loc?.start) };
  }
  if (program.body.some(isDefaultExport)) return null;
  return {
    code: 'NO_DEFAULT_EXPORT',
    message: 'The code needs a default export that is a function: export default async (input, context) => output',
    line: 1,
    column: 1,
  };
}

function isDefaultExport(statement: Program['body'][number]): boolean {
  if (statement.type === 'ExportDefaultDeclaration') return statement.declaration.type !== 'Literal';
  return (
    statement.type === 'ExportNamedDeclaration' &&
    statement.specifiers.some(({ exported }) => (exported.type === 'Identifier' ? exported.name : exported.value) === 'default')
  );
}

function syntaxProblem(error: unknown): CodeProblem {
  // acorn's errors carry their place, its recursion does not.
  if (error instanceof SyntaxError && 'loc' in error)
    return {
      code: 'SYNTAX',
      message: error.message.replace(/ \(\d+:\d+\)$/, ''),
      ...placeOf(error.loc as { readonly line: number; readonly column: number }),
    };
  return { code: 'SYNTAX', message: 'The code is nested too deeply.', line: 1, column: 1 };
}

/** acorn counts columns from 0. */
function placeOf(at: { readonly line: number; readonly column: number } | undefined): { readonly line: number; readonly column: number } {
  return { line: at?.line ?? 1, column: (at?.column ?? 0) + 1 };
}

import { type Pattern, type Program, parse, type Token, tokTypes } from 'acorn';

/** What is wrong with the text of a code action, and where, counted from 1. */
export interface CodeProblem {
  readonly code: 'SYNTAX' | 'NO_DEFAULT_EXPORT' | 'NO_HANDLER' | 'IMPORT';
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Null when the text is an ES module with a default export that can be a function. */
export function checkCode(source: string): CodeProblem | null {
  const program = parseModule(source);
  if ('message' in program) return program;
  if (program.body.some(isDefaultExport)) return null;
  return {
    code: 'NO_DEFAULT_EXPORT',
    message: 'The code needs a default export that is a function: export default async (input, context) => output',
    line: 1,
    column: 1,
  };
}

/**
 * Null when the text can be one of the handlers: an ES module with an export of such a name or a default one, or what CommonJS looks
 * like in a module, `exports.onExecutePostLogin = …`. What an expression makes of `exports` is only seen when it is called.
 */
export function checkHandlerCode(source: string, handlers: readonly [string, ...string[]]): CodeProblem | null {
  const tokens: Token[] = [];
  const program = parseModule(source, tokens);
  if ('message' in program) return program;
  if (program.body.some((statement) => isDefaultExport(statement) || exportedNames(statement).some((name) => handlers.includes(name))))
    return null;
  if (givesExports(source, tokens, handlers)) return null;
  const [name] = handlers;
  return {
    code: 'NO_HANDLER',
    message: `The code needs the handler ${name}: export async function ${name}(event, api) {}, or exports.${name} = async (event, api) => {}, or a default export that is a function.`,
    line: 1,
    column: 1,
  };
}

/** `onToken` takes the tokens. */
function parseModule(source: string, onToken: Token[] = []): Program | CodeProblem {
  let program: Program;
  try {
    program = parse(source, { ecmaVersion: 2023, sourceType: 'module', locations: true, onToken });
  } catch (error) {
    return syntaxProblem(error);
  }
  for (const statement of program.body) {
    const from =
      statement.type === 'ImportDeclaration' ||
      ((statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportAllDeclaration') && statement.source != null);
    if (from)
      return {
        code: 'IMPORT',
        message: 'What code imports stands among the dependencies or the modules of its action: this action has none.',
        ...placeOf(statement.loc?.start),
      };
  }
  return program;
}

function exportedNames(statement: Program['body'][number]): readonly string[] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const { declaration, specifiers } = statement;
  if (declaration == null)
    return specifiers.map(({ exported }) => (exported.type === 'Identifier' ? exported.name : String(exported.value)));
  return declaration.type === 'VariableDeclaration' ? declaration.declarations.flatMap(({ id }) => boundNames(id)) : [declaration.id.name];
}

function boundNames(pattern: Pattern): readonly string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)));
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => boundNames(property.type === 'RestElement' ? property.argument : property.value));
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    case 'RestElement':
      return boundNames(pattern.argument);
    case 'MemberExpression':
      return [];
  }
}

/** Whether `exports` gets one of the names, is replaced, or is handed on. */
function givesExports(source: string, tokens: readonly Token[], names: readonly string[]): boolean {
  const textOf = (token: Token) => source.slice(token.start, token.end);
  const isWord = (token: Token | undefined, word: string) => token?.type === tokTypes.name && textOf(token) === word;
  return tokens.some((token, at) => {
    if (!isWord(token, 'exports')) return false;
    const [next, then] = [tokens[at + 1], tokens[at + 2]];
    if (next?.type === tokTypes.dot) return names.some((name) => isWord(then, name));
    if (next?.type === tokTypes.bracketL) return then?.type === tokTypes.string && names.includes(textOf(then).slice(1, -1));
    const ofModule = tokens[at - 1]?.type === tokTypes.dot && isWord(tokens[at - 2], 'module');
    if (next?.type === tokTypes.eq) return ofModule;
    const before = tokens[at - (ofModule ? 3 : 1)]?.type;
    return before === tokTypes.parenL || before === tokTypes.comma;
  });
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

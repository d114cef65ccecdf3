import ts from 'typescript';
import { type Breach, type Source, lineOf, walk } from './source.js';
import { holdsSql } from './lines.js';
import { prismaWriters, rawSql } from './listed.js';

/** Things that must come in pairs: what one file declares, another one has to answer. */
export function pairBreaches(sources: readonly Source[]): Breach[] {
  return [
    ...unmappedErrors(sources),
    ...jobsWithoutImplementation(sources),
    ...stepKindsWithoutImplementation(sources),
    ...staleLists(sources),
  ];
}

/** Every concrete error of the domain has a line of its code in the table of schema/errors.ts. */
function unmappedErrors(sources: readonly Source[]): Breach[] {
  const errors = sources.find((source) => source.path === 'src/domain/errors.ts');
  const mapping = sources.find((source) => source.path === 'schema/errors.ts');
  if (errors === undefined) return [];
  const mapped = new Set(mapping === undefined ? [] : propertyNames(mapping.tree));
  return errors.tree.statements.flatMap((statement) => {
    if (!ts.isClassDeclaration(statement)) return [];
    if (ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.AbstractKeyword) === true) return [];
    const code = codeOf(statement);
    if (code !== undefined && mapped.has(code)) return [];
    return [
      {
        path: errors.path,
        line: lineOf(errors.tree, statement),
        problem: `${statement.name?.text ?? 'an error'} (${code ?? 'without a code'}) is not mapped in schema/errors.ts`,
      },
    ];
  });
}

/** `X` of `readonly code = 'X'`. */
function codeOf(error: ts.ClassDeclaration): string | undefined {
  for (const member of error.members)
    if (ts.isPropertyDeclaration(member) && ts.isIdentifier(member.name) && member.name.text === 'code' && member.initializer !== undefined)
      return ts.isStringLiteral(member.initializer) ? member.initializer.text : undefined;
  return undefined;
}

function propertyNames(tree: ts.SourceFile): string[] {
  const names: string[] = [];
  walk(tree, (node) => {
    if ((ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && ts.isIdentifier(node.name)) names.push(node.name.text);
  });
  return names;
}

function identifiersOutsideImports(tree: ts.SourceFile): string[] {
  const names: string[] = [];
  for (const statement of tree.statements) {
    if (ts.isImportDeclaration(statement)) continue;
    walk(statement, (node) => {
      if (ts.isIdentifier(node)) names.push(node.text);
    });
  }
  return names;
}

/** Every job that a `<feature>.jobs.ts` declares (`export const runStart: Job = ...`) is used by a file in worker/. */
function jobsWithoutImplementation(sources: readonly Source[]): Breach[] {
  const used = new Set(
    sources.filter((source) => source.path.startsWith('worker/')).flatMap((source) => identifiersOutsideImports(source.tree)),
  );
  return sources
    .filter((source) => /^src\/domain\/.+\.jobs\.ts$/.test(source.path))
    .flatMap((source) =>
      exportedConstants(source.tree)
        .filter(({ name }) => !used.has(name))
        .map(({ name, line }) => ({ path: source.path, line, problem: `the job ${name} has no implementation in worker/` })),
    );
}

const definitions = 'src/plan/step-kinds.ts';

/** Every kind of the registry (`kind: 'code'`) has its code in worker/steps/<kind>.ts, and the other way round. */
function stepKindsWithoutImplementation(sources: readonly Source[]): Breach[] {
  const registry = sources.find((source) => source.path === definitions);
  const defined = new Set(registry === undefined ? [] : definedKinds(registry.tree));
  const implemented = new Map(
    sources.flatMap(({ path }) => {
      const kind = /^worker\/steps\/([a-z-]+)\.ts$/.exec(path)?.[1];
      return kind === undefined || beside.has(kind) ? [] : [[kind, path] as const];
    }),
  );
  return [
    ...[...defined]
      .filter((kind) => !implemented.has(kind))
      .map((kind) => ({ path: definitions, line: 0, problem: `the step kind ${kind} has no implementation in worker/steps/` })),
    ...[...implemented]
      .filter(([kind]) => !defined.has(kind))
      .map(([kind, path]) => ({ path, line: 0, problem: `the step kind ${kind} has no definition in ${definitions}` })),
  ];
}

/** Files of worker/steps that are no kinds. */
const beside = new Set(['step', 'index']);

function definedKinds(tree: ts.SourceFile): string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'kind' && ts.isStringLiteral(node.initializer))
      found.push(node.initializer.text);
  });
  return found;
}

/** What a list allows must still be there, or the list says less and less. */
function staleLists(sources: readonly Source[]): Breach[] {
  const known = new Map(sources.map((source) => [source.path, source]));
  const stale = (path: string, problem: string) => ({
    path: 'test/contract/house/listed.ts',
    line: 0,
    problem: `lists ${path}, ${problem}`,
  });
  return [
    ...[...Object.keys(rawSql), ...Object.keys(prismaWriters)]
      .filter((path) => !known.has(path))
      .map((path) => stale(path, 'which does not exist')),
    ...Object.keys(rawSql).flatMap((path) => {
      const source = known.get(path);
      return source === undefined || holdsSql(source) ? [] : [stale(path, 'which holds no SQL')];
    }),
  ];
}

function exportedConstants(tree: ts.SourceFile): { name: string; line: number }[] {
  return tree.statements.flatMap((statement) => {
    if (
      !ts.isVariableStatement(statement) ||
      ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) !== true
    )
      return [];
    return statement.declarationList.declarations.flatMap((declaration) =>
      ts.isIdentifier(declaration.name) ? [{ name: declaration.name.text, line: lineOf(tree, declaration) }] : [],
    );
  });
}

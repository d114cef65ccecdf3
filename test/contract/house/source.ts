import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** One TypeScript file of the project, parsed. */
export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As it is written: `#domain/errors`, `./plan.js`, `pg`, `node:fs`. */
  readonly specifier: string;
  readonly line: number;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** Something that the house does not allow. */
export interface Breach {
  readonly path: string;
  /** Counted from 1; 0: the file as a whole. */
  readonly line: number;
  readonly problem: string;
}

/** A line for the reader of a failed test: where, and what is wrong with it. */
export const said = (breach: Breach): string => `${breach.path}:${breach.line} ${breach.problem}`;

const folders = ['src', 'schema', 'worker', 'test', 'prisma'];
/** Written by generators and reviewed as their sources; the schema engine is a program of Prisma's command line. */
const notOurs = /(^|\/)(generated|node_modules|migrations)\/|^prisma\/engine\.mjs$/;

/** Every TypeScript file that people write, and the configuration files beside the folders. */
export function readTree(root: string): Source[] {
  const inFolders = folders.flatMap((folder) => list(root, folder));
  const beside = readdirSync(root).filter((name) => name.endsWith('.ts'));
  return [...inFolders, ...beside]
    .filter((file) => !notOurs.test(file))
    .map((file) => parse(file, readFileSync(path.join(root, file), 'utf8')));
}

function list(root: string, folder: string): string[] {
  try {
    return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[mc]?[jt]sx?$/.test(name))
      .map((name) => path.posix.join(folder, name.split(path.sep).join('/')));
  } catch {
    return [];
  }
}

export function parse(file: string, text: string): Source {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  return { path: file, text, tree, imports: importsOf(tree) };
}

export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Calls `visit` on every node below, deepest last. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  node.forEachChild((child) => {
    visit(child);
    walk(child, visit);
  });
}

/** `import`, `export ... from`, `import()` and `import('...')` types. */
function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (literal: ts.Node | undefined, typeOnly: boolean) => {
    if (literal !== undefined && ts.isStringLiteralLike(literal))
      found.push({ specifier: literal.text, line: lineOf(tree, literal), typeOnly });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause !== undefined && isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
  });
  return found;
}

function isTypeOnly(clause: ts.ImportClause): boolean {
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  if (clause.name !== undefined || names === undefined || ts.isNamespaceImport(names)) return false;
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

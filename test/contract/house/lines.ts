import ts from 'typescript';
import { type Layer, layerOf } from './imports.js';
import { type Breach, type Source, lineOf, walk } from './source.js';
import { prismaWriters, rawSql } from './listed.js';

/** A rule that one node of a file's syntax tree can break. */
interface LineRule {
  readonly problem: string;
  /** Files in which the rule is not asked. */
  readonly except: (file: string) => boolean;
  readonly breaks: (node: ts.Node, models: ReadonlySet<string>) => boolean;
}

const inLayers =
  (...layers: Layer[]) =>
  (file: string): boolean =>
    layers.includes(layerOf(file));
const inTests = inLayers('test');
const outside =
  (...own: readonly RegExp[]) =>
  (file: string): boolean =>
    own.some((pattern) => pattern.test(file));
const nowhere = () => false;

const writes = new Set([
  'create',
  'createMany',
  'createManyAndReturn',
  'update',
  'updateMany',
  'updateManyAndReturn',
  'upsert',
  'delete',
  'deleteMany',
]);
/** Upper case, as the house writes it; a sentence that begins with "Update" is none. */
const sql =
  /^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH \w+ AS|CREATE|ALTER|DROP|TRUNCATE|LISTEN|NOTIFY|LOCK|COPY|BEGIN|COMMIT|ROLLBACK)\b/;

const rules: readonly LineRule[] = [
  {
    problem: 'process.env is read in src/platform/config only',
    except: (file) => inTests(file) || outside(/^src\/platform\/config\//, /^[^/]+\.ts$/)(file),
    breaks: (node) => member(node, 'process', 'env'),
  },
  {
    problem: 'new PrismaClient belongs in src/platform/db',
    except: outside(/^src\/platform\/db\//),
    breaks: (node) => constructs(node, 'PrismaClient'),
  },
  {
    problem: 'new Redis belongs in src/platform/redis',
    except: outside(/^src\/platform\/redis\//, /^test\/support\/redis\.ts$/),
    breaks: (node) => constructs(node, 'Redis'),
  },
  {
    problem: 'new Queue and new Worker belong in src/platform/queue and worker/runner',
    except: (file) => inTests(file) || outside(/^src\/platform\/queue\//, /^worker\/runner/)(file),
    breaks: (node) => constructs(node, 'Queue') || constructs(node, 'Worker'),
  },
  {
    problem: 'a write through Prisma belongs in a *.service.ts or a writer that test/contract/house/listed.ts names',
    except: (file) => inTests(file) || file.endsWith('.service.ts') || file in prismaWriters,
    breaks: isPrismaWrite,
  },
  {
    problem: '$transaction belongs in src/platform/work',
    except: (file) => inTests(file) || outside(/^src\/platform\/work\//)(file),
    breaks: (node) => ts.isPropertyAccessExpression(node) && node.name.text === '$transaction',
  },
  {
    problem: 'raw SQL belongs in a file that test/contract/house/listed.ts names with its reason',
    except: (file) => inTests(file) || file in rawSql,
    breaks: isSql,
  },
  { problem: 'the time comes from the clock', except: (file) => inTests(file) || file === 'src/platform/clock.ts', breaks: readsTheTime },
  {
    problem: 'console is for src/cli; elsewhere there is the log',
    except: (file) => inTests(file) || outside(/^src\/cli\//)(file),
    breaks: (node) => ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'console',
  },
  { problem: 'any switches the types off', except: nowhere, breaks: (node) => node.kind === ts.SyntaxKind.AnyKeyword },
  {
    problem: 'a test that is skipped or alone is no test',
    except: (file) => !inTests(file) || file === 'test/support/redis.ts',
    breaks: skipsTests,
  },
];

/** Comments that switch a check off. */
const silencers = /@ts-(ignore|expect-error|nocheck)|eslint-disable|biome-ignore|v8 ignore|istanbul ignore/;

/** `models`: the accessors of Prisma's models, such as `stepRun`. */
export function lineBreaches(sources: readonly Source[], models: ReadonlySet<string>): Breach[] {
  return sources.flatMap((source) => {
    const asked = rules.filter((rule) => !rule.except(source.path));
    const found: Breach[] = [];
    walk(source.tree, (node) => {
      for (const rule of asked)
        if (rule.breaks(node, models)) found.push({ path: source.path, line: lineOf(source.tree, node), problem: rule.problem });
    });
    return [...found, ...silenced(source), ...workAtImport(source)];
  });
}

function member(node: ts.Node, object: string, name: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) && node.name.text === name && ts.isIdentifier(node.expression) && node.expression.text === object
  );
}

function constructs(node: ts.Node, name: string): boolean {
  if (!ts.isNewExpression(node)) return false;
  const made = node.expression;
  return (ts.isIdentifier(made) && made.text === name) || (ts.isPropertyAccessExpression(made) && made.name.text === name);
}

/** `<anything>.<model>.<write>(...)`. */
function isPrismaWrite(node: ts.Node, models: ReadonlySet<string>): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression, name } = node.expression;
  return writes.has(name.text) && ts.isPropertyAccessExpression(expression) && models.has(expression.name.text);
}

/** Whether raw SQL stands in a file. */
export function holdsSql(source: Source): boolean {
  let found = false;
  walk(source.tree, (node) => {
    found ||= isSql(node);
  });
  return found;
}

function isSql(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) && /^\$(query|execute)Raw/.test(node.name.text)) return true;
  if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) return sql.test(node.text);
  return false;
}

function readsTheTime(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return constructs(node, 'Date') && (node.arguments?.length ?? 0) === 0;
  return (
    ts.isCallExpression(node) &&
    (member(node.expression, 'Date', 'now') || (ts.isIdentifier(node.expression) && node.expression.text === 'Date'))
  );
}

function skipsTests(node: ts.Node): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    ['test', 'it', 'describe'].includes(node.expression.text) &&
    ['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails'].includes(node.name.text)
  );
}

function silenced(source: Source): Breach[] {
  return comments(source.tree).flatMap(({ text, line }) =>
    silencers.test(text) ? [{ path: source.path, line, problem: 'a comment switches a check off' }] : [],
  );
}

function comments(tree: ts.SourceFile): { text: string; line: number }[] {
  const found = new Map<number, { text: string; line: number }>();
  const look = (node: ts.Node): void => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(tree.text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(tree.text, node.getEnd()) ?? []),
    ])
      found.set(range.pos, { text: tree.text.slice(range.pos, range.end), line: tree.getLineAndCharacterOfPosition(range.pos).line + 1 });
  };
  look(tree);
  walk(tree, look);
  look(tree.endOfFileToken);
  return [...found.values()];
}

/** Files that are started, not imported: the mains, the sandbox's child process, generators, configuration and tests. */
const started = /(^|[/.])main\.ts$|^schema\/print\.ts$|^src\/platform\/sandbox\/child\.ts$|^prisma\/|^test\/|^[^/]+\.ts$/;
const worldly =
  /^(node:(fs|fs\/promises|child_process|net|http|https|worker_threads|readline)|pg|ioredis|bullmq|#platform\/db\/database|#platform\/redis\/.*)$/;
/** Types and fields register themselves at the builder, by what the schema itself offers. */
const ofTheSchema = /^(#schema\/|\.\/)/;
const worldlyGlobals = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch']);

/** Importing does nothing: at the top of a file there are declarations, and in the schema registrations at its builder. */
function workAtImport(source: Source): Breach[] {
  if (started.test(source.path)) return [];
  const names = importedNames(source.tree, worldly);
  for (const name of worldlyGlobals) names.add(name);
  const registrars = layerOf(source.path) === 'schema' ? importedNames(source.tree, ofTheSchema).add('builder') : new Set<string>();
  const found: Breach[] = [];
  const breach = (node: ts.Node, problem: string) => found.push({ path: source.path, line: lineOf(source.tree, node), problem });
  for (const statement of source.tree.statements) {
    if (ts.isExpressionStatement(statement) && !registrars.has(rootOf(statement.expression) ?? ''))
      breach(statement, 'importing a file does no work: a statement at the top');
    else if (!declares(statement)) breach(statement, 'importing a file does no work: a statement at the top');
    else if (ts.isVariableStatement(statement))
      now(statement, (node) => {
        if (ts.isAwaitExpression(node)) breach(node, 'importing a file does no work: it awaits');
        else if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && names.has(rootOf(node.expression) ?? ''))
          breach(node, 'importing a file does no work: it reaches the world');
      });
  }
  return found;
}

function declares(statement: ts.Statement): boolean {
  return (
    ts.isExpressionStatement(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isExportAssignment(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isModuleDeclaration(statement)
  );
}

/** Visits what runs while the file is imported: not the bodies of functions. */
function now(node: ts.Node, visit: (node: ts.Node) => void): void {
  node.forEachChild((child) => {
    visit(child);
    if (!ts.isFunctionLike(child)) now(child, visit);
  });
}

/** `builder` of `builder.queryField(...).and(...)`. */
function rootOf(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression) || ts.isAwaitExpression(expression))
    return rootOf(expression.expression);
  return undefined;
}

/** The names under which a file knows what it imports from such modules. */
function importedNames(tree: ts.SourceFile, from: RegExp): Set<string> {
  const names = new Set<string>();
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier) || !from.test(statement.moduleSpecifier.text))
      continue;
    const clause = statement.importClause;
    if (clause?.name !== undefined) names.add(clause.name.text);
    if (clause?.namedBindings === undefined) continue;
    if (ts.isNamespaceImport(clause.namedBindings)) names.add(clause.namedBindings.name.text);
    else for (const element of clause.namedBindings.elements) names.add(element.name.text);
  }
  return names;
}

import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { type FieldProblem, InvalidInputError } from '#domain/errors';
import { parseInput } from '#domain/input';
import type { Line } from './rule.spec.js';

/** Rules of one import. */
export const mostRows = 1_000;
/** As many as a reader takes in. */
export const mostProblems = 20;
/** Longest document, in bytes of UTF-8. */
const mostBytes = 1_000_000;

/** What a column of a table of rules holds. */
export type RuleColumn =
  | 'key'
  | 'name'
  | 'recordType'
  | 'trigger'
  | 'position'
  | 'expressions'
  | 'condition'
  | 'actions'
  | 'description'
  | 'app'
  | 'enabled'
  | 'disabled';

/** How the columns are called, also where the rules come from. */
const columns: Readonly<Record<string, RuleColumn>> = {
  key: 'key',
  name: 'name',
  record_type: 'recordType',
  recordtype: 'recordType',
  rulable_type: 'recordType',
  generic: 'recordType',
  trigger: 'trigger',
  position: 'position',
  expressions: 'expressions',
  condition: 'condition',
  actions: 'actions',
  description: 'description',
  app: 'app',
  app_offering: 'app',
  app_offering_reference: 'app',
  enabled: 'enabled',
  disabled: 'disabled',
};
/** What others know of a rule and nobody can give. */
const ignored: ReadonlySet<string> = new Set([
  'id',
  'number',
  'node_id',
  'nodeid',
  'account',
  'created_at',
  'updated_at',
  'description_html',
  'actions_html',
]);

/** A row of the table. */
export interface RuleRow {
  /** Where it stands, the header being 1, however many lines its texts have; in JSON the first one is 1. */
  readonly row: number;
  readonly cells: Partial<Readonly<Record<RuleColumn, string>>>;
  /** What JSON says as a list, instead of in a cell. */
  readonly lists: Partial<Readonly<Record<'expressions' | 'actions', readonly Line[]>>>;
}

export interface RuleTable {
  readonly rows: readonly RuleRow[];
  /** How the document calls each of its columns. */
  readonly headers: Partial<Readonly<Record<RuleColumn, string>>>;
}

export const tableFormats = ['CSV', 'TSV', 'JSON'] as const;
export type TableFormat = (typeof tableFormats)[number];

const fault = (code: string, message: string, path: readonly string[] = [], place: { line?: number } = {}): FieldProblem => ({
  path: ['document', ...path],
  message,
  code,
  ...(place.line === undefined ? {} : { line: place.line, column: 1 }),
});

/**
 * A cell that a program for tables takes for a text, whatever it says: what looks like the beginning of a formula would be one, and would
 * act in the name of who opens the table (https://owasp.org/www-community/attacks/CSV_Injection). {@link bareCell} takes it back.
 */
export function guardedCell(text: string): string {
  return /^'*[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
}

function bareCell(text: string): string {
  return /^'+[=+\-@\t\r\n]/.test(text) ? text.slice(1) : text;
}

/** Reads a table of rules. Throws InvalidInputError (`document`). */
export function readTable(format: TableFormat, document: string): RuleTable {
  if (Buffer.byteLength(document) > mostBytes)
    throw new InvalidInputError([fault('TOO_LONG', `A document has at most ${mostBytes} bytes.`)]);
  return format === 'JSON' ? readObjects(document) : readCells(format, document);
}

function readCells(format: 'CSV' | 'TSV', document: string): RuleTable {
  const [header = [], ...rows] = readRecords(format, document);
  if (header.length === 0) throw new InvalidInputError([fault('REQUIRED', 'The first row names the columns.')]);
  assertFew(rows);
  const problems: FieldProblem[] = [];
  const { known, headers } = readHeader(header, '1', problems);
  if (headers.name === undefined) problems.push(fault('REQUIRED', 'There is no column for the name.', ['1', 'name']));
  if (problems.length > 0) throw new InvalidInputError(problems);
  return {
    headers,
    rows: rows.map((cells, index) => ({
      row: index + 2,
      cells: Object.fromEntries(known.flatMap((column, place) => (column === undefined ? [] : [[column, bareCell(cells[place] ?? '')]]))),
      lists: {},
    })),
  };
}

function assertFew(rows: readonly unknown[]): void {
  if (rows.length > mostRows) throw new InvalidInputError([fault('TOO_LONG', `A document has at most ${mostRows} rules.`)]);
}

interface Header {
  readonly known: readonly (RuleColumn | undefined)[];
  readonly headers: RuleTable['headers'];
}

/** What the names of columns mean; those that nobody knows, or that say the same, are problems. */
function readHeader(header: readonly string[], row: string, problems: FieldProblem[]): Header {
  const headers: Partial<Record<RuleColumn, string>> = {};
  const known = header.map((name) => {
    const meaning = name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s./-]+/g, '_');
    const column = Object.hasOwn(columns, meaning) ? columns[meaning] : undefined;
    if (column === undefined && !ignored.has(meaning))
      problems.push(fault('UNKNOWN_FIELD', `There is no column ${JSON.stringify(name)}.`, [row, name]));
    if (column !== undefined && headers[column] !== undefined)
      problems.push(
        fault('DUPLICATE', `The columns ${JSON.stringify(headers[column])} and ${JSON.stringify(name)} are the same.`, [row, name]),
      );
    if (column !== undefined) headers[column] = name;
    return column;
  });
  return { known, headers };
}

const cell = z
  .union([z.string(), z.number(), z.boolean()])
  .nullable()
  .transform((value) => String(value ?? ''));
/** As the API that they come from answers it. */
const appCell = z.union([cell, z.looseObject({ reference: z.string().nullable() }).transform(({ reference }) => reference ?? '')]);
const list = z.array(z.strictObject({ name: z.string(), value: z.string() }));
const objects = z.strictObject({ document: z.array(z.record(z.string(), z.unknown())) });
const isLines = (column: RuleColumn | undefined): column is 'expressions' | 'actions' => column === 'expressions' || column === 'actions';

/** Rules as objects, whose names are those of the columns. */
function readObjects(text: string): RuleTable {
  const { document } = parseInput(objects, { document: jsonOf(text) });
  assertFew(document);
  const problems: FieldProblem[] = [];
  const rows = document.map((object, index): RuleRow => {
    const row = String(index + 1);
    const entries = Object.entries(object);
    const { known, headers } = readHeader(Object.keys(object), row, problems);
    if (headers.name === undefined) problems.push(fault('REQUIRED', 'A rule has a name.', [row, 'name']));
    const cells: Partial<Record<RuleColumn, string>> = {};
    const lists: Partial<Record<'expressions' | 'actions', readonly Line[]>> = {};
    for (const [place, column] of known.entries()) {
      const [name = '', value] = entries[place] ?? [];
      if (column === undefined) continue;
      const asList = isLines(column) && Array.isArray(value) ? list.safeParse(value) : null;
      const asCell = (column === 'app' ? appCell : cell).safeParse(value);
      if (isLines(column) && asList?.success === true) lists[column] = asList.data;
      else if (asCell.success) cells[column] = asCell.data;
      else problems.push(fault('INVALID', 'This is a text; expressions and actions are also lists of `{ name, value }`.', [row, name]));
    }
    return { row: index + 1, cells, lists };
  });
  if (problems.length > 0) throw new InvalidInputError(problems.slice(0, mostProblems));
  return { headers: {}, rows };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidInputError([fault('SYNTAX', `This is no JSON: ${error.message}`)]);
  }
}

function readRecords(format: 'CSV' | 'TSV', document: string): string[][] {
  try {
    return parse(document, {
      bom: true,
      delimiter: format === 'CSV' ? ',' : '\t',
      recordDelimiter: ['\r\n', '\n', '\r'],
      skipEmptyLines: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as { readonly lines?: unknown };
    throw new InvalidInputError([fault('SYNTAX', error.message, [], typeof lines === 'number' ? { line: lines } : {})]);
  }
}

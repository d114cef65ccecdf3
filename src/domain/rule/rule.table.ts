import { CsvError } from 'csv-parse/sync';
import { parse } from 'csv-parse/sync';
import { type FieldProblem, InvalidInputError } from '#domain/errors';

/** Rules of one import. */
const mostRows = 1_000;
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
  /** Where it stands, the header being 1, however many lines its texts have. */
  readonly row: number;
  readonly cells: Partial<Readonly<Record<RuleColumn, string>>>;
}

export interface RuleTable {
  readonly rows: readonly RuleRow[];
  /** How the document calls each of its columns. */
  readonly headers: Partial<Readonly<Record<RuleColumn, string>>>;
}

export type TableFormat = 'CSV' | 'TSV';

const fault = (code: string, message: string, path: readonly string[] = [], place: { line?: number } = {}): FieldProblem => ({
  path: ['document', ...path],
  message,
  code,
  ...(place.line === undefined ? {} : { line: place.line, column: 1 }),
});

/** Reads a table of rules. Throws InvalidInputError (`document`). */
export function readTable(format: TableFormat, document: string): RuleTable {
  if (Buffer.byteLength(document) > mostBytes)
    throw new InvalidInputError([fault('TOO_LONG', `A document has at most ${mostBytes} bytes.`)]);
  const [header = [], ...rows] = readRecords(format, document);
  if (header.length === 0) throw new InvalidInputError([fault('REQUIRED', 'The first row names the columns.')]);
  if (rows.length > mostRows) throw new InvalidInputError([fault('TOO_LONG', `A document has at most ${mostRows} rules.`)]);
  const meanings = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s./-]+/g, '_'),
  );
  const headers: Partial<Record<RuleColumn, string>> = {};
  const problems: FieldProblem[] = [];
  const known = meanings.map((meaning, index) => {
    const name = header[index] ?? '';
    const column = Object.hasOwn(columns, meaning) ? columns[meaning] : undefined;
    if (column === undefined && !ignored.has(meaning))
      problems.push(fault('UNKNOWN_FIELD', `There is no column ${JSON.stringify(name)}.`, ['1', name]));
    if (column !== undefined && headers[column] !== undefined)
      problems.push(
        fault('DUPLICATE', `The columns ${JSON.stringify(headers[column])} and ${JSON.stringify(name)} are the same.`, ['1', name]),
      );
    if (column !== undefined) headers[column] = name;
    return column;
  });
  if (headers.name === undefined) problems.push(fault('REQUIRED', 'There is no column for the name.', ['1', 'name']));
  if (problems.length > 0) throw new InvalidInputError(problems);
  return {
    headers,
    rows: rows.map((cells, index) => ({
      row: index + 2,
      cells: Object.fromEntries(known.flatMap((column, place) => (column === undefined ? [] : [[column, cells[place] ?? '']]))),
    })),
  };
}

function readRecords(format: TableFormat, document: string): string[][] {
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

import { DomainError, type FieldProblem, InvalidInputError } from '#domain/errors';
import { parseInput } from '#domain/input';
import { createInput, updateInput } from './rule.input.js';
import type { Shape } from './rule.spec.js';
import { type RuleColumn, type RuleRow, type RuleTable, mostProblems } from './rule.table.js';

/** What a row says; what it says nothing of is undefined. */
export interface RowInput {
  readonly key: string | undefined;
  readonly name: string;
  readonly recordType: string | undefined;
  readonly trigger: string | undefined;
  readonly expressions: Shape | undefined;
  readonly condition: string | undefined;
  readonly actions: Shape | undefined;
  readonly description: string | undefined;
  readonly position: number | undefined;
  readonly enabled: boolean | undefined;
}

/** What is wrong with one cell of a row. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
  readonly column: RuleColumn;
  readonly code: string;

  constructor(column: RuleColumn, code: string, message: string) {
    super(message);
    this.column = column;
    this.code = code;
  }
}

/** What is wrong with the rows of a table: all is told at once. */
export class RowProblems {
  readonly #headers: RuleTable['headers'];
  readonly #found: FieldProblem[] = [];

  constructor({ headers }: RuleTable) {
    this.#headers = headers;
  }

  /** Answers null when something was wrong. */
  attempt<Result>(row: number, act: () => Result): Result | null {
    try {
      return act();
    } catch (error) {
      if (error instanceof RowFault) this.#add(row, { path: [error.column], code: error.code, message: error.message });
      else if (error instanceof InvalidInputError) for (const field of error.fields) this.#add(row, field);
      else if (error instanceof DomainError) this.#add(row, { path: ['name'], code: error.code, message: error.message });
      else throw error;
      return null;
    }
  }

  #add(row: number, field: FieldProblem): void {
    if (this.#found.length >= mostProblems) return;
    const [column = 'name'] = field.path;
    const name = this.#headers[column as RuleColumn] ?? column;
    this.#found.push({ ...field, path: ['document', String(row), name], message: `Row ${row}, ${name}: ${field.message}` });
  }

  /** Throws InvalidInputError. */
  throwAny(): void {
    if (this.#found.length > 0) throw new InvalidInputError(this.#found);
  }
}

/** Decodes a row. One for a rule that is there needs no more than its name. Throws InvalidInputError and {@link RowFault}. */
export function rowInput({ cells, lists }: RuleRow, isThere: boolean): RowInput {
  const lines = (block: 'expressions' | 'actions') => {
    const [list, text] = [lists[block], cells[block]];
    if (list !== undefined) return { list: [...list] };
    return text === undefined ? undefined : { text };
  };
  const { name, recordType, trigger, condition, description } = cells;
  const trimmed = recordType?.trim();
  const fields = {
    name,
    recordType: trimmed,
    trigger,
    condition,
    description,
    expressions: lines('expressions'),
    actions: lines('actions'),
    position: wholeNumber(cells.position),
  };
  const key = cells.key?.trim() === '' ? undefined : cells.key?.trim();
  const decoded = isThere
    ? parseInput(updateInput, fields)
    : parseInput(createInput, { ...fields, key, workspaceId: '00000000-0000-0000-0000-000000000000' });
  const { expressions, actions, position } = decoded;
  if (decoded.name == null) throw new RowFault('name', 'REQUIRED', 'A rule has a name.');
  return {
    key,
    name: decoded.name,
    recordType: trimmed,
    trigger,
    condition,
    description,
    expressions: expressions ?? undefined,
    actions: actions ?? undefined,
    position: position ?? undefined,
    enabled: flag('enabled', cells.enabled) ?? not(flag('disabled', cells.disabled)),
  };
}

const not = (value: boolean | undefined) => (value === undefined ? undefined : !value);

function wholeNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return undefined;
  if (!/^\d{1,15}$/.test(trimmed)) throw new RowFault('position', 'FORMAT', 'A position is a whole number from 0.');
  return Number(trimmed);
}

const words: Readonly<Record<string, boolean>> = { true: true, yes: true, '1': true, false: false, no: false, '0': false };

function flag(column: 'enabled' | 'disabled', text: string | undefined): boolean | undefined {
  const trimmed = text?.trim().toLowerCase() ?? '';
  if (trimmed === '') return undefined;
  const value = Object.hasOwn(words, trimmed) ? words[trimmed] : undefined;
  if (value === undefined) throw new RowFault(column, 'FORMAT', 'This is true or false.');
  return value;
}

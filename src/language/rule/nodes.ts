import type { IToken } from 'chevrotain';
import { compilePattern } from './pattern.js';
import { type Part, readQuoted, splitSlots } from './quoted.js';
import { RuleFault } from './rule-error.js';
import {
  type Action,
  type ChainLevel,
  type ChainOperator,
  type CompareOperator,
  compareOperators,
  type DurationNode,
  type Expression,
  type Field,
  type Index,
  type Slot,
  type Step,
  type Unit,
  units,
} from './syntax.js';
import { literals, words } from './tokens.js';

/** What the reading of a rule may still cost. */
export interface Budget {
  /** Each is prepared when the rule is read. */
  patterns: number;
  /** Words and signs, each of which takes the parser some microseconds. */
  words: number;
}

export const maxPatterns = 20;
export const maxWords = 10_000;

/** Where the tokens that are being read come from. */
export interface Source {
  /** From an offset in the tokens' text to one in the block. */
  readonly offsetOf: (index: number) => number;
  /** Reads a slot of a quoted text; null where texts have none. */
  readonly readSlot: ((part: Exclude<Part, string>) => Expression) | null;
  readonly budget: Budget;
}

const isUnit = (text: string): text is Unit => (units as readonly string[]).includes(text);
/** What somebody may take for units: rules are due to the minute. */
const finer: ReadonlySet<string> = new Set(['second', 'millisecond']);
const isCompareOperator = (text: string): text is CompareOperator => (compareOperators as readonly string[]).includes(text);
/** The methods that take patterns. */
const withPatterns = new Set(['split', 'replace']);

/** Makes the tree of what the grammar has read. */
export class ExpressionNodes {
  source: Source = { offsetOf: (index) => index, readSlot: null, budget: { patterns: maxPatterns, words: maxWords } };

  offsetOf(token: IToken): number {
    return Number.isNaN(token.startOffset) ? 0 : this.source.offsetOf(token.startOffset);
  }

  quoted(token: IToken): string {
    return this.#read(token).text;
  }

  literal(token: IToken): Expression {
    const at = this.offsetOf(token);
    switch (token.tokenType) {
      case words.True:
        return { type: 'literal', at, value: true };
      case words.False:
        return { type: 'literal', at, value: false };
      case words.Nil:
        return { type: 'literal', at, value: null };
      case literals.NumberLiteral: {
        const value = Number(token.image);
        if (!Number.isFinite(value)) throw new RuleFault('SYNTAX', 'The number is too large.', at);
        return { type: 'literal', at, value };
      }
      case literals.Pattern: {
        this.source.budget.patterns--;
        if (this.source.budget.patterns < 0) throw new RuleFault('TOO_LONG', `A rule has at most ${String(maxPatterns)} patterns.`, at);
        const source = token.image.slice(1, -1);
        compilePattern(source, at);
        return { type: 'pattern', at, source };
      }
      default:
        return this.#text(token, at);
    }
  }

  #read(token: IToken) {
    const { offsetOf } = this.source;
    return readQuoted(token.image, (index) => offsetOf(token.startOffset + index));
  }

  #text(token: IToken, at: number): Expression {
    const quoted = this.#read(token);
    const { readSlot } = this.source;
    if (readSlot === null) return { type: 'literal', at, value: quoted.text };
    const parts = splitSlots(quoted);
    const [only] = parts;
    if (parts.length === 1 && typeof only === 'string') return { type: 'literal', at, value: only };
    return {
      type: 'text',
      at,
      parts: parts.map((part): string | Slot => (typeof part === 'string' ? part : { mention: part.mention, value: readSlot(part) })),
    };
  }

  position(token: IToken): number {
    const value = Number(token.image);
    if (!Number.isInteger(value)) throw new RuleFault('SYNTAX', 'A position is a whole number.', this.offsetOf(token));
    if (value === 0) throw new RuleFault('TYPE', 'Positions count from 1.', this.offsetOf(token));
    if (!Number.isSafeInteger(value)) throw new RuleFault('SYNTAX', 'The number is too large.', this.offsetOf(token));
    return value;
  }

  name(token: IToken, args: readonly Expression[] | null): Expression {
    const at = this.offsetOf(token);
    if (args === null) return { type: 'name', at, name: token.image };
    this.#refusePatterns(args);
    return { type: 'call', at, name: token.image, args };
  }

  list(open: IToken, items: readonly Expression[]): Expression {
    this.#refusePatterns(items);
    return { type: 'list', at: this.offsetOf(open), items };
  }

  member(name: IToken, args: readonly Expression[] | null): Step {
    const at = this.offsetOf(name);
    const isFunction = name.tokenType === literals.Predicate;
    if (args !== null && !withPatterns.has(name.image)) this.#refusePatterns(args);
    return args === null && !isFunction
      ? { type: 'field', at, name: name.image }
      : { type: 'method', at, name: name.image, args: args ?? [] };
  }

  index(open: IToken, index: Index): Step {
    return { type: 'index', at: this.offsetOf(open), index };
  }

  /** A number with the name of a unit behind it is a duration. */
  path(first: Expression, steps: readonly Step[]): Expression {
    if (steps.length === 0) return first;
    this.#refusePatterns([first]);
    const [unit, from] = steps;
    if (first.type !== 'literal' || typeof first.value !== 'number' || unit?.type !== 'field')
      return { type: 'path', at: first.at, first, steps };
    const name = unit.name.endsWith('s') ? unit.name.slice(0, -1) : unit.name;
    if (finer.has(name))
      throw new RuleFault('TYPE', `There is no duration in ${name}s: the units are ${units.map((one) => `${one}s`).join(', ')}.`, first.at);
    if (!isUnit(name)) return { type: 'path', at: first.at, first, steps };
    if ((name === 'month' || name === 'year') && !Number.isInteger(first.value))
      throw new RuleFault('TYPE', 'Months and years are counted in whole numbers.', first.at);
    const isMoment = from?.type === 'field' && (from.name === 'ago' || from.name === 'from_now');
    const duration: DurationNode = {
      type: 'duration',
      at: first.at,
      amount: first.value,
      unit: name,
      from: isMoment ? (from.name === 'ago' ? 'ago' : 'from_now') : null,
    };
    const rest = steps.slice(isMoment ? 2 : 1);
    return rest.length === 0 ? duration : { type: 'path', at: first.at, first: duration, steps: rest };
  }

  unary(operator: 'not' | '-', token: IToken, operand: Expression): Expression {
    this.#refusePatterns([operand]);
    return { type: 'unary', at: this.offsetOf(token), operator, operand };
  }

  chain(level: ChainLevel, first: Expression, rest: readonly { readonly operator: string; readonly right: Expression }[]): Expression {
    if (rest.length === 0) return first;
    this.#refusePatterns([first, ...rest.map(({ right }) => right)]);
    return {
      type: 'chain',
      at: first.at,
      level,
      first,
      rest: rest.map(({ operator, right }) => ({ operator: operator as ChainOperator, right })),
    };
  }

  compare(left: Expression, token: IToken, right: Expression): Expression {
    const operator = token.image;
    this.#refusePatterns(operator === '=~' ? [left] : [left, right]);
    if (!isCompareOperator(operator)) throw new RuleFault('SYNTAX', `${operator} compares nothing.`, this.offsetOf(token));
    if (operator === '=~' && right.type !== 'pattern')
      throw new RuleFault('SYNTAX', 'To the right of =~ stands a pattern: /a+/.', right.at);
    return { type: 'compare', at: left.at, operator, left, right };
  }

  ternary(test: Expression, then: Expression, otherwise: Expression): Expression {
    this.#refusePatterns([test, then, otherwise]);
    return { type: 'ternary', at: test.at, test, then, otherwise };
  }

  /** A pattern is no value of its own. */
  #refusePatterns(nodes: readonly Expression[]): void {
    const pattern = nodes.find((node) => node.type === 'pattern');
    if (pattern !== undefined) throw new RuleFault('SYNTAX', 'A pattern stands to the right of =~, or in split and replace.', pattern.at);
  }
}

export class ActionNodes {
  readonly #nodes: ExpressionNodes;

  constructor(nodes: ExpressionNodes) {
    this.#nodes = nodes;
  }

  delay(after: IToken, delay: Expression, rule: IToken): Action {
    if (delay.type !== 'duration' || delay.from !== null)
      throw new RuleFault('SYNTAX', 'After “after” stands a duration: 2.days.', this.#nodes.offsetOf(after));
    return { type: 'delay', delay, rule: this.#nodes.quoted(rule) };
  }

  webhook(webhook: IToken, payload: IToken | null): Action {
    return {
      type: 'webhook',
      webhook: this.#nodes.quoted(webhook),
      payload:
        payload === null
          ? null
          : this.#nodes
              .quoted(payload)
              .split(/[\s,]+/)
              .filter((name) => name !== ''),
      payloadAt: this.#nodes.offsetOf(payload ?? webhook),
    };
  }

  field(first: IToken, names: readonly string[]): Field {
    return { at: this.#nodes.offsetOf(first), names };
  }
}

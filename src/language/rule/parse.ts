import { type IToken, Lexer } from 'chevrotain';
import { Fault } from '#language/language-error';
import { RuleGrammar } from './grammar.js';
import { ActionNodes, ExpressionNodes, type Budget, maxPatterns, maxWords, type Source } from './nodes.js';
import { maxErrors, type RuleError, ruleError, RuleFault } from './rule-error.js';
import type { Block, Expression, NamedAction, NamedExpression, Rule, RuleText, Trigger } from './syntax.js';
import { literals, tokenTypes } from './tokens.js';
import { parseTrigger } from './trigger.js';
import { printRule } from './print.js';

/** Longest text of a block, in bytes of UTF-8. */
export const maxBlock = 65_536;
/** Most expressions, and most actions, of a rule. */
export const maxLines = 1_000;

export type Parsed<Tree> = { readonly ok: true; readonly tree: Tree } | { readonly ok: false; readonly errors: readonly RuleError[] };

interface Machine {
  readonly lexer: Lexer;
  readonly nodes: ExpressionNodes;
  readonly grammar: RuleGrammar;
  /** Reads what stands in slots while the other one is in the middle of an action. */
  readonly slotNodes: ExpressionNodes;
  readonly slotGrammar: RuleGrammar;
}

let machine: Machine | undefined;

/** Made once, on the first rule: the analysis of the grammar takes some milliseconds. */
function theMachine(): Machine {
  if (machine !== undefined) return machine;
  const nodes = new ExpressionNodes();
  const slotNodes = new ExpressionNodes();
  machine = {
    lexer: new Lexer(tokenTypes, { positionTracking: 'onlyOffset' }),
    nodes,
    grammar: new RuleGrammar(nodes, new ActionNodes(nodes)),
    slotNodes,
    slotGrammar: new RuleGrammar(slotNodes, new ActionNodes(slotNodes)),
  };
  return machine;
}

/** Reads a rule. What needs the types of records to be known is left to `checkRule`. */
export function parseRule(text: RuleText): Parsed<Rule> {
  const errors: RuleError[] = [];
  const budget: Budget = { patterns: maxPatterns, words: maxWords };
  const read = <Result>(block: Block, parse: (failed: (error: unknown) => void) => Result): Result | null => {
    const failed = (error: unknown) => {
      if (!(error instanceof RuleFault) && !(error instanceof Fault)) throw error;
      if (errors.length < maxErrors) errors.push(ruleError(block, text, error));
    };
    try {
      return parse(failed);
    } catch (error) {
      failed(error);
      return null;
    }
  };
  const trigger = read<Trigger>('trigger', () => parseTrigger(text.trigger));
  const expressions = read('expressions', (failed) => {
    const found: NamedExpression[] = [];
    for (const tokens of linesOf(text.expressions, 'expressions', budget)) {
      attempt(failed, () => {
        const { nodes, grammar } = theMachine();
        nodes.source = { offsetOf: (index) => index, readSlot: null, budget };
        const { name, value } = parseWith(grammar, tokens, () => grammar.namedExpression());
        found.push({ name: name.image, at: name.startOffset, value });
      });
      if (errors.length >= maxErrors) break;
    }
    for (const fault of duplicates(found.map(({ name, at }) => ({ name, at })))) failed(fault);
    return found;
  });
  const condition = read('condition', () => {
    const tokens = lex(text.condition, budget).filter((token) => token.tokenType !== literals.Newline);
    return tokens.length === 0 ? null : parseTokens(tokens, { offsetOf: (index) => index, readSlot: null, budget });
  });
  const actions = read('actions', (failed) => {
    const found: NamedAction[] = [];
    for (const tokens of linesOf(text.actions, 'actions', budget)) {
      attempt(failed, () => {
        const { nodes, grammar } = theMachine();
        nodes.source = { offsetOf: (index) => index, readSlot: ({ inside }) => parseSlot(inside, budget), budget };
        const { label, action } = parseWith(grammar, tokens, () => grammar.namedAction());
        found.push({ label: label.image, at: label.startOffset, action });
      });
      if (errors.length >= maxErrors) break;
    }
    for (const fault of duplicates(found.map(({ label, at }) => ({ name: label, at })))) failed(fault);
    return found;
  });
  if (errors.length > 0 || trigger === null || expressions === null || actions === null) return { ok: false, errors };
  return { ok: true, tree: { text, trigger, expressions, condition, actions } };
}

/** The same rule as the printer writes it; errors where it cannot be read. */
export function formatRule(text: RuleText): Parsed<RuleText> {
  const parsed = parseRule(text);
  return parsed.ok ? { ok: true, tree: printRule(parsed.tree) } : parsed;
}

/** The words and signs of a text that need not be right. `start` is where it stands in its block. */
export function looseTokens(text: string, start = 0): readonly IToken[] {
  const { tokens } = theMachine().lexer.tokenize(text);
  for (const token of tokens) token.startOffset += start;
  return tokens;
}

/** Some words and signs as an expression; null where they are none. */
export function expressionOf(tokens: readonly IToken[], budget: Budget): Expression | null {
  budget.words -= tokens.length;
  if (budget.words < 0) return null;
  const { slotNodes, slotGrammar } = theMachine();
  slotNodes.source = { offsetOf: (index) => index, readSlot: null, budget };
  try {
    return parseWith(slotGrammar, [...tokens], () => slotGrammar.expression());
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    return null;
  }
}

function attempt(failed: (error: unknown) => void, act: () => void): void {
  try {
    act();
  } catch (error) {
    failed(error);
  }
}

function lex(text: string, budget: Budget): IToken[] {
  // Half a million bytes need not be counted to be too many.
  if (text.length > maxBlock || new TextEncoder().encode(text).length > maxBlock)
    throw new RuleFault('TOO_LONG', `The text is longer than ${String(maxBlock)} bytes.`, 0);
  const { tokens, errors } = theMachine().lexer.tokenize(text);
  const [error] = errors;
  const open = tokens.at(-1)?.tokenType === literals.OpenText ? tokens.at(-1) : undefined;
  if (error !== undefined && (open === undefined || error.offset < open.startOffset))
    throw new SourceFault(
      'SYNTAX',
      `${JSON.stringify(String.fromCodePoint(text.codePointAt(error.offset) ?? 0))} has no meaning here.`,
      error.offset,
    );
  if (open !== undefined)
    throw new SourceFault('SYNTAX', `The text that opens with ${open.image.charAt(0)} is not closed.`, open.startOffset);
  budget.words -= tokens.length;
  if (budget.words < 0) throw new RuleFault('TOO_LONG', `A rule has at most ${String(maxWords)} words and signs.`, 0);
  return tokens;
}

/** The lines of a block that hold something. A quoted text may go over several. */
function linesOf(text: string, block: 'expressions' | 'actions', budget: Budget): readonly IToken[][] {
  const lines: IToken[][] = [];
  let line: IToken[] = [];
  for (const token of lex(text, budget)) {
    if (token.tokenType !== literals.Newline) {
      if (line.length === 0) lines.push(line);
      line.push(token);
    } else line = [];
  }
  if (lines.length > maxLines)
    throw new RuleFault('TOO_LONG', `A rule has at most ${String(maxLines)} ${block}.`, lines[maxLines]?.[0]?.startOffset ?? 0);
  return lines;
}

function parseTokens(tokens: IToken[], source: Source): Expression {
  const { nodes, grammar } = theMachine();
  nodes.source = source;
  return parseWith(grammar, tokens, () => grammar.expression());
}

/** To begin a slot costs as much as some words. */
const wordsOfSlot = 20;

function parseSlot(inside: { readonly text: string; readonly offsets: readonly number[] }, budget: Budget): Expression {
  const { slotNodes, slotGrammar } = theMachine();
  const offsetOf = (index: number) => inside.offsets[index] ?? inside.offsets.at(-1) ?? 0;
  budget.words -= wordsOfSlot;
  slotNodes.source = { offsetOf, readSlot: null, budget };
  try {
    const tokens = lex(inside.text, budget).filter((token) => token.tokenType !== literals.Newline);
    return parseWith(slotGrammar, tokens, () => slotGrammar.expression(), inside.text.length);
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    // Offsets of the tree are mapped already; those of the lexer and the parser are within the slot.
    throw error instanceof SourceFault ? new RuleFault(error.code, error.message, offsetOf(error.at)) : error;
  }
}

/** A fault whose offset is within the text that was read, not yet within the block. */
class SourceFault extends RuleFault {}

function parseWith<Result>(grammar: RuleGrammar, tokens: IToken[], parse: () => Result, end?: number): Result {
  grammar.start(tokens);
  const result = parse();
  const [error] = grammar.errors;
  if (error !== undefined) {
    const last = tokens.at(-1);
    const at = Number.isNaN(error.token.startOffset)
      ? (end ?? (last === undefined ? 0 : last.startOffset + last.image.length))
      : error.token.startOffset;
    throw new SourceFault('SYNTAX', error.message, at);
  }
  return result;
}

function duplicates(names: readonly { readonly name: string; readonly at: number }[]): readonly RuleFault[] {
  const seen = new Set<string>();
  return names.flatMap(({ name, at }) => {
    if (seen.has(name)) return [new RuleFault('DUPLICATE_NAME', `“${name}” is there already.`, at)];
    seen.add(name);
    return [];
  });
}

import { checkExpression } from './check.js';
import type { FunctionName } from './functions.js';
import { Fault } from './language-error.js';
import { lex } from './lexer.js';
import { parseTokens } from './parser.js';
import type { Node } from './syntax.js';

/** Whether there is something to read: a slot, or what is refused. */
export function mayHoldSlots(text: string): boolean {
  return /\{[{%]/.test(text);
}

/** The literal parts of a text and the expressions of its slots, in their order. Throws {@link Fault}. */
export function readSlots(text: string, functions: readonly FunctionName[]): readonly (string | Node)[] {
  const parts: (string | Node)[] = [];
  let literal = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('{', at);
    if (open === -1) break;
    literal += text.slice(at, open);
    if (text.startsWith('{%', open))
      throw new Fault('SYNTAX', "Statements {% … %} are not part of the language; a literal brace is written {{ '{%' }}.", open);
    if (!text.startsWith('{{', open)) {
      literal += '{';
      at = open + 1;
      continue;
    }
    // `{{-` and `-}}` take the white space beside them away, as in Jinja.
    const trimsBefore = text.startsWith('-', open + 2);
    const lexed = lex(text, open + (trimsBefore ? 3 : 2), 'slot');
    const last = lexed.tokens.at(-2);
    const trimsAfter = last?.type === 'symbol' && last.text === '-' && last.at === lexed.end - 3;
    const node = parseTokens(trimsAfter ? { ...lexed, tokens: [...lexed.tokens.slice(0, -2), { type: 'end', at: last.at }] } : lexed);
    checkExpression(node, functions);
    if (trimsBefore) literal = literal.trimEnd();
    if (literal !== '') parts.push(literal);
    parts.push(node);
    literal = '';
    at = lexed.end;
    if (trimsAfter) at += spacesAt(text, at);
  }
  literal += text.slice(at);
  if (literal !== '') parts.push(literal);
  return parts;
}

function spacesAt(text: string, at: number): number {
  const spaces = /\s*/y;
  spaces.lastIndex = at;
  return spaces.exec(text)?.[0].length ?? 0;
}

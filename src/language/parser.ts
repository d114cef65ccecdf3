import { Fault, quoted } from './language-error.js';
import { type Lexed, lex, type Token } from './lexer.js';
import { chainLevels, chainOperators, type Node, type Operator, partsOf } from './syntax.js';

/** Deepest nesting of brackets, signs and conditionals. */
const maxNesting = 64;
/** Longest way from an expression to one of its parts: evaluation and printing recurse that deep. */
const maxDepth = 200;

/** Words that are no names. */
const reserved = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else']);
const constants: ReadonlyMap<string, null | boolean> = new Map([
  ['none', null],
  ['None', null],
  ['null', null],
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
]);

/** Reads an expression that is the whole text. Throws {@link Fault}. */
export function parseExpression(text: string): Node {
  return parseTokens(lex(text, 0, 'whole'));
}

/** Reads the tokens of one expression. Throws {@link Fault}. */
export function parseTokens({ tokens }: Lexed): Node {
  let next = 0;
  let depth = 0;

  const node = conditional();
  const rest = peek();
  if (rest.type !== 'end') throw unexpected(rest);
  refuseDeep(node);
  return node;

  function peek(): Token {
    return tokens[next] ?? { type: 'end', at: 0 };
  }

  function isWord(token: Token | undefined, word: string): boolean {
    return token?.type === 'name' && token.text === word;
  }

  function takeWord(word: string): boolean {
    if (!isWord(peek(), word)) return false;
    next++;
    return true;
  }

  function takeSymbol(symbol: string): boolean {
    const token = peek();
    if (token.type !== 'symbol' || token.text !== symbol) return false;
    next++;
    return true;
  }

  function expectSymbol(symbol: string): void {
    if (!takeSymbol(symbol)) throw unexpected(peek(), `“${symbol}”`);
  }

  function unexpected(token: Token, wanted = 'something else'): Fault {
    const found = token.type === 'end' ? 'the end' : token.type === 'string' ? 'a text' : quoted(token.text);
    return new Fault('SYNTAX', `Found ${found} where ${wanted} was expected.`, token.at);
  }

  function nested(parse: () => Node): Node {
    if (++depth > maxNesting) throw new Fault('TOO_DEEP', `An expression is nested at most ${String(maxNesting)} levels deep.`, peek().at);
    const result = parse();
    depth--;
    return result;
  }

  function conditional(): Node {
    return nested(() => {
      const then = or();
      if (!takeWord('if')) return then;
      const test = or();
      return { type: 'conditional', at: then.at, test, then, otherwise: takeWord('else') ? conditional() : null };
    });
  }

  function or(): Node {
    const first = and();
    const rest: { operator: Operator; right: Node }[] = [];
    while (takeWord('or')) rest.push({ operator: 'or', right: and() });
    return rest.length === 0 ? first : { type: 'chain', at: first.at, level: 'or', first, rest };
  }

  function and(): Node {
    const first = not();
    const rest: { operator: Operator; right: Node }[] = [];
    while (takeWord('and')) rest.push({ operator: 'and', right: not() });
    return rest.length === 0 ? first : { type: 'chain', at: first.at, level: 'and', first, rest };
  }

  function not(): Node {
    const { at } = peek();
    return takeWord('not') ? { type: 'unary', at, operator: 'not', operand: nested(not) } : compare();
  }

  function compare(): Node {
    const first = arithmetic(0);
    const rest: { operator: Operator; right: Node }[] = [];
    for (let operator = comparison(); operator !== null; operator = comparison()) rest.push({ operator, right: arithmetic(0) });
    return rest.length === 0 ? first : { type: 'chain', at: first.at, level: 'compare', first, rest };
  }

  function comparison(): Operator | null {
    if (takeWord('in')) return 'in';
    if (isWord(peek(), 'not') && isWord(tokens[next + 1], 'in')) {
      next += 2;
      return 'not in';
    }
    return symbolOf(chainOperators.compare);
  }

  function symbolOf(operators: readonly Operator[]): Operator | null {
    const token = peek();
    if (token.type !== 'symbol') return null;
    const found = operators.find((operator) => operator === token.text) ?? null;
    if (found !== null) next++;
    return found;
  }

  function arithmetic(tightness: number): Node {
    const level = chainLevels[tightness];
    if (level === undefined) return unary();
    const first = arithmetic(tightness + 1);
    const rest: { operator: Operator; right: Node }[] = [];
    for (let operator = symbolOf(chainOperators[level]); operator !== null; operator = symbolOf(chainOperators[level]))
      rest.push({ operator, right: arithmetic(tightness + 1) });
    return rest.length === 0 ? first : { type: 'chain', at: first.at, level, first, rest };
  }

  function unary(): Node {
    return postfix(signed());
  }

  /** A sign binds before filters: `-1 | abs` is 1. */
  function signed(): Node {
    const { at } = peek();
    for (const operator of ['-', '+'] as const) if (takeSymbol(operator)) return { type: 'unary', at, operator, operand: nested(signed) };
    return members(primary());
  }

  function members(start: Node): Node {
    let node = start;
    for (;;) {
      if (takeSymbol('.')) {
        const token = peek();
        if (token.type !== 'name' && token.type !== 'number') throw unexpected(token, 'a name');
        next++;
        node = {
          type: 'member',
          at: node.at,
          object: node,
          key: { type: 'literal', at: token.at, value: token.type === 'name' ? token.text : token.value },
        };
      } else if (takeSymbol('[')) {
        const key = conditional();
        expectSymbol(']');
        node = { type: 'member', at: node.at, object: node, key };
      } else {
        if (takeSymbol('(')) throw new Fault('SYNTAX', 'Values cannot be called; filters are written after a bar: value | upper', node.at);
        return node;
      }
    }
  }

  function postfix(start: Node): Node {
    let node = start;
    for (;;) {
      if (takeSymbol('|')) {
        const token = peek();
        if (token.type !== 'name') throw unexpected(token, 'the name of a filter');
        next++;
        node = {
          type: 'filter',
          at: token.at,
          input: node,
          name: token.text,
          ...(takeSymbol('(') ? callArguments() : { args: [], named: [] }),
        };
      } else if (takeWord('is')) {
        const negated = takeWord('not');
        const token = peek();
        if (token.type !== 'name') throw unexpected(token, 'the name of a test');
        next++;
        node = { type: 'test', at: token.at, input: node, name: token.text, negated };
      } else return node;
    }
  }

  function callArguments(): { readonly args: readonly Node[]; readonly named: readonly (readonly [string, Node])[] } {
    const args: Node[] = [];
    const named: (readonly [string, Node])[] = [];
    while (!takeSymbol(')')) {
      if (args.length + named.length > 0) expectSymbol(',');
      const token = peek();
      if (token.type === 'name' && isAssignment(tokens[next + 1])) {
        next += 2;
        named.push([token.text, conditional()]);
      } else if (named.length > 0) throw unexpected(token, 'a named argument');
      else args.push(conditional());
    }
    return { args, named };
  }

  function isAssignment(token: Token | undefined): boolean {
    return token?.type === 'symbol' && token.text === '=';
  }

  function primary(): Node {
    const token = peek();
    const { at } = token;
    next++;
    switch (token.type) {
      case 'number':
      case 'string':
        return { type: 'literal', at, value: token.value };
      case 'name': {
        const constant = constants.get(token.text);
        if (constant !== undefined) return { type: 'literal', at, value: constant };
        if (reserved.has(token.text)) throw unexpected(token, 'a value');
        return takeSymbol('(') ? { type: 'call', at, name: token.text, ...callArguments() } : { type: 'name', at, name: token.text };
      }
      case 'symbol':
        if (token.text === '(') {
          const inner = conditional();
          expectSymbol(')');
          return inner;
        }
        if (token.text === '[') return { type: 'list', at, items: items(']', conditional) };
        if (token.text === '{')
          return {
            type: 'object',
            at,
            entries: items('}', () => {
              const key = conditional();
              expectSymbol(':');
              return [key, conditional()] as const;
            }),
          };
        throw unexpected(token, 'a value');
      case 'end':
        throw unexpected(token, 'a value');
    }
  }

  function items<T>(close: string, parse: () => T): T[] {
    const result: T[] = [];
    while (!takeSymbol(close)) {
      if (result.length > 0) {
        expectSymbol(',');
        if (takeSymbol(close)) break;
      }
      result.push(parse());
    }
    return result;
  }
}

function refuseDeep(root: Node): void {
  const open: (readonly [Node, number])[] = [[root, 1]];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const [node, depth] = top;
    if (depth > maxDepth) throw new Fault('TOO_DEEP', `An expression is at most ${String(maxDepth)} steps deep.`, node.at);
    for (const part of partsOf(node)) open.push([part, depth + 1]);
  }
}

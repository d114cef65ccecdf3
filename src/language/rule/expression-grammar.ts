import { EmbeddedActionsParser, type IToken, type ParserMethod, type TokenType } from 'chevrotain';
import { errorMessageProvider } from './grammar-message.js';
import type { ExpressionNodes } from './nodes.js';
import { RuleFault } from './rule-error.js';
import type { Expression, Index, Step } from './syntax.js';
import { categories, literals, symbols, tokenTypes, words } from './tokens.js';

/** Deepest nesting of an expression, its brackets, choices and `not` counted. */
const maxDepth = 64;

export type Production<Result> = ParserMethod<[], Result>;
type Link = { readonly operator: string; readonly right: Expression };

/** The productions of an expression. What they mean as a tree is in {@link ExpressionNodes}. Who extends it calls `performSelfAnalysis`. */
export class ExpressionGrammar extends EmbeddedActionsParser {
  readonly #nodes: ExpressionNodes;
  #depth = 0;

  constructor(nodes: ExpressionNodes) {
    super(tokenTypes, { errorMessageProvider, maxLookahead: 2 });
    this.#nodes = nodes;
  }

  /** Also after a parse that was given up in the middle. */
  start(tokens: IToken[]): void {
    this.#depth = 0;
    this.input = tokens;
  }

  readonly expression: Production<Expression> = this.RULE('expression', () => {
    this.ACTION(() => this.#enter());
    const test = this.SUBRULE(this.disjunction);
    const node = this.OR<Expression>([
      {
        ALT: () => {
          this.CONSUME(words.Then);
          const then = this.SUBRULE1(this.expression);
          this.CONSUME(words.Else);
          return this.#nodes.ternary(test, then, this.SUBRULE2(this.expression));
        },
      },
      {
        ALT: () => {
          this.CONSUME(symbols.Question);
          const then = this.SUBRULE3(this.expression);
          this.CONSUME(symbols.Colon);
          return this.#nodes.ternary(test, then, this.SUBRULE4(this.expression));
        },
      },
      { ALT: () => test },
    ]);
    this.ACTION(() => this.#depth--);
    return node;
  });

  private readonly disjunction: Production<Expression> = this.RULE('disjunction', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.conjunction);
    this.MANY(() => {
      this.CONSUME(words.Or);
      rest.push({ operator: 'or', right: this.SUBRULE2(this.conjunction) });
    });
    return this.#nodes.chain('or', first, rest);
  });

  private readonly conjunction: Production<Expression> = this.RULE('conjunction', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.negation);
    this.MANY(() => {
      this.CONSUME(words.And);
      rest.push({ operator: 'and', right: this.SUBRULE2(this.negation) });
    });
    return this.#nodes.chain('and', first, rest);
  });

  private readonly negation: Production<Expression> = this.RULE('negation', () => {
    const nots: IToken[] = [];
    this.MANY(() => {
      nots.push(this.OR([{ ALT: () => this.CONSUME(words.Not) }, { ALT: () => this.CONSUME(symbols.Bang) }]));
      this.ACTION(() => this.#enter());
    });
    const operand = this.SUBRULE(this.comparison);
    return this.ACTION(() => {
      this.#depth -= nots.length;
      return nots.reduceRight<Expression>((node, token) => this.#nodes.unary('not', token, node), operand);
    });
  });

  private readonly comparison: Production<Expression> = this.RULE('comparison', () => {
    let node = this.SUBRULE1(this.sum);
    this.OPTION(() => {
      const operator = this.CONSUME(categories.CompareOperator);
      const right = this.SUBRULE2(this.sum);
      node = this.ACTION(() => this.#nodes.compare(node, operator, right));
    });
    return node;
  });

  private readonly sum: Production<Expression> = this.RULE('sum', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.product);
    this.MANY(() => {
      const operator = this.CONSUME(categories.SumOperator).image;
      rest.push({ operator, right: this.SUBRULE2(this.product) });
    });
    return this.#nodes.chain('sum', first, rest);
  });

  private readonly product: Production<Expression> = this.RULE('product', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.signed);
    this.MANY(() => {
      const operator = this.CONSUME(categories.ProductOperator).image;
      rest.push({ operator, right: this.SUBRULE2(this.signed) });
    });
    return this.#nodes.chain('product', first, rest);
  });

  private readonly signed: Production<Expression> = this.RULE('signed', () => {
    const minus = this.OPTION(() => this.CONSUME(symbols.Minus));
    const operand = this.SUBRULE(this.path);
    return this.ACTION(() => (minus === undefined ? operand : this.#nodes.unary('-', minus, operand)));
  });

  protected readonly path: Production<Expression> = this.RULE('path', () => {
    const steps: Step[] = [];
    const first = this.SUBRULE(this.primary);
    this.MANY(() => {
      this.OR([
        { ALT: () => steps.push(this.SUBRULE(this.member)) },
        {
          ALT: () => {
            const open = this.CONSUME(symbols.OpenBracket);
            const index = this.SUBRULE(this.position);
            this.CONSUME(symbols.CloseBracket);
            steps.push(this.ACTION(() => this.#nodes.index(open, index)));
          },
        },
      ]);
    });
    return this.ACTION(() => this.#nodes.path(first, steps));
  });

  private readonly member: Production<Step> = this.RULE('member', () => {
    this.CONSUME(symbols.Dot);
    const name = this.OR([{ ALT: () => this.CONSUME(categories.Word) }, { ALT: () => this.CONSUME(literals.Predicate) }]);
    const args = this.OPTION(() => this.SUBRULE(this.argumentList));
    return this.ACTION(() => this.#nodes.member(name, args ?? null));
  });

  private readonly position: Production<Index> = this.RULE('position', () =>
    this.OR<Index>([
      { ALT: () => (this.CONSUME(words.First), { end: 'first' }) },
      { ALT: () => (this.CONSUME(words.Last), { end: 'last' }) },
      {
        ALT: () => {
          const number = this.CONSUME(literals.NumberLiteral);
          return this.ACTION(() => this.#nodes.position(number));
        },
      },
      {
        ALT: () => {
          const text = this.CONSUME(literals.Text);
          return this.ACTION(() => this.#nodes.quoted(text));
        },
      },
    ]),
  );

  private readonly argumentList: Production<readonly Expression[]> = this.RULE('argumentList', () => {
    const args: Expression[] = [];
    this.CONSUME(symbols.OpenParen);
    this.MANY_SEP({ SEP: symbols.Comma, DEF: () => args.push(this.SUBRULE(this.expression)) });
    this.CONSUME(symbols.CloseParen);
    return args;
  });

  private readonly primary: Production<Expression> = this.RULE('primary', () => {
    const items: Expression[] = [];
    const literal = (type: TokenType) => ({
      ALT: () => {
        const token = this.CONSUME(type);
        return this.ACTION(() => this.#nodes.literal(token));
      },
    });
    return this.OR<Expression>([
      literal(literals.Text),
      literal(literals.NumberLiteral),
      literal(literals.Pattern),
      literal(words.True),
      literal(words.False),
      literal(words.Nil),
      {
        ALT: () => {
          const name = this.CONSUME(categories.Name);
          const args = this.OPTION(() => this.SUBRULE(this.argumentList));
          return this.ACTION(() => this.#nodes.name(name, args ?? null));
        },
      },
      {
        ALT: () => {
          const open = this.CONSUME(symbols.OpenBracket);
          this.MANY_SEP({ SEP: symbols.Comma, DEF: () => items.push(this.SUBRULE1(this.expression)) });
          this.CONSUME(symbols.CloseBracket);
          return this.ACTION(() => this.#nodes.list(open, items));
        },
      },
      {
        ALT: () => {
          this.CONSUME(symbols.OpenParen);
          const inner = this.SUBRULE2(this.expression);
          this.CONSUME(symbols.CloseParen);
          return inner;
        },
      },
    ]);
  });

  #enter(): void {
    this.#depth++;
    if (this.#depth > maxDepth)
      throw new RuleFault('TOO_LONG', `An expression is nested at most ${String(maxDepth)} levels deep.`, this.#nodes.offsetOf(this.LA(1)));
  }
}

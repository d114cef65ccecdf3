import { EmbeddedActionsParser, type IParserErrorMessageProvider, type IToken, type ParserMethod, type TokenType } from 'chevrotain';
import { RuleFault } from './rule-error.js';
import type { ActionNodes, ExpressionNodes } from './nodes.js';
import type { Action, Change, Expression, Field, Index, Step } from './syntax.js';
import { categories, literals, symbols, tokenTypes, words } from './tokens.js';

/** Deepest nesting of an expression, its brackets, choices and `not` counted. */
const maxDepth = 64;

type Rule<Result> = ParserMethod<[], Result>;
type Link = { readonly operator: string; readonly right: Expression };

/** Short messages that need no look at the grammar: who made a thousand mistakes does not wait for them. */
const errorMessageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) => `Here should stand ${labelOf(expected)}, not ${shown(actual)}.`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) => `${capital(shown(firstRedundant))} has no meaning here.`,
  buildNoViableAltMessage: ({ actual }) => misplaced(actual[0]),
  buildEarlyExitMessage: ({ actual }) => misplaced(actual[0]),
};

const labelOf = (type: TokenType) => (type.name === 'EOF' ? 'the end' : (type.LABEL ?? type.name));
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const shown = (token: IToken) => (token.image === '' ? 'the end' : `“${token.image.slice(0, 40)}”`);
const misplaced = (token: IToken | undefined) =>
  token === undefined || token.image === '' ? 'Something is missing at the end.' : `${shown(token)} has no meaning here.`;

/** The productions of the language. What they mean as a tree is in {@link ExpressionNodes}. */
export class RuleGrammar extends EmbeddedActionsParser {
  readonly #nodes: ExpressionNodes;
  readonly #actions: ActionNodes;
  #depth = 0;

  constructor(nodes: ExpressionNodes, actions: ActionNodes) {
    super(tokenTypes, { errorMessageProvider, maxLookahead: 2 });
    this.#nodes = nodes;
    this.#actions = actions;
    this.performSelfAnalysis();
  }

  /** Also after a parse that was given up in the middle. */
  start(tokens: IToken[]): void {
    this.#depth = 0;
    this.input = tokens;
  }

  readonly expression: Rule<Expression> = this.RULE('expression', () => {
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

  private readonly disjunction: Rule<Expression> = this.RULE('disjunction', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.conjunction);
    this.MANY(() => {
      this.CONSUME(words.Or);
      rest.push({ operator: 'or', right: this.SUBRULE2(this.conjunction) });
    });
    return this.#nodes.chain('or', first, rest);
  });

  private readonly conjunction: Rule<Expression> = this.RULE('conjunction', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.negation);
    this.MANY(() => {
      this.CONSUME(words.And);
      rest.push({ operator: 'and', right: this.SUBRULE2(this.negation) });
    });
    return this.#nodes.chain('and', first, rest);
  });

  private readonly negation: Rule<Expression> = this.RULE('negation', () => {
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

  private readonly comparison: Rule<Expression> = this.RULE('comparison', () => {
    let node = this.SUBRULE1(this.sum);
    this.OPTION(() => {
      const operator = this.CONSUME(categories.CompareOperator);
      const right = this.SUBRULE2(this.sum);
      node = this.ACTION(() => this.#nodes.compare(node, operator, right));
    });
    return node;
  });

  private readonly sum: Rule<Expression> = this.RULE('sum', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.product);
    this.MANY(() => {
      const operator = this.CONSUME(categories.SumOperator).image;
      rest.push({ operator, right: this.SUBRULE2(this.product) });
    });
    return this.#nodes.chain('sum', first, rest);
  });

  private readonly product: Rule<Expression> = this.RULE('product', () => {
    const rest: Link[] = [];
    const first = this.SUBRULE1(this.signed);
    this.MANY(() => {
      const operator = this.CONSUME(categories.ProductOperator).image;
      rest.push({ operator, right: this.SUBRULE2(this.signed) });
    });
    return this.#nodes.chain('product', first, rest);
  });

  private readonly signed: Rule<Expression> = this.RULE('signed', () => {
    const minus = this.OPTION(() => this.CONSUME(symbols.Minus));
    const operand = this.SUBRULE(this.path);
    return this.ACTION(() => (minus === undefined ? operand : this.#nodes.unary('-', minus, operand)));
  });

  private readonly path: Rule<Expression> = this.RULE('path', () => {
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

  private readonly member: Rule<Step> = this.RULE('member', () => {
    this.CONSUME(symbols.Dot);
    const name = this.OR([{ ALT: () => this.CONSUME(categories.Word) }, { ALT: () => this.CONSUME(literals.Predicate) }]);
    const args = this.OPTION(() => this.SUBRULE(this.argumentList));
    return this.ACTION(() => this.#nodes.member(name, args ?? null));
  });

  private readonly position: Rule<Index> = this.RULE('position', () =>
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

  private readonly argumentList: Rule<readonly Expression[]> = this.RULE('argumentList', () => {
    const args: Expression[] = [];
    this.CONSUME(symbols.OpenParen);
    this.MANY_SEP({ SEP: symbols.Comma, DEF: () => args.push(this.SUBRULE(this.expression)) });
    this.CONSUME(symbols.CloseParen);
    return args;
  });

  private readonly primary: Rule<Expression> = this.RULE('primary', () => {
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

  /** What a line of expressions or actions begins with. */
  readonly label: Rule<IToken> = this.RULE('label', () => {
    const name = this.CONSUME(categories.Name);
    this.CONSUME(symbols.Colon);
    return name;
  });

  readonly namedExpression: Rule<{ name: IToken; value: Expression }> = this.RULE('namedExpression', () => ({
    name: this.SUBRULE(this.label),
    value: this.SUBRULE(this.expression),
  }));

  readonly namedAction: Rule<{ label: IToken; action: Action }> = this.RULE('namedAction', () => ({
    label: this.SUBRULE(this.label),
    action: this.SUBRULE(this.action),
  }));

  private readonly action: Rule<Action> = this.RULE('action', () =>
    this.OR<Action>([
      {
        ALT: () => {
          this.CONSUME(words.Update);
          const target = this.SUBRULE(this.expression);
          return { type: 'change', target, change: this.SUBRULE1(this.change) };
        },
      },
      {
        ALT: () => {
          const after = this.CONSUME(words.After);
          const delay = this.SUBRULE(this.path);
          this.CONSUME(words.Trigger);
          const rule = this.CONSUME(literals.Text);
          return this.ACTION(() => this.#actions.delay(after, delay, rule));
        },
      },
      {
        ALT: () => {
          this.CONSUME(words.Call);
          this.CONSUME(words.Webhook);
          const webhook = this.CONSUME1(literals.Text);
          const payload = this.OPTION(() => {
            this.CONSUME(words.With);
            this.CONSUME(words.Payload);
            return this.CONSUME2(literals.Text);
          });
          return this.ACTION(() => this.#actions.webhook(webhook, payload ?? null));
        },
      },
      {
        ALT: () => {
          this.CONSUME(words.Send);
          this.CONSUME(words.Email);
          this.CONSUME(words.To);
          const to = this.SUBRULE2(this.expression);
          this.CONSUME(words.Subject);
          const subject = this.CONSUME3(literals.Text);
          this.CONSUME(words.Body);
          const body = this.CONSUME4(literals.Text);
          return this.ACTION(() => ({ type: 'email', to, subject: this.#nodes.literal(subject), body: this.#nodes.literal(body) }));
        },
      },
      { ALT: () => ({ type: 'change', target: null, change: this.SUBRULE2(this.change) }) },
    ]),
  );

  private readonly change: Rule<Change> = this.RULE('change', () =>
    this.OR<Change>([
      {
        ALT: () => {
          this.CONSUME(words.Set);
          const field = this.SUBRULE1(this.field);
          const equal = this.OPTION(() => this.CONSUME(symbols.Equal));
          return { type: 'set', field, equals: equal !== undefined, value: this.SUBRULE1(this.expression) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(words.Add);
          return this.SUBRULE(this.addition);
        },
      },
      {
        ALT: () => {
          this.CONSUME(words.Remove);
          const value = this.SUBRULE3(this.expression);
          this.CONSUME(words.From);
          return { type: 'remove', value, field: this.SUBRULE3(this.field) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(words.Clear);
          return { type: 'clear', field: this.SUBRULE4(this.field) };
        },
      },
    ]),
  );

  private readonly addition: Rule<Change> = this.RULE('addition', () =>
    this.OR<Change>({
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
      DEF: [
        {
          // `add note to notes` adds what is called note.
          GATE: () => this.LA(2).tokenType === literals.Text,
          ALT: () => {
            this.CONSUME(words.Note);
            const text = this.CONSUME(literals.Text);
            return this.ACTION(() => ({ type: 'note', text: this.#nodes.literal(text) }));
          },
        },
        {
          ALT: () => {
            const value = this.SUBRULE(this.expression);
            this.CONSUME(words.To);
            return { type: 'add', value, field: this.SUBRULE(this.field) };
          },
        },
      ],
    }),
  );

  private readonly field: Rule<Field> = this.RULE('field', () => {
    const first = this.CONSUME(categories.Name);
    const names = [first.image];
    this.MANY(() => {
      this.CONSUME(symbols.Dot);
      names.push(this.CONSUME(categories.Word).image);
    });
    return this.ACTION(() => this.#actions.field(first, names));
  });

  #enter(): void {
    this.#depth++;
    if (this.#depth > maxDepth)
      throw new RuleFault('TOO_LONG', `An expression is nested at most ${String(maxDepth)} levels deep.`, this.#nodes.offsetOf(this.LA(1)));
  }
}

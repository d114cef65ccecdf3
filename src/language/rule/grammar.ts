import type { IToken } from 'chevrotain';
import { ExpressionGrammar, type Production } from './expression-grammar.js';
import type { ActionNodes, ExpressionNodes } from './nodes.js';
import type { Action, Change, Expression, Field } from './syntax.js';
import { categories, literals, symbols, words } from './tokens.js';

/** The productions of the lines of a rule. */
export class RuleGrammar extends ExpressionGrammar {
  readonly #nodes: ExpressionNodes;
  readonly #actions: ActionNodes;

  constructor(nodes: ExpressionNodes, actions: ActionNodes) {
    super(nodes);
    this.#nodes = nodes;
    this.#actions = actions;
    this.performSelfAnalysis();
  }

  /** What a line of expressions or actions begins with. */
  readonly label: Production<IToken> = this.RULE('label', () => {
    const name = this.CONSUME(categories.Name);
    this.CONSUME(symbols.Colon);
    return name;
  });

  readonly namedExpression: Production<{ name: IToken; value: Expression }> = this.RULE('namedExpression', () => ({
    name: this.SUBRULE(this.label),
    value: this.SUBRULE(this.expression),
  }));

  readonly namedAction: Production<{ label: IToken; action: Action }> = this.RULE('namedAction', () => ({
    label: this.SUBRULE(this.label),
    action: this.SUBRULE(this.action),
  }));

  private readonly action: Production<Action> = this.RULE('action', () =>
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

  private readonly change: Production<Change> = this.RULE('change', () =>
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

  private readonly addition: Production<Change> = this.RULE('addition', () =>
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

  private readonly field: Production<Field> = this.RULE('field', () => {
    const first = this.CONSUME(categories.Name);
    const names = [first.image];
    this.MANY(() => {
      this.CONSUME(symbols.Dot);
      names.push(this.CONSUME(categories.Word).image);
    });
    return this.ACTION(() => this.#actions.field(first, names));
  });
}

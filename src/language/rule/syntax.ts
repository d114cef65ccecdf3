/** The blocks of a rule. A place is within one of them. */
export const blocks = ['trigger', 'expressions', 'condition', 'actions'] as const;
export type Block = (typeof blocks)[number];

/** A rule as its author writes it. */
export interface RuleText {
  readonly trigger: string;
  readonly expressions: string;
  readonly condition: string;
  readonly actions: string;
}

export type Trigger =
  | { readonly type: 'create' | 'update' | 'note' | 'delay' }
  /** `on status update`: that field of the record was changed. */
  | { readonly type: 'field'; readonly field: string };

export const units = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type Unit = (typeof units)[number];

export const compareOperators = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'not_in',
  'contains',
  '*=',
  'starts_with',
  'ends_with',
  '=~',
] as const;
export type CompareOperator = (typeof compareOperators)[number];

export const chainOperators = { or: ['or'], and: ['and'], sum: ['+', '-'], product: ['*', '/', '%'] } as const;
export type ChainLevel = keyof typeof chainOperators;
export type ChainOperator = (typeof chainOperators)[ChainLevel][number];

/** What follows a value on its path. Paths are flat, so that depth stays the depth of brackets. */
export type Step =
  | { readonly type: 'field'; readonly at: number; readonly name: string }
  | { readonly type: 'method'; readonly at: number; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: 'index'; readonly at: number; readonly index: Index };
/** `[first]`, `[last]`, a number that counts from 1, or a display name. */
export type Index = { readonly end: 'first' | 'last' } | number | string;

export interface DurationNode {
  readonly type: 'duration';
  readonly at: number;
  readonly amount: number;
  readonly unit: Unit;
  readonly from: 'ago' | 'from_now' | null;
}

/** `at` is the offset in the text of the block. */
export type Expression =
  | { readonly type: 'literal'; readonly at: number; readonly value: null | boolean | number | string }
  | DurationNode
  /** Between slashes; beside `=~`, and in the arguments of `split` and `replace` only. */
  | { readonly type: 'pattern'; readonly at: number; readonly source: string }
  /** Quoted text of an action with slots in it. */
  | { readonly type: 'text'; readonly at: number; readonly parts: readonly (string | Slot)[] }
  | { readonly type: 'name'; readonly at: number; readonly name: string }
  | { readonly type: 'call'; readonly at: number; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: 'list'; readonly at: number; readonly items: readonly Expression[] }
  | { readonly type: 'path'; readonly at: number; readonly first: Expression; readonly steps: readonly Step[] }
  | { readonly type: 'unary'; readonly at: number; readonly operator: 'not' | '-'; readonly operand: Expression }
  | {
      readonly type: 'chain';
      readonly at: number;
      readonly level: ChainLevel;
      readonly first: Expression;
      readonly rest: readonly { readonly operator: ChainOperator; readonly right: Expression }[];
    }
  | {
      readonly type: 'compare';
      readonly at: number;
      readonly operator: CompareOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly type: 'ternary';
      readonly at: number;
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    };

/** `{{ value }}`, or `{{@ value }}`, which mentions a person. */
export interface Slot {
  readonly mention: boolean;
  readonly value: Expression;
}

export interface Field {
  readonly at: number;
  /** `custom_fields.badge` is two. */
  readonly names: readonly string[];
}

export type Change =
  /** `equals` keeps whether `=` was written. */
  | { readonly type: 'set'; readonly field: Field; readonly equals: boolean; readonly value: Expression }
  | { readonly type: 'note'; readonly text: Expression }
  | { readonly type: 'add' | 'remove'; readonly value: Expression; readonly field: Field }
  | { readonly type: 'clear'; readonly field: Field };

export type Action =
  /** Without a target, of the record that the rule runs for. */
  | { readonly type: 'change'; readonly target: Expression | null; readonly change: Change }
  | { readonly type: 'delay'; readonly delay: DurationNode; readonly rule: string }
  /** `payload` lists names of expressions. */
  | { readonly type: 'webhook'; readonly webhook: string; readonly payload: readonly string[] | null; readonly payloadAt: number }
  | { readonly type: 'email'; readonly to: Expression; readonly subject: Expression; readonly body: Expression };

export interface NamedExpression {
  readonly name: string;
  readonly at: number;
  readonly value: Expression;
}

export interface NamedAction {
  readonly label: string;
  readonly at: number;
  readonly action: Action;
}

/** A rule that was read. */
export interface Rule {
  readonly text: RuleText;
  readonly trigger: Trigger;
  readonly expressions: readonly NamedExpression[];
  /** Without one the rule always acts. */
  readonly condition: Expression | null;
  readonly actions: readonly NamedAction[];
}

/** The expressions that stand directly in one. */
export function expressionParts(node: Expression): readonly Expression[] {
  switch (node.type) {
    case 'literal':
    case 'duration':
    case 'pattern':
    case 'name':
      return [];
    case 'text':
      return node.parts.flatMap((part) => (typeof part === 'string' ? [] : [part.value]));
    case 'call':
      return node.args;
    case 'list':
      return node.items;
    case 'path':
      return [node.first, ...node.steps.flatMap((step) => (step.type === 'method' ? step.args : []))];
    case 'unary':
      return [node.operand];
    case 'chain':
      return [node.first, ...node.rest.map(({ right }) => right)];
    case 'compare':
      return [node.left, node.right];
    case 'ternary':
      return [node.test, node.then, node.otherwise];
  }
}

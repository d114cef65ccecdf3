import type { Value } from './value.js';

export const chainOperators = {
  or: ['or'],
  and: ['and'],
  compare: ['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'],
  sum: ['+', '-'],
  concat: ['~'],
  product: ['*', '/', '//', '%'],
  power: ['**'],
} as const;

/** From the loosest to the tightest, as in Jinja. */
export const chainLevels = ['sum', 'concat', 'product', 'power'] as const;
export type ChainLevel = keyof typeof chainOperators;
export type Operator = (typeof chainOperators)[ChainLevel][number];

/** An expression. `at` is its offset in the text; long chains of operators are one node, so that depth stays the depth of brackets. */
export type Node =
  | { readonly type: 'literal'; readonly at: number; readonly value: Exclude<Value, object | undefined> | null }
  | { readonly type: 'name'; readonly at: number; readonly name: string }
  | { readonly type: 'member'; readonly at: number; readonly object: Node; readonly key: Node }
  | { readonly type: 'list'; readonly at: number; readonly items: readonly Node[] }
  | { readonly type: 'object'; readonly at: number; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly type: 'unary'; readonly at: number; readonly operator: 'not' | '-' | '+'; readonly operand: Node }
  | {
      readonly type: 'chain';
      readonly at: number;
      readonly level: ChainLevel;
      readonly first: Node;
      readonly rest: readonly { readonly operator: Operator; readonly right: Node }[];
    }
  | { readonly type: 'conditional'; readonly at: number; readonly test: Node; readonly then: Node; readonly otherwise: Node | null }
  | {
      readonly type: 'filter';
      readonly at: number;
      readonly input: Node;
      readonly name: string;
      readonly args: readonly Node[];
      readonly named: readonly (readonly [string, Node])[];
    }
  | {
      readonly type: 'call';
      readonly at: number;
      readonly name: string;
      readonly args: readonly Node[];
      readonly named: readonly (readonly [string, Node])[];
    }
  | { readonly type: 'test'; readonly at: number; readonly input: Node; readonly name: string; readonly negated: boolean };

export function partsOf(node: Node): readonly Node[] {
  switch (node.type) {
    case 'literal':
    case 'name':
      return [];
    case 'member':
      return [node.object, node.key];
    case 'list':
      return node.items;
    case 'object':
      return node.entries.flat();
    case 'unary':
      return [node.operand];
    case 'chain':
      return [node.first, ...node.rest.map(({ right }) => right)];
    case 'conditional':
      return node.otherwise === null ? [node.then, node.test] : [node.then, node.test, node.otherwise];
    case 'filter':
      return [node.input, ...node.args, ...node.named.map(([, value]) => value)];
    case 'call':
      return [...node.args, ...node.named.map(([, value]) => value)];
    case 'test':
      return [node.input];
  }
}

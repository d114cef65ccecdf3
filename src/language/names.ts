import { placesIn } from './language-error.js';
import { type Node, partsOf } from './syntax.js';
import type { CompiledTemplate } from './template.js';

/** A name of the context that a template refers to: `payload` of `{{ payload.id }}`. */
export interface UsedName {
  readonly name: string;
  /** Where the text stands in its JSON. */
  readonly path: readonly string[];
  /** Within the text, counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** Every place where a template refers to its context, known without a context: what is never asked for need not be read. */
export function namesUsed(template: CompiledTemplate): readonly UsedName[] {
  switch (template.type) {
    case 'constant':
      return [];
    case 'list':
      return template.items.flatMap(namesUsed);
    case 'object':
      return template.entries.flatMap(([, value]) => namesUsed(value));
    case 'slot':
    case 'text': {
      const { text, path } = template.source;
      const nodes = template.type === 'slot' ? [template.node] : template.parts.filter((part) => typeof part !== 'string');
      const placeOf = placesIn(text);
      return nodes.flatMap((node) => namesIn(node).map(({ name, at }) => ({ name, path, ...placeOf(at) })));
    }
  }
}

/** The names of an expression, from left to right. */
export function namesIn(root: Node): readonly { readonly name: string; readonly at: number }[] {
  const found: { readonly name: string; readonly at: number }[] = [];
  const visit = (node: Node) => {
    if (node.type === 'name') found.push({ name: node.name, at: node.at });
    else for (const part of partsOf(node)) visit(part);
  };
  visit(root);
  return found;
}

import { type Answer, after, each, inTurn } from './answer.js';
import { type Expression, expressionParts } from './syntax.js';
import { isKind, isRuleList, type RuleRecord, type RuleValue } from './value.js';
import type { RuleTypes, RuleWorld } from './world.js';

/** Links that are followed ahead; a condition that goes through more of them reads the rest one by one. */
const maxLinks = 8;

interface Reading {
  readonly world: RuleWorld;
  readonly names: { readonly types: RuleTypes };
}

/**
 * Announces the members of a collection to the world, and what their links lead to where a condition goes on from there. What is read so
 * is not evaluated: order and cost of the evaluation stay as they are.
 */
export function readTogether(list: readonly RuleValue[], { world, names }: Reading, body?: Expression): Answer<void> {
  if (world.prefetch === undefined) return;
  const members = toRead(list);
  if (members.length === 0) return;
  const announced = members.length > 1 ? world.prefetch(members) : undefined;
  if (body === undefined) return announced;
  const linkedBy = (link: string): Answer<boolean> => {
    const linking = members.filter(({ type: of }) => {
      const type = names.types.types.get(of)?.fields.get(link)?.type;
      return type === 'one' || type === 'many';
    });
    const linked = each(linking, (member) => world.field(member, link));
    const told = after(linked, (values) => {
      const further = toRead(values);
      return further.length > 1 ? world.prefetch?.(further) : undefined;
    });
    return after(told, () => true);
  };
  return after(announced, () => inTurn([...linksIn(body)], linkedBy));
}

/** Each once; what is still to be made has nothing to read. */
function toRead(list: readonly RuleValue[]): readonly RuleRecord[] {
  const found = new Map<string, RuleRecord>();
  for (const item of list.flatMap((value) => (isRuleList(value) ? value : [value])))
    if (isKind(item, 'record') && item.template === undefined) found.set(`${item.type} ${String(item.id)}`, item);
  return [...found.values()];
}

/** Names that a path goes on from. */
function linksIn(body: Expression): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (node: Expression) => {
    if (found.size >= maxLinks) return;
    if (node.type === 'path' && node.first.type === 'name' && node.steps.some(({ type }) => type !== 'index')) found.add(node.first.name);
    for (const part of expressionParts(node)) walk(part);
  };
  walk(body);
  return found;
}

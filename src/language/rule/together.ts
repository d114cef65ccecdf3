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
export async function readTogether(list: readonly RuleValue[], { world, names }: Reading, body?: Expression): Promise<void> {
  if (world.prefetch === undefined) return;
  const members = toRead(list);
  if (members.length === 0) return;
  if (members.length > 1) await world.prefetch(members);
  if (body === undefined) return;
  for (const link of linksIn(body)) {
    const linked: RuleValue[] = [];
    for (const member of members) {
      const type = names.types.types.get(member.type)?.fields.get(link)?.type;
      if (type === 'one' || type === 'many') linked.push(await world.field(member, link));
    }
    const further = toRead(linked);
    if (further.length > 1) await world.prefetch(further);
  }
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

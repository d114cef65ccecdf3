import { parseExpression } from '#language/parser';
import { Fault } from '#language/language-error';
import { mayHoldSlots } from '#language/slots';
import type { Node } from '#language/syntax';
import type { JsonValue } from '#language/value';
import type { Condition } from './compile.js';
import { parsePath } from './path.js';

/**
 * The value without slots that a list demands of a path by `eq`, in whichever dialect either is written: `data.blueprintId`,
 * `data/blueprintId` and `blueprintId` are one path. What meets the list has a value that `eq` calls equal to it there: a number may be
 * its text. Undefined where the list leaves it open.
 */
export function pinned(list: readonly Condition[], path: string): JsonValue | undefined {
  const wanted = keyOf({ field: path });
  if (wanted === null) return undefined;
  const found = list.find(({ operator, value = null, ...field }) => operator === 'eq' && !holdsSlots(value) && keyOf(field) === wanted);
  return found === undefined ? undefined : (found.value ?? null);
}

/** The same text for the same path; null for what is none. */
function keyOf({ field, expression = false }: Pick<Condition, 'field' | 'expression'>): string | null {
  try {
    const steps = expression ? stepsOf(parseExpression(field)) : parsePath(field);
    return steps === null ? null : JSON.stringify(steps);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** The steps of an expression that is a path. */
function stepsOf(node: Node): readonly string[] | null {
  if (node.type === 'name') return [node.name];
  if (node.type !== 'member' || node.key.type !== 'literal') return null;
  const steps = stepsOf(node.object);
  const { value } = node.key;
  return steps === null || (typeof value !== 'string' && typeof value !== 'number') ? null : [...steps, String(value)];
}

function holdsSlots(value: JsonValue): boolean {
  return mayHoldSlots(JSON.stringify(value));
}

import type { Json } from '#plan/plan';
import type { FieldProblem } from '#domain/errors';
import type { PointFields } from './point.input.js';
import type { Point, PointCommand } from './point.js';

/** The export that is called when a point names none: `order-placed` is `onExecuteOrderPlaced`. */
export function handlerOf(key: string): string {
  const words = key.split(/[^a-z0-9]+/).filter((word) => word !== '');
  return `onExecute${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

const anyArguments: Json = { type: 'array' };

/** The commands of an input as they are stored. */
export function commandsOf(given: PointFields['commands']): readonly PointCommand[] {
  return (given ?? []).map((command) => ({
    name: command.name,
    description: command.description ?? '',
    effect: command.effect ?? 'COMMAND',
    target: command.target ?? null,
    arguments: (command.arguments as Json | null | undefined) ?? anyArguments,
  }));
}

/** What is wrong with a point as a whole, where its fields are fine one by one. */
export function pointProblems({
  commands,
  resume,
  key,
  compatible,
}: Pick<Point, 'commands' | 'resume' | 'key' | 'compatible'>): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const [index, { name, effect, target }] of commands.entries()) {
    const at = (field: string, code: string, message: string) => problems.push({ path: ['commands', String(index), field], message, code });
    const clash = commands.findIndex(
      (other, place) => place < index && (other.name === name || inside(other.name, name) || inside(name, other.name)),
    );
    if (clash >= 0)
      at('name', 'REPEATED', `The command ${String(commands[clash]?.name)} is there before: one of them could not be called.`);
    if (effect === 'REDIRECT' && resume === null)
      at('effect', 'REQUIRED', 'A point with redirects needs `resume`, the export that is called afterwards.');
    if (effect !== 'COMMAND' && target !== null) at('target', 'UNEXPECTED', 'Only a command of the effect COMMAND has a target.');
  }
  for (const [index, other] of compatible.entries())
    if (other === key)
      problems.push({ path: ['compatible', String(index)], message: 'A point is compatible with itself.', code: 'REPEATED' });
  return problems;
}

/** Whether `access` stands where `access.deny` would be. */
const inside = (outer: string, name: string): boolean => name.startsWith(`${outer}.`);

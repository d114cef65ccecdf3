import { type GivenSpec, noLines, type Shape } from './rule.spec.js';

interface Given {
  readonly recordType: string;
  readonly trigger: string;
  readonly expressions?: Shape | null | undefined;
  readonly condition?: string | null | undefined;
  readonly actions?: Shape | null | undefined;
  readonly description?: string | null | undefined;
}

/** A whole rule: what is absent is empty. */
export function given({ recordType, trigger, expressions, condition, actions, description }: Given): GivenSpec {
  return {
    recordType,
    trigger,
    expressions: expressions ?? noLines,
    condition: condition ?? '',
    actions: actions ?? noLines,
    description: description ?? '',
  };
}

/** A rule with some of it changed: what is absent is as it was, and what is null is empty. */
export function patched(stored: GivenSpec, changes: { readonly [Name in keyof Given]?: Given[Name] | null | undefined }): GivenSpec {
  const { recordType, trigger, expressions, condition, actions, description } = changes;
  return given({
    recordType: recordType ?? stored.recordType,
    trigger: trigger ?? stored.trigger,
    expressions: expressions === undefined ? stored.expressions : expressions,
    condition: condition === undefined ? stored.condition : condition,
    actions: actions === undefined ? stored.actions : actions,
    description: description === undefined ? stored.description : description,
  });
}

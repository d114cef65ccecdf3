import { z } from 'zod';
import { compileConditions } from '#language/condition/condition';
import { LanguageError } from '#language/template';
import type { Json } from '#plan/plan';
import type { FieldProblem } from '#domain/errors';
import { keyPattern } from '#domain/input';
import type { Blueprints } from '#domain/record/blueprint.load.service';
import { propertiesOf } from '#domain/record/blueprint.spec';
import { conditionsIn, type FlowCondition, type FlowSpec, type FlowStep, type JsonObject } from './flow.spec.js';

const name = z.string().min(1).max(128);
// In a condition it would be a template, were it any text.
const blueprint = z.string().regex(keyPattern, 'The key of a blueprint.');
const condition = z.strictObject({
  field: z.string().min(1),
  operator: z.string().min(1),
  value: z.json().optional(),
  expression: z.boolean().optional(),
});

/** Arguments of a scorecard that has no steps of its own; others may stand beside them, for its conditions. */
const scorecard = z.looseObject({
  blueprintId: blueprint,
  levels: z
    .array(z.strictObject({ name, conditions: z.array(condition).max(100) }))
    .min(1)
    .max(20),
});

const namePattern = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const propertyPattern = /^(?:data[./])?(?:properties[./])?([A-Za-z_][A-Za-z0-9_-]*)$/;

/** Arguments of a reference that has no steps of its own. */
const reference = z.looseObject({
  sourceBlueprintId: blueprint,
  relation: z.string().regex(namePattern, 'The name of a link.'),
  sourceProperty: z.string().regex(propertyPattern, 'The name of a property, with or without `properties/` before it.'),
  targetBlueprintId: blueprint,
  targetField: z.string().min(1).max(256),
});

/** Whether its type says what the flow does: it has nothing of its own that does, or starts, it. */
export const isBare = ({ type, steps, triggers }: FlowSpec): boolean =>
  (type === 'SCORECARD' || type === 'REFERENCE') && steps.length === 0 && triggers.length === 0;

/** What is wrong with the arguments of a flow whose type says what it does; their paths begin with `arguments`. */
export function argumentsProblems(spec: FlowSpec): readonly FieldProblem[] {
  if (!isBare(spec)) return [];
  const parsed = (spec.type === 'SCORECARD' ? scorecard : reference).safeParse(spec.arguments, { reportInput: true });
  if (!parsed.success)
    return parsed.error.issues.map((issue): FieldProblem => {
      const missing = issue.code === 'invalid_type' && issue.input === undefined;
      return {
        path: ['arguments', ...issue.path.map(String)],
        message: missing ? `A ${spec.type.toLowerCase()} without steps needs this argument.` : issue.message,
        code: missing ? 'REQUIRED' : 'INVALID',
      };
    });
  if (spec.type !== 'SCORECARD') return [];
  return scorecard.parse(spec.arguments).levels.flatMap(({ conditions }, index): FieldProblem[] => {
    try {
      compileConditions(conditionsIn(conditions as readonly FlowCondition[]));
      return [];
    } catch (error) {
      if (!(error instanceof LanguageError)) throw error;
      const { code, message, line, column, path } = error;
      return [{ path: ['arguments', 'levels', String(index), 'conditions', ...path], message, code, line, column }];
    }
  });
}

/** What the arguments of such a flow, which are well formed, name and the workspace does not have; their paths begin with `arguments`. */
export function unknownArguments(spec: FlowSpec, { byKey }: Blueprints): readonly FieldProblem[] {
  const fault = (name: string, message: string, code: string): FieldProblem => ({ path: ['arguments', name], message, code });
  const known = (name: string, key: string) =>
    byKey.has(key) ? [] : [fault(name, `There is no blueprint with the key ${JSON.stringify(key)}.`, 'UNKNOWN_BLUEPRINT')];
  if (spec.type === 'SCORECARD') return known('blueprintId', scorecard.parse(spec.arguments).blueprintId);
  const { sourceBlueprintId, relation, sourceProperty, targetBlueprintId } = reference.parse(spec.arguments);
  const unknown = [...known('sourceBlueprintId', sourceBlueprintId), ...known('targetBlueprintId', targetBlueprintId)];
  const source = byKey.get(sourceBlueprintId);
  if (source === undefined) return unknown;
  const link = source.links.find(({ name: given }) => given === relation);
  const property = propertyName(sourceProperty);
  if (link === undefined || link.kind === 'INVERSE')
    unknown.push(fault('relation', `Records of ${source.key} have no link ${relation} of their own.`, 'UNKNOWN_LINK'));
  else if (link.blueprint !== targetBlueprintId && byKey.has(targetBlueprintId))
    unknown.push(fault('targetBlueprintId', `The link ${relation} leads to records of ${link.blueprint}.`, 'WRONG_TYPE'));
  if (!propertiesOf(source).has(property))
    unknown.push(fault('sourceProperty', `Records of ${source.key} have no property ${property}.`, 'UNKNOWN_FIELD'));
  return unknown;
}

/**
 * The flow as it is executed. A scorecard or a reference that has neither steps nor triggers gets them from its arguments; they are made anew
 * wherever they are needed, for what is stored and exported is what its author wrote. Any other flow is what it says.
 */
export function completed(spec: FlowSpec): FlowSpec {
  if (!isBare(spec)) return spec;
  if (spec.type === 'SCORECARD') {
    const { data } = scorecard.safeParse(spec.arguments);
    if (data === undefined) return spec;
    const levels = data.levels as unknown as Json;
    return { ...spec, ...startedBy(data.blueprintId), steps: [step('computeLevel', 'Compute the level', { levels })] };
  }
  const { data } = reference.safeParse(spec.arguments);
  if (data === undefined) return spec;
  const { sourceBlueprintId, relation, sourceProperty, targetBlueprintId, targetField } = data;
  const args = { relation, targetBlueprintId, targetField, value: valueOf(sourceProperty) };
  return { ...spec, ...startedBy(sourceBlueprintId), steps: [step('resolveRelation', `Resolve ${relation}`, args)] };
}

const propertyName = (property: string): string => propertyPattern.exec(property)?.[1] ?? '';

/** Without a value the link leads nowhere: an argument that is null would be as one that is absent. */
const valueOf = (property: string): string => `{{ data.properties['${propertyName(property)}'] or [] }}`;

const startedBy = (blueprintId: string): Pick<FlowSpec, 'triggers'> => ({
  triggers: [
    {
      type: 'EVENT',
      events: ['create', 'update'],
      conditions: [{ field: 'data.blueprintId', operator: 'eq', value: blueprintId }],
    },
  ],
});

const step = (kind: string, title: string, args: JsonObject): FlowStep => ({
  id: kind,
  kind,
  title,
  description: '',
  conditions: [],
  args,
  retry: null,
  timeoutMs: null,
  onError: 'FAIL',
});

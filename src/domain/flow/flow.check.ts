import { compileConditions } from '#language/condition/condition';
import { compileSchema, SchemaError } from '#language/json-schema';
import { namesUsed } from '#language/names';
import { type CompiledTemplate, compileTemplate, LanguageError } from '#language/template';
import { isStepKind, type StepKindName, writtenArgs } from '#plan/step-kinds';
import type { FieldProblem } from '#domain/errors';
import { argumentsProblems } from './flow.complete.js';
import { mostSteps } from './flow.input.js';
import { conditionsIn, type FlowCondition, type FlowSpec, type FlowStep, type FlowTrigger, type JsonObject } from './flow.spec.js';
import { eventTypes, isEventName } from './flow.trigger.js';

/** What templates and conditions of a flow may name. */
const contextNames: ReadonlySet<string> = new Set([
  'data',
  'previous',
  'event',
  'arguments',
  'args',
  'inputs',
  'secrets',
  'actions',
  'run',
  'user',
  'now',
  'date',
  'payload',
  'last_run',
  'item',
  'index',
  'error',
]);

type Path = readonly string[];

/**
 * Everything that is wrong with a flow, found before anything runs; none: its plan can be executed. Paths are those of the input. What `unfinished`
 * allows: steps that have no arguments at all, though their kinds need some; they would fail.
 */
export function specProblems(spec: FlowSpec, { unfinished = false } = {}): readonly FieldProblem[] {
  const seen = new Map<string, Path>();
  const problems = [
    ...triggersProblems(spec),
    ...spec.steps.flatMap((step, index) => stepProblems(step, ['steps', String(index)], { seen, unfinished })),
    // What a run comes to is stored and shown.
    ...templateProblems(spec.outputs, ['outputs'], false),
    ...typeProblems(spec),
    ...argumentsProblems(spec),
  ];
  if (seen.size <= mostSteps) return problems;
  return [{ path: ['steps'], message: `A flow has at most ${mostSteps} steps, those in others included.`, code: 'TOO_LONG' }, ...problems];
}

function typeProblems({ type, triggers }: FlowSpec): FieldProblem[] {
  if (type !== 'SELF_SERVICE_ACTION' || triggers.every((trigger) => trigger.type === 'MANUAL')) return [];
  return [
    { path: ['triggers'], message: 'A self-service action is started by hand: it has manual triggers only.', code: 'NOT_APPLICABLE' },
  ];
}

function triggersProblems({ triggers }: FlowSpec): FieldProblem[] {
  const repeated = (type: FlowTrigger['type']): FieldProblem[] =>
    triggers.flatMap((trigger, index) =>
      trigger.type === type && triggers.findIndex((other) => other.type === type) < index
        ? [{ path: ['triggers', String(index)], message: `A flow has one trigger of this kind at most.`, code: 'DUPLICATE' }]
        : [],
    );
  return [
    ...repeated('SCHEDULE'),
    ...repeated('WEBHOOK'),
    ...repeated('MANUAL'),
    ...triggers.flatMap((trigger, index) => triggerProblems(trigger, ['triggers', String(index)])),
  ];
}

function triggerProblems(trigger: FlowTrigger, path: Path): readonly FieldProblem[] {
  switch (trigger.type) {
    case 'EVENT':
      return [
        ...eventsProblems(trigger.events, [...path, 'event', 'events']),
        ...conditionsProblems(trigger.conditions, [...path, 'event', 'conditions'], false),
      ];
    case 'MANUAL':
      return trigger.inputSchema === null ? [] : schemaProblems(trigger.inputSchema, [...path, 'manual', 'inputSchema']);
    case 'SCHEDULE':
    case 'WEBHOOK':
      return [];
  }
}

function eventsProblems(events: readonly string[], path: Path): FieldProblem[] {
  const allowed = `${Object.keys(eventTypes).join(', ')}, and types of two words or more: "order.paid"`;
  return events.flatMap((name, index) =>
    isEventName(name)
      ? []
      : [
          {
            path: [...path, String(index)],
            message: `There are no events ${JSON.stringify(name)}. There are: ${allowed}.`,
            code: 'UNKNOWN_EVENT',
          },
        ],
  );
}

function schemaProblems(schema: JsonObject, path: Path): FieldProblem[] {
  try {
    compileSchema(schema);
    return [];
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return [{ path: [...path, ...error.path], message: error.message, code: 'JSON_SCHEMA' }];
  }
}

/** Which kinds have other steps in them, and in which fields. */
const holders: Readonly<Record<string, readonly ('ways' | 'steps' | 'catch')[]>> = {
  branch: ['ways'],
  forEach: ['steps'],
  tryCatch: ['steps', 'catch'],
};

interface Walk {
  /** Where the step of each id stands. */
  readonly seen: Map<string, Path>;
  readonly unfinished: boolean;
}

const isUnfinished = ({ args }: FlowStep): boolean => Object.keys(args).length === 0;

function stepProblems(step: FlowStep, path: Path, walk: Walk): readonly FieldProblem[] {
  const { id, kind } = step;
  const { seen, unfinished } = walk;
  const first = seen.get(id);
  seen.set(id, first ?? path);
  return [
    ...(first === undefined
      ? []
      : [{ path: [...path, 'id'], message: `The step at ${first.join('.')} has this id, too.`, code: 'DUPLICATE' }]),
    ...conditionsProblems(step.conditions, [...path, 'conditions']),
    ...(isStepKind(kind)
      ? unfinished && isUnfinished(step)
        ? []
        : argsProblems(kind, step.args, [...path, 'args'])
      : [unknownKind(kind, path)]),
    ...innerProblems(step, path, walk),
  ];
}

const unknownKind = (kind: string, path: Path): FieldProblem => ({
  path: [...path, 'kind'],
  message: `There is no kind of steps ${JSON.stringify(kind)}; stepKinds lists them.`,
  code: 'UNKNOWN_STEP_KIND',
});

function innerProblems(step: FlowStep, path: Path, walk: Walk): readonly FieldProblem[] {
  const wanted = holders[step.kind] ?? [];
  const within = (steps: readonly FlowStep[], place: Path) =>
    steps.flatMap((one, index) => stepProblems(one, [...place, String(index)], walk));
  const fields = (['ways', 'steps', 'catch'] as const).flatMap((field): FieldProblem[] => {
    const given = step[field] !== undefined;
    if (given && !wanted.includes(field))
      return [{ path: [...path, field], message: `Steps of the kind ${step.kind} have no ${field}.`, code: 'UNEXPECTED' }];
    const needed = !given && wanted.includes(field) && field !== 'catch';
    return needed ? [{ path: [...path, field], message: `Steps of the kind ${step.kind} need ${field}.`, code: 'REQUIRED' }] : [];
  });
  const names = new Set<string>();
  const ways = (step.ways ?? []).flatMap((way, index) => {
    const place = [...path, 'ways', String(index)];
    const twice = names.has(way.id);
    names.add(way.id);
    return [
      ...(twice ? [{ path: [...place, 'id'], message: 'Another way of the branch has this id.', code: 'DUPLICATE' }] : []),
      ...conditionsProblems(way.conditions, [...place, 'conditions']),
      ...within(way.steps, [...place, 'steps']),
    ];
  });
  return [...fields, ...ways, ...within(step.steps ?? [], [...path, 'steps']), ...within(step.catch ?? [], [...path, 'catch'])];
}

/** Kinds that send secrets to where their author wants them; what others are given is kept and shown. */
const takesSecrets: ReadonlySet<string> = new Set(['httpRequest', 'code', 'endpoint']);

/** What the kind's schema says of arguments, but for what only their templates will make. */
function argsProblems(kind: StepKindName, args: JsonObject, path: Path): readonly FieldProblem[] {
  const parsed = writtenArgs(kind).safeParse(args, { reportInput: true });
  const shape = (parsed.success ? [] : parsed.error.issues).flatMap((issue): FieldProblem[] => {
    const place = issue.path.map(String);
    if (isTemplated(args, place)) return [];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, ...place, key], message: 'There is no such argument.', code: 'UNKNOWN_FIELD' }));
    const missing = issue.code === 'invalid_type' && issue.input === undefined;
    return [
      {
        path: [...path, ...place],
        message: missing ? 'This argument is required.' : issue.message,
        code: missing ? 'REQUIRED' : 'INVALID',
      },
    ];
  });
  // A transform's mapping and the text of code have checks of their own beside this.
  const rest = templateProblems(args, path, takesSecrets.has(kind));
  // Conditions are read where all that is written of them is there.
  return [...shape, ...rest, ...(asking.has(kind) && rest.length === 0 && parsed.success ? heldConditions(args, path) : [])];
}

/** Kinds whose arguments have conditions in them, and nothing else by this name. */
const asking: ReadonlySet<string> = new Set([
  'deleteResource',
  'fetchResource',
  'fetchFieldsFromResources',
  'triggerAutomations',
  'waitForEvent',
  'computeLevel',
]);

/** What is wrong with conditions that stand in arguments, but for what templates make of them. */
function heldConditions(value: unknown, path: Path): readonly FieldProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]): readonly FieldProblem[] => {
    const place = [...path, name];
    if (name !== 'conditions' || !Array.isArray(inner)) return heldConditions(inner, place);
    return (inner as readonly FlowCondition[]).flatMap((condition, index) => {
      const { field, operator } = condition;
      if (field.includes('{{') || operator.includes('{{')) return [];
      return conditionsProblems([condition], place).map((problem) => ({
        ...problem,
        path: [...place, String(index), ...problem.path.slice(place.length + 1)],
      }));
    });
  });
}

/** Whether a value, or what it stands in, is made by a template. */
function isTemplated(args: unknown, path: Path): boolean {
  let value: unknown = args;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) break;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return typeof value === 'string' && value.includes('{{');
}

function templateProblems(template: FlowSpec['outputs'], path: Path, secrets: boolean): readonly FieldProblem[] {
  try {
    return nameProblems(compileTemplate(template), path, secrets);
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    return [languageProblem(error, path)];
  }
}

function nameProblems(template: CompiledTemplate, path: Path, secrets: boolean): readonly FieldProblem[] {
  return namesUsed(template).flatMap(({ name, path: place, line, column }): FieldProblem[] => {
    const at = { path: [...path, ...place], line, column };
    if (name === 'secrets' && !secrets)
      return [{ ...at, message: 'Secrets cannot stand here: what this makes is shown.', code: 'SECRETS' }];
    if (contextNames.has(name)) return [];
    return [{ ...at, message: `There is no ${name} here. There are: ${[...contextNames].join(', ')}.`, code: 'UNKNOWN_NAME' }];
  });
}

function conditionsProblems(conditions: readonly FlowCondition[], path: Path, secrets = true): readonly FieldProblem[] {
  try {
    const compiled = compileConditions(conditionsIn(conditions));
    return compiled.flatMap(({ names }, index) =>
      secrets || !names.has('secrets')
        ? []
        : [
            {
              path: [...path, String(index)],
              message: 'Triggers know no secrets: ask for them in the conditions of a step.',
              code: 'SECRETS',
            },
          ],
    );
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    return [languageProblem(error, path)];
  }
}

const languageProblem = ({ code, message, line, column, path: place }: LanguageError, path: Path): FieldProblem => ({
  path: [...path, ...place],
  message,
  code,
  line,
  column,
});

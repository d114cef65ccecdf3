import { compileConditions, type CompiledConditions, type ConditionResult, meets } from '#language/condition/condition';
import type { HostFunctions } from '#language/functions';
import { type CompiledTemplate, compileTemplate, LanguageError, render } from '#language/template';
import { storableText } from '#platform/json';
import type { Platform } from '#platform/platform';
import type { Json, Plan, PlanCondition, PlanStep } from '#plan/plan';
import { nullKept } from '#plan/flow-kinds';
import { isStepKind, writtenArgs } from '#plan/step-kinds';
import { type Blueprints, loadBlueprints } from '#domain/record/blueprint.load.service';
import type { ClaimedRun } from '#domain/run/run.claim';
import { existingKind } from '#domain/flow/flow.existing';
import { runFactsOf, templateContext } from '#domain/run/run.context';
import { isObject } from './chain.commands.js';
import type { Connections } from './connections.js';
import type { Redactor } from './redactor.js';
import { StepError } from './steps/step.js';
import { secretNames, type TemplateContext } from './template-context.js';

/** What the steps of a flow, or of a part of it, see. A step that has an output adds it to `actions`: nothing is copied or read again for the next one. */
export interface Scope {
  /** What the functions do that templates may call. */
  readonly functions: HostFunctions;
  readonly context: Record<string, TemplateContext[string]>;
  readonly actions: Record<string, TemplateContext[string]>;
}

export interface FlowNames {
  readonly scope: Scope;
  /** Of the automation. */
  readonly name: string;
}

/** Where plans name what costs a statement, as text: to look too often does no harm. */
const texts = new WeakMap<Plan, string>();
function mentions(plan: Plan, name: string): boolean {
  const known = texts.get(plan) ?? JSON.stringify([plan.steps, plan.flow]);
  texts.set(plan, known);
  return known.includes(name);
}

/** The names that all steps of a flow may use. */
export async function flowNames(
  platform: Platform,
  connections: Connections,
  { run, signal }: { readonly run: ClaimedRun; readonly signal: AbortSignal },
  plan: Plan,
  redactor: Redactor,
): Promise<FlowNames> {
  const { db, clock } = platform;
  const facts = await runFactsOf(db.sql, run.id, mentions(plan, 'last_run'));
  if (facts === null) throw new Error('There is no such run.');
  const owners = [run.workspaceId, run.automationId].filter((id) => id !== null);
  const owned = mentions(plan, 'secrets') ? await connections.secrets(run.workspaceId, owners, signal) : null;
  const input = (run.input ?? null) as Json;
  const told = (run.eventId !== null || run.entityId !== null) && isObject(input) ? input : null;
  const inputs = told === null && isObject(input) ? input : {};
  const actions = Object.create(null) as Scope['actions'];
  const context: Scope['context'] = {
    ...templateContext(facts, clock.now()),
    arguments: plan.flow?.arguments ?? {},
    inputs,
    args: inputs,
    ...(told === null ? {} : { event: told['event'] ?? null, data: told['data'] ?? null, previous: told['previous'] ?? null }),
    user: mentions(plan, 'user') ? await userOf(platform, run) : null,
    secrets:
      owned === null
        ? {}
        : secretNames(
            { redactor },
            owners.map((id) => owned.get(id)),
          ),
    actions,
  };
  const blueprints = mentions(plan, 'standardize_status') ? await loadBlueprints(db.sql, run.workspaceId) : null;
  const functions: HostFunctions = blueprints === null ? {} : { standardize_status: standardizer(blueprints) };
  return { scope: { context, actions, functions }, name: facts.automationName ?? 'Millrace' };
}

async function userOf({ db }: Platform, { actorKind, actorId }: ClaimedRun): Promise<TemplateContext[string]> {
  if (actorKind !== 'USER' || actorId === null) return null;
  const user = await db.prisma.user.findUnique({ where: { id: actorId }, select: { id: true, name: true, email: true } });
  return user === null ? null : { id: `usr_${user.id}`, name: user.name, email: user.email };
}

/** What is added is seen within, and what steps within put out is not seen outside. */
export function innerScope({ context, actions, functions }: Scope, more: TemplateContext): Scope {
  const own = Object.assign(Object.create(null) as Scope['actions'], actions);
  return { context: { ...context, ...more, actions: own }, actions: own, functions };
}

/** What is added is seen within, and what steps within put out is seen outside, too. */
export const sharedScope = ({ context, ...rest }: Scope, more: TemplateContext): Scope => ({ ...rest, context: { ...context, ...more } });

/** Finds the status of a blueprint that a word of another system stands for: the same but for capitals and what joins its parts. */
function standardizer(blueprints: Blueprints): NonNullable<HostFunctions['standardize_status']> {
  const plain = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, '');
  return (value, blueprint) => {
    if (typeof value !== 'string' || typeof blueprint !== 'string') return undefined;
    return blueprints.called(blueprint)?.statuses.find(({ name }) => plain(name) === plain(value))?.name;
  };
}

/** Functions that templates of flows may call. */
const callable = { functions: ['standardize_status'] as const };

/** Plans never change and are kept in memory: what was read of them is forgotten with them. */
const compiledArgs = new WeakMap<PlanStep['args'], CompiledTemplate>();
const compiledGuards = new WeakMap<readonly PlanCondition[], CompiledConditions>();
const compiledOutputs = new WeakMap<object, CompiledTemplate>();

/** Arguments that are no templates: code may hold braces. */
const plainArgs: Readonly<Record<string, readonly string[]>> = {
  [existingKind]: ['arguments', 'triggers'],
  code: ['code', 'configuration'],
};
/** Kinds that send secrets to where their author wants them; others keep, or show, what they get. */
const takesSecrets = new Set(['httpRequest', 'code', 'endpoint']);

/** The arguments of a step, rendered and checked. Throws StepError. */
export function argsOf({ kind, args }: PlanStep, { context, functions }: Scope, now: Date, redactor: Redactor): PlanStep['args'] {
  const plain = plainArgs[kind] ?? [];
  const templates = plain.length === 0 ? args : Object.fromEntries(Object.entries(args).filter(([name]) => !plain.includes(name)));
  const rendered = filled(['args'], () => {
    const compiled = compiledArgs.get(args) ?? compileTemplate(templates, callable);
    compiledArgs.set(args, compiled);
    return render(compiled, at(context, now), { functions });
  });
  const given = { ...(plain.length === 0 ? {} : args), ...(isObject(rendered) ? rendered : {}) };
  // What a template finds nothing for is as absent, but where that would mean something else.
  const kept = nullKept[kind] ?? [];
  const present = Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== null || kept.includes(name)));
  const whole = kind === 'transform' ? given : present;
  if (isStepKind(kind)) {
    const parsed = writtenArgs(kind).safeParse(whole);
    if (!parsed.success) {
      const told = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
      throw new StepError({ code: 'ARGUMENT', message: redactor.text(storableText(told)), retryable: false });
    }
  }
  if (takesSecrets.has(kind)) return whole;
  const clean = redactor.json(whole);
  return isObject(clean) ? clean : {};
}

/** Whether the conditions hold. Throws StepError. */
export function guardOf(guard: readonly PlanCondition[], { context, functions }: Scope, now: Date): ConditionResult {
  return filled(['conditions'], () => {
    const compiled = compiledGuards.get(guard) ?? compileConditions(guard as Parameters<typeof compileConditions>[0]);
    compiledGuards.set(guard, compiled);
    return meets(compiled, at(context, now), { functions });
  });
}

/** What the run comes to. Throws StepError. */
export function outputsOf({ flow }: Plan, { context, functions }: Scope, now: Date): Json {
  if (flow === undefined) return null;
  return filled(['outputs'], () => {
    const compiled = compiledOutputs.get(flow) ?? compileTemplate(flow.outputs, callable);
    compiledOutputs.set(flow, compiled);
    return render(compiled, at(context, now), { functions });
  });
}

function at(context: Scope['context'], now: Date): TemplateContext {
  const time = now.toISOString();
  context['now'] = time;
  context['date'] = time.slice(0, 10);
  return context;
}

/** The same template and context fail again. */
function filled<Result>(place: readonly string[], make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    const { line, column, path, message } = error;
    throw new StepError({ code: 'ARGUMENT', message: `${[...place, ...path].join('.')}: ${message}`, line, column, retryable: false });
  }
}

import type { RunStatus, StepStatus } from '#platform/db/generated/prisma/enums';
import type { Json } from '#plan/plan';
import { isStepKind, stepKinds } from '#plan/step-kinds';
import { completed } from './flow.complete.js';
import type { FlowCondition, FlowSpec, FlowStep, FlowTrigger, JsonObject } from './flow.spec.js';
import { actionOf } from './flow.trigger.js';

/** How far a run, or all its repeats of a step, has come. */
export type PictureTone = 'good' | 'bad' | 'late' | 'stopped' | 'running' | 'waiting' | 'skipped';

/** What came of a step in a run. */
export interface PictureState {
  readonly tone: PictureTone;
  /** `✓`, or of a step that was done several times `2 ✕ · 10 ✓`. */
  readonly sign: string;
  /** The same in words. */
  readonly told: string;
}

export interface PictureCard {
  readonly title: string;
  /** What kind of step it is, and what it is about. */
  readonly note: string;
  /** Under which conditions; null: always. */
  readonly condition: string | null;
  /** Undefined: no run is shown. Null: the run did not come here. */
  readonly state: PictureState | null | undefined;
}

export type PictureBlock =
  | { readonly type: 'step'; readonly card: PictureCard }
  | { readonly type: 'branch'; readonly card: PictureCard; readonly ways: readonly PicturePart[] }
  /** A loop, or what catches failures. */
  | { readonly type: 'box'; readonly card: PictureCard; readonly parts: readonly PicturePart[] };

/** Steps that stand in another one, under a name. */
export interface PicturePart {
  readonly title: string;
  readonly blocks: readonly PictureBlock[];
}

export interface Picture {
  readonly title: string;
  readonly note: string;
  /** Of the run that is shown. */
  readonly status: { readonly text: string; readonly tone: PictureTone | null } | null;
  /** What starts it; several are alternatives. */
  readonly starts: readonly string[];
  readonly blocks: readonly PictureBlock[];
  /** What comes of it. */
  readonly end: string;
  /** Whether what is shown came there, or shows no run. */
  readonly arrived: boolean;
  /** All of it in words. */
  readonly summary: string;
}

/** A run over a flow. */
export interface PicturedRun {
  readonly status: RunStatus;
  readonly steps: readonly { readonly path: string; readonly status: StepStatus }[];
}

export interface PictureInput {
  readonly name: string;
  readonly spec: FlowSpec;
  /** Null: the flow alone is shown. */
  readonly run: PicturedRun | null;
}

/** What a picture of a flow shows, of a run over it, too. A flow whose type says what it does is shown as it is executed. */
export function pictureOf({ name, spec, run }: PictureInput): Picture {
  const { steps, triggers, needsApproval, outputs } = completed(spec);
  const states = run === null ? null : statesOf(run.steps);
  const blocks = [...(needsApproval ? [approvalOf(run)] : []), ...blocksOf(steps, '', states)];
  const count = countOf(steps);
  const starts = triggers.length === 0 ? ['Started by a client'] : triggers.map(startOf);
  return {
    title: name,
    note: `${typeNames[spec.type]} · ${count} step${count === 1 ? '' : 's'}`,
    status: run === null ? null : { text: run.status.replaceAll('_', ' '), tone: runTones[run.status] },
    starts,
    blocks,
    end: outputs === null || typeof outputs !== 'object' || Array.isArray(outputs) ? 'End' : `End: ${Object.keys(outputs).join(', ')}`,
    arrived: run === null || run.status === 'SUCCEEDED' || run.status === 'PARTIAL',
    summary: [`Starts: ${starts.join('; ')}.`, ...blocks.flatMap(told)].join(' '),
  };
}

/** What a person decides before the first step. */
function approvalOf(run: PicturedRun | null): PictureBlock {
  const open: PictureState = { tone: 'waiting', sign: '…', told: 'waiting' };
  const given: PictureState = { tone: 'good', sign: '✓', told: 'approved' };
  // A run that has no step yet may still wait for it, or have ended without it.
  const state = run === null ? undefined : run.steps.length > 0 ? given : run.status === 'WAITING' ? open : null;
  return { type: 'step', card: { title: 'Approval', note: 'A person approves each run', condition: null, state } };
}

const typeNames: Readonly<Record<FlowSpec['type'], string>> = {
  AUTOMATION: 'Automation',
  SELF_SERVICE_ACTION: 'Self-service action',
  SCORECARD: 'Scorecard',
  REFERENCE: 'Reference',
};

const runTones: Readonly<Record<RunStatus, PictureTone | null>> = {
  QUEUED: null,
  WAITING: 'waiting',
  RUNNING: 'running',
  SUCCEEDED: 'good',
  PARTIAL: 'late',
  FAILED: 'bad',
  CANCELED: 'stopped',
  TIMED_OUT: 'late',
  DEAD: 'bad',
};

/** In the order in which they say most of a step that was done several times. */
const tones: readonly (readonly [StepStatus, PictureTone, string])[] = [
  ['RUNNING', 'running', '▸'],
  ['RETRYING', 'waiting', '↻'],
  ['WAITING', 'waiting', '…'],
  ['FAILED', 'bad', '✕'],
  ['TIMED_OUT', 'late', '!'],
  ['CANCELED', 'stopped', '■'],
  ['SUCCEEDED', 'good', '✓'],
  ['SKIPPED', 'skipped', '–'],
];

type States = ReadonlyMap<string, ReadonlyMap<StepStatus, number>>;

/** What came of the steps by where they stand in the flow: all items of a list are together. */
function statesOf(steps: PicturedRun['steps']): States {
  const states = new Map<string, Map<StepStatus, number>>();
  for (const { path, status } of steps) {
    const place = path.replaceAll(/\[\d+\]/g, '');
    const counts = states.get(place) ?? new Map<StepStatus, number>();
    states.set(place, counts.set(status, (counts.get(status) ?? 0) + 1));
  }
  return states;
}

function stateOf(states: States | null, path: string): PictureState | null | undefined {
  const counts = states?.get(path);
  if (states === null) return undefined;
  if (counts === undefined) return null;
  const found = tones.flatMap(([status, tone, sign]) => {
    const count = counts.get(status) ?? 0;
    return count === 0 ? [] : [{ status, tone, sign, count }];
  });
  const once = found.length === 1 && found[0]?.count === 1;
  return {
    tone: found[0]?.tone ?? 'skipped',
    sign: found.map(({ sign, count }) => (once ? sign : `${count} ${sign}`)).join(' · '),
    told: found.map(({ status, count }) => `${once ? '' : `${count} `}${status.toLowerCase().replaceAll('_', ' ')}`).join(', '),
  };
}

function blocksOf(steps: readonly FlowStep[], prefix: string, states: States | null): readonly PictureBlock[] {
  return steps.map((step) => blockOf(step, prefix + step.id, states));
}

function blockOf(step: FlowStep, path: string, states: States | null): PictureBlock {
  const { kind, conditions } = step;
  const about = aboutOf(step.args);
  const kindName = isStepKind(kind) ? stepKinds[kind].title : kind;
  const title = step.title === '' ? step.id : step.title;
  const note = about === null ? kindName : `${kindName}: ${about}`;
  const card: PictureCard = {
    title,
    note,
    condition: conditions.length === 0 ? null : conditionsOf(conditions),
    state: stateOf(states, path),
  };
  const part = (name: string, inner: readonly FlowStep[], place: string): PicturePart => ({
    title: name,
    blocks: blocksOf(inner, `${place}/`, states),
  });
  if (kind === 'branch') {
    const ways = (step.ways ?? []).map((way) => part(wayOf(way.title, way.conditions), way.steps, `${path}.${way.id}`));
    const whole = (step.ways ?? []).some((way) => way.conditions.length === 0);
    return { type: 'branch', card, ways: whole ? ways : [...ways, { title: 'otherwise', blocks: [] }] };
  }
  if (kind === 'forEach') return { type: 'box', card, parts: [part('', step.steps ?? [], path)] };
  if (kind === 'tryCatch') {
    const tried = part('Try', step.steps ?? [], `${path}.try`);
    return { type: 'box', card, parts: step.catch === undefined ? [tried] : [tried, part('When it fails', step.catch, `${path}.catch`)] };
  }
  return { type: 'step', card };
}

const wayOf = (title: string, conditions: readonly FlowCondition[]): string =>
  title === '' ? (conditions.length === 0 ? 'otherwise' : conditionsOf(conditions)) : title;

/** Arguments that say in a word what a step is about, the first of them that there is. */
const telling = [
  'url',
  'flow',
  'action',
  'for',
  'until',
  'items',
  'type',
  'relation',
  'blueprintId',
  'targetBlueprintId',
  'automationIds',
  'group',
  'subject',
  'title',
];

function aboutOf(args: JsonObject): string | null {
  const { data, method } = args;
  const given: JsonObject = typeof data === 'object' && data !== null && !Array.isArray(data) ? { ...(data as JsonObject), ...args } : args;
  const name = telling.find((one) => given[one] !== undefined && given[one] !== null);
  if (name === undefined) return Array.isArray(args['conditions']) ? blueprintIn(args['conditions']) : null;
  const value = given[name];
  const text = typeof value === 'string' ? value : Array.isArray(value) ? `${value.length} items` : JSON.stringify(value);
  return name === 'url' && typeof method === 'string' ? `${method} ${text}` : text;
}

const operatorSigns: Readonly<Record<string, string>> = { eq: '=', neq: '≠', gt: '>', gte: '≥', lt: '<', lte: '≤' };
const valueless = new Set(['exists', 'nexists', 'empty', 'nempty']);

function conditionsOf(conditions: readonly FlowCondition[]): string {
  return conditions
    .map(({ field, operator, value, expression }) => {
      const name = expression === true ? field : field.replace(/^data[./]/, '').replace(/^properties[./]/, '');
      if (valueless.has(operator)) return `${name} ${operator}`;
      return `${name} ${operatorSigns[operator] ?? operator} ${valueOf(value)}`;
    })
    .join(' and ');
}

const valueOf = (value: Json | undefined): string =>
  typeof value === 'string' ? (value === '' ? "''" : value) : JSON.stringify(value ?? null);

const isBlueprint = ({ field, operator }: FlowCondition): boolean => operator === 'eq' && /^(?:data[./])?blueprintId$/.test(field);

function blueprintIn(conditions: readonly FlowCondition[]): string | null {
  const value = conditions.find(isBlueprint)?.value;
  return typeof value === 'string' ? value : null;
}

function startOf(trigger: FlowTrigger): string {
  switch (trigger.type) {
    case 'EVENT': {
      const blueprint = blueprintIn(trigger.conditions);
      const rest = trigger.conditions.filter((condition) => !isBlueprint(condition));
      const events = trigger.events.map(actionOf).join(' or ');
      const what = blueprint === null ? events : `${events} of ${blueprint}`;
      return rest.length === 0 ? what : `${what} where ${conditionsOf(rest)}`;
    }
    case 'MANUAL':
      return 'By hand';
    case 'SCHEDULE':
      return `On a schedule: ${Object.entries(trigger.schedule)
        .flatMap(([name, value]) => (typeof value === 'string' ? [`${name} ${value}`] : []))
        .join(', ')}`;
    case 'WEBHOOK':
      return 'By a webhook';
  }
}

const countOf = (steps: readonly FlowStep[]): number =>
  steps.reduce(
    (sum, step) =>
      sum +
      1 +
      countOf(step.steps ?? []) +
      countOf(step.catch ?? []) +
      (step.ways ?? []).reduce((inner, way) => inner + countOf(way.steps), 0),
    0,
  );

function told(block: PictureBlock): readonly string[] {
  const { title, state } = block.card;
  const own = state == null ? title : `${title}: ${state.told}`;
  const parts = block.type === 'step' ? [] : block.type === 'branch' ? block.ways : block.parts;
  return [`${own}.`, ...parts.flatMap((part) => part.blocks.flatMap(told))];
}

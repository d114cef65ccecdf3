import type { Config } from '#platform/config/config';
import { checkPlan } from '#plan/plan-check';
import type { FieldProblem } from '#domain/errors';
import { compileAction } from './action.compile.js';
import { isDirect, type Publishing } from './action.build.js';
import { strayParts } from './action.code.js';
import { type ActionSpec, type SpecFields, threadModeOf } from './action.spec.js';

/** Where in the spec a place of its plan comes from: `payload`, `thread.template`, or `steps.0.args.<name>`, for the plan is one step. */
function fieldOf([part, ...rest]: readonly string[]): string[] {
  if (part === 'payload') return ['payload', ...rest];
  if (part === 'thread') return ['threadTemplate', ...rest.slice(1)];
  const [, , argument, ...place] = rest;
  return argument === 'mapping' ? ['transform', ...place] : argument === undefined ? [] : [argument, ...place];
}

const nil = '00000000-0000-0000-0000-000000000000';

type Limits = Pick<Config, 'sandbox' | 'outgoing'>;

/** Everything that is wrong with the spec that a save would make of what is given, found before anything runs; none: its plan can be executed. */
export function specProblems(
  spec: ActionSpec,
  before: ActionSpec | null,
  given: SpecFields,
  limits: Limits,
  publishing: Publishing,
): readonly FieldProblem[] {
  return [
    ...bodyProblems(spec, given),
    ...(spec.code === undefined ? strayParts(spec) : []),
    ...threadProblems(spec, before, given),
    ...timeoutProblems(spec, limits),
    ...pointProblems(spec, publishing),
    ...planProblems(spec, publishing),
  ];
}

function bodyProblems(spec: ActionSpec, given: SpecFields): FieldProblem[] {
  const fields = ['code', 'transform', 'endpoint'] as const;
  const wanted = fields.filter((field) => given[field] != null);
  if (wanted.length > 1) return oneOf(wanted, 'Give one of code, transform and endpoint, not several.');
  const has = spec.code !== undefined || spec.transform !== undefined || spec.endpointId !== undefined;
  return has ? [] : oneOf(fields, 'Give one of code, transform and endpoint.');
}

function oneOf(fields: readonly string[], message: string): FieldProblem[] {
  return fields.map((field) => ({ path: [field], message, code: 'ONE_OF' }));
}

function threadProblems(spec: ActionSpec, before: ActionSpec | null, given: SpecFields): FieldProblem[] {
  const mode = threadModeOf(before?.thread, given);
  const problems: FieldProblem[] = [];
  const needed = (field: string, message: string) => problems.push({ path: [field], message, code: 'REQUIRED' });
  const unexpected = (field: string, message: string) => problems.push({ path: [field], message, code: 'UNEXPECTED' });
  if (mode !== 'FIXED' && given.thread != null) unexpected('thread', 'Only the thread mode FIXED has a thread that is named.');
  if (mode !== 'TEMPLATE' && given.threadTemplate != null) unexpected('threadTemplate', 'Only the thread mode TEMPLATE has a template.');
  if (mode === 'FIXED' && spec.thread === undefined) needed('thread', 'The thread mode FIXED needs the name of the thread.');
  if (mode === 'TEMPLATE' && spec.thread === undefined) needed('threadTemplate', 'The thread mode TEMPLATE needs its template.');
  if (mode !== 'NEW_EACH_RUN' && spec.namespaceId === undefined)
    needed('namespace', `The thread mode ${mode} needs a namespace: threads are in one.`);
  return problems;
}

/** Calls of other servers may take longer than code, or less long. */
function timeoutProblems({ endpointId, timeoutMs }: ActionSpec, { sandbox, outgoing }: Limits): FieldProblem[] {
  const most = endpointId === undefined ? sandbox.maxMs : outgoing.ms;
  if (timeoutMs === null || timeoutMs <= most) return [];
  return [{ path: ['timeout'], message: `This lies between 1 and ${most} milliseconds.`, code: 'OUT_OF_RANGE' }];
}

/** What is bound to a trigger point is code, and takes the event as it is. */
function pointProblems(spec: ActionSpec, { triggerPoint }: Publishing): FieldProblem[] {
  if (triggerPoint === null) return [];
  const unexpected = (field: string, message: string): FieldProblem => ({ path: [field], message, code: 'UNEXPECTED' });
  return [
    ...(spec.code === undefined ? [{ path: ['code'], message: 'An action of a trigger point is made of code.', code: 'REQUIRED' }] : []),
    ...(spec.payload === undefined ? [] : [unexpected('payload', 'An action of a trigger point gets the event, not a payload.')]),
    ...(spec.thread === undefined ? [] : [unexpected('threadMode', 'An action of a trigger point has no thread.')]),
    ...(spec.retry.maxRetries === 0 ? [] : [unexpected('retry', 'An action of a trigger point is not tried again.')]),
  ];
}

/** Nothing can be compiled of a spec without a body. Code that is built is checked by its build. */
function planProblems(spec: ActionSpec, publishing: Publishing): FieldProblem[] {
  const unbuilt = { build: '0'.repeat(64), version: nil, secrets: nil };
  const plan = compileAction(spec, isDirect(spec, publishing) ? null : unbuilt);
  const bare = spec.code === undefined && spec.transform === undefined && spec.endpointId === undefined;
  return checkPlan(bare ? { ...plan, steps: [] } : plan).map((problem) => ({ ...problem, path: fieldOf(problem.path) }));
}

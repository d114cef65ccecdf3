import { createHash } from 'node:crypto';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import type { Calls } from './calls.js';
import type { commitStep } from './commit.js';
import type { Redactor } from './redactor.js';
import type { StepImplementation } from './steps/step.js';

/** Where a step makes calls. */
export interface CallPlace {
  readonly path: string;
  readonly redactor: Redactor;
}

/** What takes the place of the world in a run that is tried out, or done again. Where it says nothing, a step does what it does in any run. */
export interface StandIn {
  /** How a kind of steps is executed, given how it would be. */
  readonly implementation?: (kind: string, real: StepImplementation) => StepImplementation;
  readonly calls?: (place: CallPlace) => Calls;
  readonly commit?: typeof commitStep;
  /** Hears what a step is given, without secrets. */
  readonly given?: (path: string, args: Json) => void;
}

/** Kinds that do something to the product, or wait for something: a replay answers them from what was recorded. */
const acting = [
  'upsertResource',
  'deleteResource',
  'resolveRelation',
  'computeLevel',
  'notify',
  'triggerAutomations',
  'runAction',
  'runFlow',
  'approval',
  'waitForEvent',
];
/** Kinds that read what is there, which may be other by then: where nothing recorded fits, they read it anew. */
const reading = ['fetchResource', 'fetchFieldsFromResources', 'fetchEntitiesBySource', 'delay'];

export const isActing = (kind: string): boolean => acting.includes(kind);
export const isRecorded = (kind: string): boolean => isActing(kind) || reading.includes(kind);

/** The code of a run that ends because a step does what was not recorded. */
export const noRecording = 'NO_RECORDING';

/** What a step was given, for comparison. */
export function argsHashOf(args: { readonly [name: string]: Json }): string {
  return createHash('sha256').update(canonicalJson(args)).digest('hex');
}

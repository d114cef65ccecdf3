import { existingKind } from '#domain/flow/flow.existing';
import type { ControlKind } from '#plan/flow-kinds';
import type { StepKindName } from '#plan/step-kinds';
import { code } from './code.js';
import { endpoint } from './endpoint.js';
import { startForExisting } from './existing.js';
import { fetchFieldsFromResources, fetchResource } from './fetch.js';
import { computeLevel } from './level.js';
import { deleteResource, upsertResource } from './record.js';
import { resolveRelation } from './relation.js';
import { fetchEntitiesBySource } from './source.js';
import { httpRequest } from './http.js';
import { notify } from './notify.js';
import { runAction, runFlow, triggerAutomations } from './spawn.js';
import type { StepImplementation } from './step.js';
import { transform } from './transform.js';
import { approval, delay, waitForEvent } from './wait.js';

/** Kinds that the interpreter of flows executes by itself. */
export const controlKinds = ['branch', 'forEach', 'tryCatch'] as const satisfies readonly ControlKind[];

const implementations = {
  code,
  endpoint,
  transform,
  upsertResource,
  deleteResource,
  fetchResource,
  fetchFieldsFromResources,
  fetchEntitiesBySource,
  computeLevel,
  resolveRelation,
  triggerAutomations,
  httpRequest,
  runAction,
  runFlow,
  notify,
  delay,
  waitForEvent,
  approval,
} as const satisfies Partial<Record<Exclude<StepKindName, ControlKind>, StepImplementation>>;

/** The implementation of each step kind of the registry; undefined for a kind that a newer API knows. */
export const stepImplementations: Readonly<Record<string, StepImplementation | undefined>> = {
  ...implementations,
  [existingKind]: startForExisting,
};

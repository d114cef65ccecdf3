import type { ControlKind } from '#plan/flow-kinds';
import type { StepKindName } from '#plan/step-kinds';
import { code } from './code.js';
import { endpoint } from './endpoint.js';
import { fetchFieldsFromResources, fetchResource } from '#worker/flow-steps/fetch';
import { computeLevel } from '#worker/flow-steps/level';
import { deleteResource, upsertResource } from '#worker/flow-steps/record';
import { resolveRelation } from '#worker/flow-steps/relation';
import { fetchEntitiesBySource } from '#worker/flow-steps/source';
import { httpRequest } from '#worker/flow-steps/http';
import { notify } from '#worker/flow-steps/notify';
import { runAction, runFlow, triggerAutomations } from '#worker/flow-steps/spawn';
import type { StepImplementation } from './step.js';
import { transform } from './transform.js';
import { approval, delay, waitForEvent } from '#worker/flow-steps/wait';

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
export const stepImplementations: Readonly<Record<string, StepImplementation | undefined>> = implementations;

import type { StepKindName } from '#plan/step-kinds';
import { code } from './code.js';
import { endpoint } from './endpoint.js';
import type { StepImplementation } from './step.js';
import { transform } from './transform.js';

const implementations = { code, endpoint, transform } as const satisfies Record<StepKindName, StepImplementation>;

/** The implementation of each step kind of the registry; undefined for a kind that a newer API knows. */
export const stepImplementations: Readonly<Record<string, StepImplementation | undefined>> = implementations;

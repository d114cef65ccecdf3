import { code } from './code.js';
import type { StepImplementation } from './step.js';

/** The implementation of each step kind of the registry. */
export const stepImplementations: Readonly<Record<string, StepImplementation | undefined>> = { code };

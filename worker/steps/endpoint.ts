import { StepError, type StepImplementation } from './step.js';

/** Calls an endpoint. */
export const endpoint: StepImplementation = {
  execute: () => Promise.reject(new StepError({ code: 'NOT_THERE_YET', message: 'Endpoints cannot be called yet.', retryable: false })),
};

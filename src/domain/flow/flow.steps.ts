import type { FlowSpec, FlowStep } from './flow.spec.js';

/** A step, with where it stands. */
export interface ListedStep {
  readonly path: string;
  /** The path of the step that it stands in; null: in none. */
  readonly parent: string | null;
  /** In which part of its parent: a way's id, `try`, `catch`; null: it has one part only. */
  readonly way: string | null;
  readonly step: FlowStep;
}

/** All steps of a flow; those that stand in others follow them. */
export function listSteps({ steps }: Pick<FlowSpec, 'steps'>): readonly ListedStep[] {
  return steps.flatMap((step) => listed(step, step.id, null, null));
}

function listed(step: FlowStep, path: string, parent: string | null, way: string | null): readonly ListedStep[] {
  const within = (steps: readonly FlowStep[], part: string | null) =>
    steps.flatMap((inner) => listed(inner, `${part === null ? path : `${path}.${part}`}/${inner.id}`, path, part));
  return [
    { path, parent, way, step },
    ...(step.ways ?? []).flatMap((one) => within(one.steps, one.id)),
    ...within(step.steps ?? [], step.kind === 'tryCatch' ? 'try' : null),
    ...within(step.catch ?? [], 'catch'),
  ];
}

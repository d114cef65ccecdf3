import { compileConditions, type Condition, meets } from '#language/condition/condition';
import { keepLevel } from '#domain/record/entity.level.service';
import { readViews, uuidOf } from '#domain/record/entity.view.service';
import { asStepError } from './fault.js';
import { committedOutput, flowOf } from './record.js';
import { type StepCall, StepError, type StepImplementation, StepNothing } from '#worker/steps/step';

interface LevelArgs {
  readonly entity?: string;
  readonly levels: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
}

/** The record that a step is about: the one that it names, or that of the run. Throws StepError. */
export function subjectOf(call: StepCall, name: string | undefined): string {
  const id = name === undefined ? flowOf(call).run.entityId : uuidOf(name);
  if (id === null)
    throw new StepError({
      code: 'ARGUMENT',
      message: name === undefined ? 'entity: the run is about no record.' : 'entity: this is no id of a record.',
      retryable: false,
    });
  return id;
}

/** Finds the level of a record: the highest whose conditions hold, with all those below it. */
export const computeLevel: StepImplementation = {
  execute: async (call) => {
    const { entity, levels } = call.args as unknown as LevelArgs;
    const flow = flowOf(call);
    const { workspaceId, automationId } = call;
    const entityId = subjectOf(call, entity);
    return committedOutput(
      await asStepError(() =>
        flow.commit(async (work) => {
          const [view] = await readViews(work.sql, workspaceId, [entityId]);
          if (view === undefined || automationId === null) throw new StepNothing(false);
          const missed = levels.findIndex(({ conditions }) => !meets(compileConditions(conditions), { ...view, data: view }).met);
          const rank = missed < 0 ? levels.length : missed;
          const level = rank === 0 ? null : (levels[rank - 1]?.name ?? null);
          const previous = (await keepLevel(work, { workspaceId, entityId, automationId, level, rank, runId: call.runId })) ?? null;
          return { output: { level, previous } };
        }),
      ),
    );
  },
};

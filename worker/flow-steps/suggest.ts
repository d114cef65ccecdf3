import type { Json } from '#plan/plan';
import { readViews, textOf } from '#domain/record/entity.view.service';
import { blueprintOf, findResource, type ResourceData } from '#domain/record/resource.service';
import { suggest } from '#domain/suggestion/suggest.service';
import type { PlainWork } from '#domain/work';
import type { Cause } from '#domain/event/event.emit.service';
import type { ClaimedRun } from '#domain/run/run.claim';
import { StepError } from '#worker/steps/step';

/** Suggests a record that is not there. Null: it is there, and is written as ever. */
export async function suggestNew(work: PlainWork, run: ClaimedRun, given: ResourceData, autoApply: boolean, cause: Cause): Promise<Json> {
  const { workspaceId } = run;
  const { id, blueprintId, ...data } = given;
  if (id === undefined) throw new StepError({ code: 'ARGUMENT', message: 'data.id: a suggestion names its record.', retryable: false });
  const spec = await blueprintOf(work.sql, workspaceId, blueprintId);
  if ((await findResource(work.sql, spec, id)) !== null) return null;
  if (run.automationId === null) throw new StepError({ code: 'INVALID_PLAN', message: 'Only flows suggest.', retryable: false });
  const [source = null] = run.entityId === null ? [] : await readViews(work.sql, workspaceId, [run.entityId]);
  const suggested = await suggest(
    work,
    {
      workspaceId,
      automationId: run.automationId,
      title: data.title ?? id,
      description: data.description ?? '',
      source:
        source === null || run.entityId === null
          ? null
          : { entityId: run.entityId, blueprint: textOf(source, 'blueprintId'), name: textOf(source, 'id'), context: source },
      target: { blueprint: spec.key, id },
      data: { ...data, blueprintId: spec.key } as Parameters<typeof suggest>[1]['data'],
      autoApply,
      runId: run.id,
    },
    cause,
  );
  const { key, ignored, applied } = suggested;
  return { suggestion: `sug_${suggested.id}`, key, ignored, applied: applied !== null, entity: applied?.newState ?? null };
}

import type { Json } from '#plan/plan';
import { readViews } from '#domain/record/entity.view.service';
import { blueprintOf, findResource, type ResourceData } from '#domain/record/resource.service';
import { suggest } from '#domain/suggestion/suggest.service';
import type { PlainWork } from '#domain/work';
import { causeOf, flowOf } from './record.js';
import { type StepCall, StepError } from '#worker/steps/step';

/** Suggests a record that is not there. Null: it is there, and is written as ever. */
export async function suggestNew(work: PlainWork, call: StepCall, given: ResourceData, autoApply: boolean): Promise<Json> {
  const { run } = flowOf(call);
  const { workspaceId } = call;
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
      flow: { id: run.automationId, key: await flowKey(work, run.automationId) },
      title: data.title ?? id,
      description: data.description ?? '',
      source: source === null || run.entityId === null ? null : { entityId: run.entityId, name: String(source['id']), context: source },
      target: { blueprint: spec.key, id },
      data: { ...data, blueprintId: spec.key } as Parameters<typeof suggest>[1]['data'],
      autoApply,
      runId: run.id,
    },
    causeOf(run),
  );
  const { key, ignored, applied } = suggested;
  return { suggestion: `sug_${suggested.id}`, key, ignored, applied: applied !== null, entity: applied?.newState ?? null };
}

async function flowKey({ sql }: PlainWork, automationId: string): Promise<string> {
  const statement = { name: 'suggest.flow', text: 'SELECT key FROM "Automation" WHERE id = $1::uuid' };
  const [row] = await sql.query<{ key: string }>(statement, [automationId]);
  return row?.key ?? '';
}

import type { Json } from '#plan/plan';
import { queryEntities } from '#domain/record/entity.query';
import { changeEntity } from '#domain/record/entity.write.service';
import { findLinked } from '#domain/record/entity.named';
import { readViews, textOf } from '#domain/record/entity.view.service';
import { blueprintOf } from '#domain/record/resource.service';
import { asStepError } from './fault.js';
import { subjectOf } from './level.js';
import { causeOf, committedOutput, flowOf } from './record.js';
import { StepError, type StepImplementation, StepNothing } from '#worker/steps/step';

interface RelationArgs {
  readonly entity?: string;
  readonly relation: string;
  readonly targetBlueprintId: string;
  readonly targetField: string;
  readonly value: Json;
  readonly stopFlowIfNotFound?: boolean;
}

/** Most records to which one link leads. */
const most = 200;

/** Links a record to those of another blueprint that have its value. */
export const resolveRelation: StepImplementation = {
  execute: async (call) => {
    const { entity, relation, targetBlueprintId, targetField, value, stopFlowIfNotFound } = call.args as unknown as RelationArgs;
    const flow = flowOf(call);
    const { workspaceId } = call;
    const entityId = subjectOf(call, entity);
    const wanted = (Array.isArray(value) ? (value as readonly Json[]) : [value]).filter((one) => one !== null && one !== '');
    return committedOutput(
      await asStepError(() =>
        flow.commit(async (work) => {
          const [view] = await readViews(work.sql, workspaceId, [entityId]);
          if (view === undefined) throw new StepNothing(false);
          const spec = await blueprintOf(work.sql, workspaceId, textOf(view, 'blueprintId'));
          const link = spec.links.find(({ name }) => name === relation);
          if (link === undefined || link.kind === 'INVERSE')
            throw new StepError({
              code: 'ARGUMENT',
              message: `relation: records of ${spec.key} have no link ${relation} of their own.`,
              retryable: false,
            });
          const conditions = [
            { field: 'blueprintId', operator: 'eq' as const, value: targetBlueprintId },
            { field: targetField, operator: 'in' as const, value: wanted },
          ];
          const names: string[] = [];
          if (wanted.length > 0)
            for await (const page of queryEntities(work.sql, workspaceId, conditions))
              names.push(...page.map((found) => textOf(found, 'entity')));
          if (names.length > most)
            throw new StepError({ code: 'LIMIT_EXCEEDED', message: `A link is resolved to at most ${most} records.`, retryable: false });
          if (link.kind === 'ONE' && names.length > 1)
            throw new StepError({
              code: 'AMBIGUOUS',
              message: `${names.length} records have this value, and ${relation} leads to one.`,
              retryable: false,
            });
          if (names.length === 0 && stopFlowIfNotFound === true) throw new StepNothing(true);
          const set = await findLinked(work.sql, spec, [{ name: relation, to: names }]);
          await changeEntity(work, entityId, { links: { set } }, await causeOf(work.sql, flow.run));
          const [after] = await readViews(work.sql, workspaceId, [entityId]);
          return { output: { ids: idsOf(after?.['relations'], relation) } };
        }),
      ),
    );
  },
};

function idsOf(relations: Json | undefined, name: string): readonly Json[] {
  const { value = null } = (relations as Readonly<Record<string, { readonly value?: Json }>> | undefined)?.[name] ?? {};
  return Array.isArray(value) ? (value as readonly Json[]) : value === null ? [] : [value];
}

import type { Json } from '#plan/plan';
import { findByQuery, queryEntities, type StoreCondition } from '#domain/record/entity.query';
import type { EntityView } from '#domain/record/entity.view.service';
import { isObject } from '#worker/chain.commands';
import { asStepError } from './fault.js';
import { flowOf } from './record.js';
import { StepError, type StepImplementation, StepNothing } from '#worker/steps/step';

/** The first record that meets the conditions. */
export const fetchResource: StepImplementation = {
  execute: async (call) => {
    const { conditions, stopFlowIfNotFound } = call.args as unknown as {
      readonly conditions: readonly StoreCondition[];
      readonly stopFlowIfNotFound?: boolean;
    };
    const { sql } = flowOf(call);
    const found = await asStepError(() => findByQuery(sql, call.workspaceId, conditions));
    if (found === null) throw new StepNothing(stopFlowIfNotFound === true);
    return found;
  },
};

/** The values of some fields of all records that meet the conditions. */
export const fetchFieldsFromResources: StepImplementation = {
  execute: async (call) => {
    const { conditions, fields, stopFlowIfNotFound } = call.args as unknown as {
      readonly conditions: readonly StoreCondition[];
      readonly fields: readonly string[];
      readonly stopFlowIfNotFound?: boolean;
    };
    const { sql, platform } = flowOf(call);
    const { stepOutputBytes: most } = platform.config.run;
    let bytes = 0;
    const values = new Map(fields.map((field) => [field, [] as Json[]]));
    let found = 0;
    await asStepError(async () => {
      for await (const views of queryEntities(sql, call.workspaceId, conditions)) {
        found += views.length;
        for (const view of views)
          for (const [field, list] of values) {
            const value = fieldOf(view, field);
            bytes += Buffer.byteLength(JSON.stringify(value));
            list.push(value);
          }
        // Before all of them are in memory.
        if (bytes > most)
          throw new StepError({
            code: 'OUTPUT_TOO_LARGE',
            message: `The output of a step has at most ${most} bytes; this one has more.`,
            retryable: false,
          });
      }
    });
    if (found === 0) throw new StepNothing(stopFlowIfNotFound === true);
    return Object.fromEntries(values);
  },
};

/** `id`, `properties.stage`, `relations/team/value`; a bare name that no record has is that of a property. */
function fieldOf(view: EntityView, field: string): Json {
  const [first = '', ...rest] = field.split(/[./]/);
  let value: Json | undefined = Object.hasOwn(view, first)
    ? view[first]
    : isObject(view['properties'])
      ? view['properties'][first]
      : undefined;
  for (const name of rest) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value ?? null;
}

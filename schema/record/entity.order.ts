import { invalid } from '#domain/input';
import type { BlueprintSpec } from '#domain/record/blueprint.spec';
import { fields, propertyField } from '#domain/record/entity.field';
import { type EntityOrder as WantedOrder, totalOrder } from '#domain/record/entity.order';
import { builder } from '#schema/builder';
import { enumType } from '#schema/enums';
import { badInput } from '#schema/errors';
import { OrderDirection } from '#schema/order';

const EntityOrderField = enumType<'NAME' | 'NUMBER' | 'STATUS' | 'CREATED_AT' | 'UPDATED_AT'>(
  'EntityOrderField',
  'What a list of Entity can be ordered by, beside properties.',
  {
    NAME: 'By name.',
    NUMBER: 'By number.',
    STATUS: 'By status, in the order of the life cycle.',
    CREATED_AT: 'By when they were made.',
    UPDATED_AT: 'By when they were last changed.',
  },
);

const columns = {
  NAME: fields.name,
  NUMBER: fields.number,
  STATUS: fields.status,
  CREATED_AT: fields.createdAt,
  UPDATED_AT: fields.updatedAt,
} as const;

export const EntityOrder = builder.inputType('EntityOrder', {
  description:
    'An order of a list of Entity. Give exactly one of field and property. Records without a value are last, in either direction.',
  fields: (t) => ({
    field: t.field({ type: EntityOrderField, description: 'What to order by.' }),
    property: t.string({
      description: 'By this property; texts by code points. One that is not in `indexed` orders at most 10 000 records.',
    }),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'ASC', description: 'Which way.' }),
  }),
});

export type GivenOrder = readonly (typeof EntityOrder.$inferInput)[] | null | undefined;

const mostOrders = 5;

/** The order in the words of the domain. Throws InvalidInputError for what the blueprint does not have. */
export function wantedOrder(spec: BlueprintSpec, given: GivenOrder): WantedOrder {
  if ((given?.length ?? 0) > mostOrders) throw badInput(`orderBy takes at most ${mostOrders} entries.`);
  return totalOrder(
    (given ?? []).map(({ field, property, direction }, index) => {
      const path = ['orderBy', String(index)];
      if ((field == null) === (property == null)) throw invalid(path, 'Give exactly one of field and property.', 'ONE_OF');
      const found = field == null ? propertyField(spec, property ?? '') : columns[field];
      if (found === null) throw invalid([...path, 'property'], `Records of ${spec.key} have no property of this name.`, 'UNKNOWN_FIELD');
      if (found.kind === 'json') throw invalid([...path, 'property'], 'Values of no single type have no order.', 'NOT_APPLICABLE');
      return { field: found, descending: direction === 'DESC' };
    }),
  );
}

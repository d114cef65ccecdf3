import { builder } from './builder.js';
import { enumType } from './enums.js';
import { badInput } from './errors.js';
import { mostFilterValues } from './filter.js';
import type { Order, SortColumn } from './keyset.js';

export const OrderDirection = enumType<'ASC' | 'DESC'>('OrderDirection', 'Which way a list runs.', {
  ASC: 'From the smallest, earliest or first in the alphabet.',
  DESC: 'From the largest, latest or last in the alphabet.',
});

interface OrderField extends Omit<SortColumn, 'direction'> {
  readonly description: string;
}

/**
 * `input XOrder { field: XOrderField!, direction: OrderDirection! = ASC }` and the function that reads a list of them.
 * `tie` is unique in the list and decides between rows that are otherwise equal.
 */
export function orderInput<Field extends string>(
  name: string,
  fields: Readonly<Record<Field, OrderField>>,
  fallback: Order,
  tie: SortColumn = { column: 'id', direction: 'asc' },
) {
  const descriptions = Object.fromEntries(
    Object.entries<OrderField>(fields).map(([field, { description }]) => [field, description]),
  ) as Record<Field, string>;
  const field = enumType<Field>(`${name}OrderField`, `What a list of ${name} can be ordered by.`, descriptions);
  const input = builder.inputType(`${name}Order`, {
    description: `An order of a list of ${name}.`,
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'What to order by.' }),
      direction: t.field({ type: OrderDirection, required: true, defaultValue: 'ASC', description: 'Which way.' }),
    }),
  });
  return {
    input,
    /** A total order. A column that is named twice counts where it comes first. */
    read(given: readonly { readonly field: string; readonly direction: 'ASC' | 'DESC' }[] | null | undefined): Order {
      if (given && given.length > mostFilterValues) throw badInput(`orderBy takes at most ${mostFilterValues} entries.`);
      const sorts = (given ?? []).map(({ field: name, direction }): SortColumn => {
        const column: OrderField = fields[name as Field];
        return {
          column: column.column,
          of: column.of,
          nullable: column.nullable ?? false,
          moment: column.moment ?? false,
          integer: column.integer ?? false,
          direction: direction === 'DESC' ? 'desc' : 'asc',
        };
      });
      const order: SortColumn[] = [];
      for (const sort of sorts.length > 0 ? sorts : fallback) if (!order.some(({ column }) => column === sort.column)) order.push(sort);
      const unique = order.findIndex(({ column }) => column === tie.column);
      // Nothing after the unique column can matter; without it, the last direction goes on.
      return unique >= 0 ? order.slice(0, unique + 1) : [...order, { ...tie, direction: order.at(-1)?.direction ?? tie.direction }];
    },
  };
}

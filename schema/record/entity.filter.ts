import type { EntityFilter as WantedEntities } from '#domain/record/entity.filter';
import { builder } from '#schema/builder';
import { anyOf } from '#schema/filter';
import { decodeId } from '#schema/node';
import { TimeRange } from '#schema/time-range';

const EntityPropertyFilter = builder.inputType('EntityPropertyFilter', {
  description:
    'What is asked of one property. All given conditions hold. Values are of the type that the blueprint gives the property: texts, numbers, booleans, and moments as texts. A property that is not in `indexed` can be asked while the blueprint has at most 10 000 records.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'The name of the property; a dotted path leads into an object: `custom_fields.site`.',
    }),
    eq: t.field({ type: 'JSON', description: 'It is this.' }),
    ne: t.field({ type: 'JSON', description: 'It is something else, or has no value.' }),
    in: t.field({ type: ['JSON'], description: 'It is one of these, up to 100.' }),
    lt: t.field({ type: 'JSON', description: 'It is less, earlier, or before this by code points.' }),
    lte: t.field({ type: 'JSON', description: 'It is this or less.' }),
    gt: t.field({ type: 'JSON', description: 'It is greater, later, or after this by code points.' }),
    gte: t.field({ type: 'JSON', description: 'It is this or greater.' }),
    contains: t.string({ description: 'The text has this in it, in capitals or not. Looks at every record: for at most 10 000 of them.' }),
    startsWith: t.string({ description: 'The text begins with this.' }),
    exists: t.boolean({ description: 'Whether it has a value.' }),
  }),
});

const EntityLabelFilter = builder.inputType('EntityLabelFilter', {
  description: 'Which labels a record has.',
  fields: (t) => ({
    all: t.stringList({ description: 'All of these.' }),
    any: t.stringList({ description: 'At least one of these.' }),
  }),
});

const EntityLinkFilter = builder.inputType('EntityLinkFilter', {
  description: 'Where a link leads. Give exactly one of to and none.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name of the link, or an alias of it; also of an inverse one.' }),
    to: t.id({ description: 'To the record with this id.' }),
    none: t.boolean({ description: 'True: to no record.' }),
  }),
});

export const EntityFilter = builder.inputType('EntityFilter', {
  description: 'Which records are wanted. All given conditions hold; at most 20 on properties and links.',
  fields: (t) => ({
    properties: t.field({ type: [EntityPropertyFilter], description: 'What is asked of properties.' }),
    status: t.stringList({ description: 'In one of these statuses.' }),
    statusBefore: t.string({ description: 'Earlier in the life cycle than this status.' }),
    statusAfter: t.string({ description: 'Later in the life cycle than this status.' }),
    labels: t.field({ type: EntityLabelFilter, description: 'Which labels they have.' }),
    key: t.stringList({ description: 'With one of these keys.' }),
    number: t.intList({ description: 'With one of these numbers.' }),
    links: t.field({ type: [EntityLinkFilter], description: 'Where links lead.' }),
    search: t.string({
      description:
        'Words of the name, the key and the texts of the properties, in capitals or not; of the last one the beginning. At most 250 characters and 20 words.',
    }),
    createdAt: t.field({ type: TimeRange, description: 'When they were made.' }),
    updatedAt: t.field({ type: TimeRange, description: 'When they were last changed.' }),
  }),
});

export type GivenFilter = typeof EntityFilter.$inferInput;

/** The filter in the words of the domain. Throws request errors for ids that are none and for lists that are too long. */
export function wantedEntities(given: GivenFilter): WantedEntities {
  const { properties, status, labels, key, number, links, createdAt, updatedAt } = given;
  const range = (times: typeof createdAt) => (times == null ? undefined : { gte: times.from ?? undefined, lt: times.until ?? undefined });
  return {
    properties: properties?.map((one) => ({
      ...one,
      in: one.in == null ? undefined : anyOf('in', one.in),
      contains: one.contains ?? undefined,
      startsWith: one.startsWith ?? undefined,
      exists: one.exists ?? undefined,
    })),
    statuses: status == null ? undefined : anyOf('status', status),
    statusBefore: given.statusBefore ?? undefined,
    statusAfter: given.statusAfter ?? undefined,
    labels: {
      all: labels?.all == null ? undefined : anyOf('labels.all', labels.all),
      any: labels?.any == null ? undefined : anyOf('labels.any', labels.any),
    },
    key: key == null ? undefined : { in: anyOf('key', key) },
    number: number == null ? undefined : { in: anyOf('number', number) },
    links: links?.map(({ name, to, none }, index) => ({
      name,
      to: to == null ? undefined : decodeId('Entity', to, ['filter', 'links', String(index), 'to']),
      none: none === true ? true : undefined,
    })),
    createdAt: range(createdAt),
    updatedAt: range(updatedAt),
  };
}

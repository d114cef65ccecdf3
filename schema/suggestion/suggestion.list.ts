import type { Prisma, Suggestion as SuggestionRow } from '#platform/db/generated/prisma/client';
import { readableSuggestions } from '#domain/suggestion/suggestion.policy';
import { builder } from '#schema/builder';
import { containing } from '#schema/filter';
import { searchField } from '#schema/keyed';
import { listing, nestedField, rootField } from '#schema/listing';
import { decodeId } from '#schema/node';
import { orderInput } from '#schema/order';
import { Entity } from '#schema/record/entity';
import { TimeRange, within } from '#schema/time-range';
import { Suggestion } from './suggestion.js';

const SuggestionFilter = builder.inputType('SuggestionFilter', {
  description: 'Which suggestions are wanted. All given conditions hold.',
  fields: (t) => ({
    ...searchField(t, 'title, the key or the description'),
    origin: t.string({ description: 'Those of the flow with this key.' }),
    source: t.id({ description: 'Those that were found at the record with this id.' }),
    targetBlueprint: t.string({ description: 'Those about records of the blueprint with this key.' }),
    targetId: t.string({ description: 'Those about the record with this key.' }),
    ignored: t.boolean({ description: 'Whether nobody wants them.' }),
    applied: t.boolean({ description: 'Whether they were ever applied.' }),
    createdAt: t.field({ type: TimeRange, description: 'When they were made.' }),
    updatedAt: t.field({ type: TimeRange, description: 'When they were last changed.' }),
  }),
});

const order = orderInput(
  'Suggestion',
  {
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
    UPDATED_AT: { column: 'updatedAt', moment: true, description: 'By when they were last changed.' },
    TITLE: { column: 'title', description: 'By title.' },
  },
  [{ column: 'createdAt', direction: 'desc', moment: true }],
);

type Where = Prisma.SuggestionWhereInput;

function matching(filter: typeof SuggestionFilter.$inferInput): Where[] {
  const { search, origin, source, targetBlueprint, targetId, ignored, applied, createdAt, updatedAt } = filter;
  const contains = typeof search === 'string' && search !== '' ? containing(search) : null;
  return [
    ...(contains === null ? [] : [{ OR: [{ title: contains }, { key: contains }, { description: contains }] }]),
    ...(origin == null ? [] : [{ originId: origin }]),
    ...(source == null ? [] : [{ sourceEntityId: decodeId('Entity', source, ['filter', 'source']) }]),
    ...(targetBlueprint == null ? [] : [{ targetBlueprint }]),
    ...(targetId == null ? [] : [{ targetId }]),
    ...(ignored == null ? [] : [{ ignored }]),
    ...(applied == null ? [] : [{ lastAppliedAt: applied ? { not: null } : null }]),
    ...(createdAt == null ? [] : [{ createdAt: within(createdAt) }]),
    ...(updatedAt == null ? [] : [{ updatedAt: within(updatedAt) }]),
  ];
}

const suggestions = listing<Where, Prisma.SuggestionOrderByWithRelationInput, SuggestionRow, typeof SuggestionFilter.$inferInput>({
  name: 'Suggestion',
  type: Suggestion,
  find: (prisma, asked) => prisma.suggestion.findMany(asked),
  count: (prisma, asked) => prisma.suggestion.count(asked),
  visible: readableSuggestions,
  filter: SuggestionFilter,
  matching,
  order,
  inOrder: 'the newest first',
});

rootField(suggestions, 'suggestions', 'entity.read', 'The suggestions that the viewer may read.');

nestedField(suggestions, Entity, 'suggestions', {
  description: 'The suggestions that were found at it.',
  find: async (prisma, ids, asked) => {
    const rows = await prisma.entity.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, suggestions: asked },
    });
    return rows.map((row) => [row.id, row.suggestions]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.suggestion.groupBy({
      by: ['sourceEntityId'],
      where: { AND: [{ sourceEntityId: { in: ids } }, where] },
      _count: true,
    });
    return rows.map(({ sourceEntityId, _count }) => [sourceEntityId, _count]);
  },
});

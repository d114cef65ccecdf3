import { type LinkPlace, type LinkRows, countLinks, readLinks } from '#domain/record/entity.links';
import { type BlueprintSpec, blueprintSpec } from '#domain/record/blueprint.spec';
import { builder } from '#schema/builder';
import {
  type Connection,
  type PageArguments,
  type Window,
  connection,
  forParents,
  pageArguments,
  pageComplexity,
} from '#schema/connection';
import type { SignedIn } from '#schema/context';
import { LinkKind, loadBlueprint } from './blueprint.js';
import { Entity, EntityConnection, type EntityRow, loadEntity } from './entity.js';

type Link = BlueprintSpec['links'][number];

interface EntityLink {
  readonly entityId: string;
  readonly link: Link;
}

/** As they stand in the link; those of an inverse link as they were made. */
const order = [
  { column: 'place', direction: 'asc', integer: true },
  { column: 'id', direction: 'asc' },
] as const;

/** Cursors of these lists hold a place and an id, which `decodeCursor` found to be such. */
const placeAt = (place: Window['after']): LinkPlace | null => (place === null ? null : { place: Number(place[0]), id: String(place[1]) });

function linked(context: SignedIn, { entityId, link }: EntityLink, args: PageArguments): Connection<EntityRow> {
  const { sql } = context.app.db;
  const rows: LinkRows =
    link.kind === 'INVERSE' ? { way: 'IN', name: link.inverseOf ?? '', blueprint: link.blueprint } : { way: 'OUT', name: link.name };
  return connection<object, object, EntityRow & LinkPlace>(context, order, args, {
    find: async ({ take, window: { after, before, inclusive, reversed } }) => {
      const page = { after: placeAt(after), before: placeAt(before), inclusive, reversed, take };
      const places = await forParents<readonly LinkPlace[]>(
        context,
        'Entity.link',
        { rows, page },
        entityId,
        (ids) => readLinks(sql, ids, rows, page),
        [],
      );
      const found = await Promise.all(places.map(({ id }) => loadEntity(context, id)));
      return places.flatMap(({ place }, index) => {
        const row = found[index];
        return row == null ? [] : [{ ...row, place }];
      });
    },
    count: () => forParents<number>(context, 'Entity.link#', rows, entityId, (ids) => countLinks(sql, ids, rows), 0),
  });
}

async function linksOf(context: SignedIn, { id, blueprintId }: EntityRow): Promise<EntityLink[]> {
  const blueprint = await loadBlueprint(context, blueprintId);
  return blueprint === null ? [] : blueprintSpec(blueprint).links.map((link) => ({ entityId: id, link }));
}

const EntityLinks = builder.objectRef<EntityLink>('EntityLinks').implement({
  description: 'A link of a record, with the records that it leads to.',
  fields: (t) => ({
    name: t.string({ description: 'The name of the link.', resolve: ({ link }) => link.name }),
    kind: t.field({ type: LinkKind, description: 'How many records it leads to.', resolve: ({ link }) => link.kind }),
    blueprint: t.string({ description: 'The key of the blueprint of those records.', resolve: ({ link }) => link.blueprint }),
    entities: t.field({
      type: EntityConnection,
      description: 'The records, in their order; those of an inverse link as they were made.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: (one, args, context) => linked(context, one, args),
    }),
  }),
});

builder.objectField(Entity, 'links', (t) =>
  t.field({
    type: [EntityLinks],
    description: 'The links that its blueprint gives it, also those that lead nowhere now.',
    resolve: (row, _args, context) => linksOf(context, row),
  }),
);

builder.objectField(Entity, 'link', (t) =>
  t.field({
    type: EntityConnection,
    nullable: true,
    description: 'The records of one link; null when its blueprint has no such link.',
    args: { name: t.arg.string({ required: true, description: 'The name of the link, or an alias.' }), ...pageArguments(t.arg) },
    complexity: pageComplexity,
    resolve: async (row, { name, ...args }, context) => {
      const found = (await linksOf(context, row)).find(({ link }) => link.name === name || link.aliases.includes(name));
      return found === undefined ? null : linked(context, found, args);
    },
  }),
);

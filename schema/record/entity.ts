import type { Entity as EntityModel } from '#platform/db/generated/prisma/client';
import { isStorableText } from '#platform/json';
import type { EntityPlace } from '#domain/record/entity.service';
import { readableEntities } from '#domain/record/record.policy';
import { invalid } from '#domain/input';
import { type GraphTypes, type JsonObject, builder, heavyComplexity } from '#schema/builder';
import { connectionType } from '#schema/connection';
import { type SignedIn, byKey } from '#schema/context';
import { Node, decodeId, encodeId, nodeType } from '#schema/node';
import { workspaceOf, workspacesOf } from '#schema/scope';
import { Blueprint, loadBlueprint } from './blueprint.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

/** A record without what only searches read. */
export const lightEntity = { searchText: true, sequence: true, eventAt: true } as const;
export type EntityRow = Omit<EntityModel, keyof typeof lightEntity>;

export const loadEntity = nodeType<EntityRow>('Entity', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.entity.findMany({
    where: { AND: [{ id: { in: [...ids] } }, readableEntities(viewer)] },
    omit: lightEntity,
  });
  return byKey(rows, (row) => row.id);
});

export const Entity = builder.objectRef<EntityRow>('Entity').implement({
  description: 'A record: of a request, a task, a person or whatever blueprints there are.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Entity', id) }),
    number: t.exposeInt('number', { description: 'A number to call it by: the `id` of rules. They rise, with gaps.' }),
    key: t.exposeString('key', { nullable: true, description: 'Chosen by the client, such as its id in another system.' }),
    name: t.exposeString('name', {
      description: 'What the display field of its blueprint holds; without a value its key, or its number.',
    }),
    status: t.exposeString('status', { nullable: true, description: 'Where in the life cycle it is; null where there is none.' }),
    properties: t.field({
      type: 'JSONObject',
      complexity: heavyComplexity,
      description: 'The properties, as the schema of its blueprint describes them; those without a value are absent.',
      resolve: ({ properties }) => properties as JsonObject,
    }),
    labels: t.exposeStringList('labels', { description: 'Words to find it by.' }),
    blueprint: t.field({
      type: Blueprint,
      nullable: true,
      description: 'Its type.',
      resolve: ({ blueprintId }, _args, context) => loadBlueprint(context, blueprintId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed; notes do not count.' }),
  }),
});

export const EntityConnection = connectionType('Entity', Entity);

/** The fields of an input that name a record. */
export function entityFields(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) {
  return {
    id: t.id({ description: 'Its id. Give exactly one of id and key.' }),
    key: t.string({ description: 'Its key in its blueprint.' }),
    blueprint: t.string({ description: 'With the key: the key or an alias of the blueprint.' }),
    workspace: t.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
  };
}

interface GivenEntity {
  readonly id?: string | null | undefined;
  readonly key?: string | null | undefined;
  readonly blueprint?: string | null | undefined;
}

/** By its id, or by its key with its blueprint. */
function idOrKeyOf({ id, key, blueprint }: GivenEntity): { readonly id: string } | { readonly key: string; readonly blueprint: string } {
  if (typeof id === 'string' && typeof key !== 'string') return { id: decodeId('Entity', id) };
  if (typeof id === 'string' || typeof key !== 'string') throw invalid(['id'], 'Give exactly one of id and key.', 'ONE_OF');
  if (typeof blueprint !== 'string') throw invalid(['blueprint'], 'A key is one of a blueprint.', 'REQUIRED');
  return { key, blueprint };
}

/** Where the record of {@link entityFields} is looked up. */
export function entityPlace(context: SignedIn, given: GivenEntity & { readonly workspace?: string | null | undefined }): EntityPlace {
  const place = idOrKeyOf(given);
  if ('id' in place) return place;
  if (!isStorableText(place.key)) throw invalid(['key'], 'The text holds a NUL or a lone surrogate.', 'MALFORMED_TEXT');
  return { ...place, workspaceId: workspaceOf(context, given.workspace) };
}

builder.queryField('entity', (t) =>
  t.field({
    type: Entity,
    nullable: true,
    description: 'One record by its id, or by its key in its blueprint; null when there is none that the viewer may see.',
    args: {
      id: t.arg.id({ description: 'Its id. Give exactly one of id and key.' }),
      key: t.arg.string({ description: 'Its key.' }),
      blueprint: t.arg.string({ description: 'With the key: the key or an alias of the blueprint.' }),
      workspace: t.arg.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    },
    resolve: async (_root, args, context) => {
      const place = idOrKeyOf(args);
      if ('id' in place) return loadEntity(context, place.id);
      const { key, blueprint } = place;
      const workspaceIds = workspacesOf(context, 'entity.read', args.workspace);
      if (typeof args.workspace !== 'string' && workspaceIds.length > 1)
        throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
      if (!isStorableText(key) || !isStorableText(blueprint)) return null;
      return context.app.db.prisma.entity.findFirst({
        where: {
          AND: [
            { key, blueprint: { OR: [{ key: blueprint }, { aliases: { has: blueprint } }] } },
            readableEntities(context.viewer, workspaceIds),
          ],
        },
        omit: lightEntity,
      });
    },
  }),
);

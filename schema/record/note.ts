import type { Note as NoteRow, Prisma } from '#platform/db/generated/prisma/client';
import { markdownHtml } from '#language/markdown';
import { readableEntities } from '#domain/record/record.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { Node, encodeId, nodeType } from '#schema/node';
import { Run, loadRun } from '#schema/run/run';
import { actorFields } from '#schema/tenant/actor';
import { Entity, loadEntity } from './entity.js';

export const loadNote = nodeType<NoteRow>('Note', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.note.findMany({ where: { AND: [{ id: { in: [...ids] } }, readableEntities(viewer)] } });
  return byKey(rows, (row) => row.id);
});

export const Note = builder.objectRef<NoteRow>('Note').implement({
  description: 'What somebody wrote about a record. It never changes.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Note', id) }),
    entity: t.field({
      type: Entity,
      nullable: true,
      description: 'The record.',
      resolve: ({ entityId }, _args, context) => loadEntity(context, entityId),
    }),
    text: t.exposeString('text', { description: 'Markdown, as it was written.' }),
    html: t.string({
      description: 'The text as HTML that is safe to show: tags of its author are shown as text, links are marked nofollow.',
      resolve: ({ text }) => markdownHtml(text),
    }),
    mentions: t.field({
      type: [Entity],
      description: 'The records that it mentions, without those that are gone.',
      resolve: async ({ mentions }, _args, context) => {
        const rows = await Promise.all(mentions.map((id) => loadEntity(context, id)));
        return rows.filter((row) => row !== null);
      },
    }),
    ...actorFields(t),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that wrote it, while it is kept.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
  }),
});

const NoteConnection = connectionType('Note', Note);

/** As they were written: ids are UUIDs version 7. */
const oldest = [{ column: 'id', direction: 'asc' }] as const;

builder.objectField(Entity, 'notes', (t) =>
  t.field({
    type: NoteConnection,
    description: 'What was written about it, the oldest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      return connection<Prisma.NoteWhereInput, Prisma.NoteOrderByWithRelationInput, NoteRow>(context, oldest, args, {
        find: ({ where, orderBy, take }) =>
          forParents<readonly NoteRow[]>(
            context,
            'Entity.notes',
            { where, orderBy, take },
            id,
            async (ids) => {
              const rows = await prisma.entity.findMany({
                relationLoadStrategy: 'join',
                where: { id: { in: [...ids] } },
                select: { id: true, notes: { where, orderBy, take } },
              });
              return new Map(rows.map((row) => [row.id, row.notes]));
            },
            [],
          ),
        count: () =>
          forParents<number>(
            context,
            'Entity.notes#',
            null,
            id,
            async (ids) => {
              const rows = await prisma.note.groupBy({ by: ['entityId'], where: { entityId: { in: [...ids] } }, _count: true });
              return new Map(rows.map(({ entityId, _count }) => [entityId, _count]));
            },
            0,
          ),
      });
    },
  }),
);

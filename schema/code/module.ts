import type { Module as ModuleRow, ModuleVersion as ModuleVersionRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableModules } from '#domain/code/module.policy';
import { builder, heavyComplexity } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { CodeLanguage } from '#schema/enums';
import { keyed, searchField } from '#schema/keyed';
import { Node, encodeId, nodeType } from '#schema/node';

export const loadModuleVersion = nodeType<ModuleVersionRow>('ModuleVersion', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.moduleVersion.findMany({ where: { id: { in: [...ids] }, module: readableModules(viewer) } });
  return byKey(rows, (row) => row.id);
});

const ModuleVersion = builder.objectRef<ModuleVersionRow>('ModuleVersion').implement({
  description: 'A saved state of a module. It never changes.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('ModuleVersion', id) }),
    number: t.exposeInt('number', { description: 'Counts the versions of the module: 1, 2, 3.' }),
    language: t.expose('language', { type: CodeLanguage, description: 'What it is written in.' }),
    code: t.exposeString('code', { description: 'Its code.', complexity: heavyComplexity }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was saved.' }),
  }),
});

const ModuleVersionConnection = connectionType('ModuleVersion', ModuleVersion);

const ModuleFilter = builder.inputType('ModuleFilter', {
  description: 'Which modules are wanted.',
  fields: (t) => searchField(t),
});

const newestFirst = [{ column: 'number', direction: 'desc', integer: true }] as const;

export const { node: Module, load: loadModule } = keyed<
  Prisma.ModuleWhereInput,
  Prisma.ModuleOrderByWithRelationInput,
  ModuleRow,
  typeof ModuleFilter.$inferInput
>({
  name: 'Module',
  one: 'module',
  many: 'modules',
  see: 'automation.read',
  description: 'Code that several actions share: `import … from "actions:<key>"`. Each of them names a version.',
  fields: (t) => ({
    description: t.exposeString('description', { description: 'What it is for; empty when nobody said.' }),
    versions: t.field({
      type: ModuleVersionConnection,
      description: 'Its versions, the newest first.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: ({ id }, args, context) =>
        connection<Prisma.ModuleVersionWhereInput, Prisma.ModuleVersionOrderByWithRelationInput, ModuleVersionRow>(
          context,
          newestFirst,
          args,
          {
            find: ({ where, orderBy, take }) =>
              forParents<readonly ModuleVersionRow[]>(
                context,
                'Module.versions',
                { where, orderBy, take },
                id,
                async (ids) => {
                  const rows = await context.app.db.prisma.module.findMany({
                    relationLoadStrategy: 'join',
                    where: { id: { in: [...ids] } },
                    select: { id: true, versions: { where, orderBy, take } },
                  });
                  return new Map(rows.map((row) => [row.id, row.versions]));
                },
                [],
              ),
            count: () =>
              forParents<number>(
                context,
                'Module.versions#',
                null,
                id,
                async (ids) => {
                  const rows = await context.app.db.prisma.moduleVersion.groupBy({
                    by: ['moduleId'],
                    where: { moduleId: { in: [...ids] } },
                    _count: true,
                  });
                  return new Map(rows.map((row) => [row.moduleId, row._count]));
                },
                0,
              ),
          },
        ),
    }),
  }),
  find: (prisma, asked) => prisma.module.findMany(asked),
  count: (prisma, asked) => prisma.module.count(asked),
  visible: readableModules,
  filter: ModuleFilter,
  searched: ['name', 'key', 'description'],
});

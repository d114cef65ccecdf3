import type { Build as BuildRow } from '#platform/db/generated/prisma/client';
import type { BuildError as Fault } from '#domain/code/build.service';
import { builder } from '#schema/builder';
import { batched, byKey } from '#schema/context';
import { BuildStatus } from '#schema/enums';

/** All but what it was made of and to. */
export type LightBuild = Omit<BuildRow, 'request' | 'bundle' | 'sourceMap'>;

/** By hash; who sees a draft or a version sees its build. */
export const loadBuild = batched<LightBuild>(async ({ app }, hashes) => {
  const rows = await app.db.prisma.build.findMany({
    where: { hash: { in: [...hashes] } },
    omit: { request: true, bundle: true, sourceMap: true },
  });
  return byKey(rows, (row) => row.hash);
});

export function errorsOf({ errors }: LightBuild): Fault[] {
  // Written by the builder, in this form.
  return errors as unknown as Fault[];
}

export const BuildError = builder.objectRef<Fault>('BuildError').implement({
  description: 'Why code cannot be built.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'What kind of error it is: `syntax`, `node_builtin`, `dependency_not_found` …' }),
    message: t.exposeString('message', { description: 'What is wrong, for its author.' }),
    url: t.exposeString('url', { nullable: true, description: 'Where more is said about it.' }),
    line: t.exposeInt('line', { nullable: true, description: 'In the code, from 1; null where no place is known.' }),
    column: t.exposeInt('column', { nullable: true, description: 'In the line, from 1.' }),
  }),
});

const ResolvedDependency = builder.objectRef<{ readonly name: string; readonly version: string }>('ResolvedDependency').implement({
  description: 'A package as it was installed.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    version: t.exposeString('version', { description: 'Its exact version.' }),
  }),
});

export const Build = builder.objectRef<LightBuild>('Build').implement({
  description: 'What code is built to, with all that it needs. Equal code is built once.',
  fields: (t) => ({
    status: t.expose('status', { type: BuildStatus, description: 'Where it stands.' }),
    errors: t.field({ type: [BuildError], description: 'Why it cannot be built, or why its last attempt failed.', resolve: errorsOf }),
    dependencies: t.field({
      type: [ResolvedDependency],
      description: 'Its packages as they were installed; empty until then.',
      resolve: ({ resolved }) => resolved as { name: string; version: string }[],
    }),
    attempts: t.exposeInt('attempts', { description: 'How often a worker tried; 0 for what needed none.' }),
    builtAt: t.expose('builtAt', { type: 'DateTime', nullable: true, description: 'When it was built.' }),
  }),
});

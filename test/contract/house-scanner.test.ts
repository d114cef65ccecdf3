import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { atEnd } from '#test/support/at-end';
import { inspect } from './house/house.js';
import { prismaWriters, rawSql } from './house/listed.js';
import { readTree } from './house/source.js';

type Files = Record<string, string>;

/** A small house in a folder of its own in which nothing is wrong. */
const built: Files = {
  'prisma/run.prisma': 'model Run {\n  id String @id\n}\nmodel StepRun {\n  id String @id\n}\n',
  'src/app.ts': "import { trigger } from '#domain/run/run.service';\nexport interface App { readonly trigger: typeof trigger }\n",
  'src/domain/errors.ts':
    "export abstract class DomainError extends Error {}\nexport class NotFoundError extends DomainError { readonly code = 'NOT_FOUND'; }\n",
  'src/domain/run/run.service.ts':
    "import { NotFoundError } from '#domain/errors';\nexport const trigger = (tx: { run: { create(): void } }) => { tx.run.create(); throw new NotFoundError(); };\n",
  'src/domain/schedule/schedule.service.ts': "import { trigger } from '#domain/run/run.service';\nexport const fire = trigger;\n",
  'schema/builder.ts': 'export const builder = { queryField(): void {} };\n',
  'schema/errors.ts': "import { NotFoundError } from '#domain/errors';\nexport const mapped = { NOT_FOUND: NotFoundError };\n",
  'schema/run/run.ts': "import { builder } from '#schema/builder';\nbuilder.queryField();\n",
  'src/plan/step-kinds.ts': "export const stepKinds = { code: { kind: 'code' } };\n",
  'worker/steps/code.ts': 'export const code = async (): Promise<null> => null;\n',
  'worker/main.ts': 'process.exitCode = 0;\n',
};

/** With the files that the lists name: those for SQL hold some. */
const sound: Files = {
  ...built,
  ...Object.fromEntries(Object.keys(prismaWriters).map((file) => [file, built[file] ?? ''])),
  ...Object.fromEntries(Object.keys(rawSql).map((file) => [file, `${built[file] ?? ''}export const statement = 'SELECT 1';\n`])),
};

/** What the inspection says of the sound house with these files put into it. */
function breachesWith(files: Files): string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'millrace-house-'));
  atEnd(() => rmSync(root, { recursive: true }));
  for (const [file, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return Object.values(inspect(root, readTree(root))).flat();
}

test('a sound house has no breach', () => {
  expect(breachesWith({})).toEqual([]);
});

const breaches: [name: string, files: Files, said: string][] = [
  [
    'a domain that imports the schema',
    { 'src/domain/run/a.ts': "import '#schema/builder';" },
    'src/domain/run/a.ts:1 imports #schema/builder: domain may not import schema',
  ],
  [
    'a platform that knows a feature',
    { 'src/platform/a.ts': "import type { trigger } from '#domain/run/run.service';" },
    'platform may not import domain',
  ],
  [
    'a worker that imports the schema in a type',
    { 'worker/a.ts': "export type B = import('#schema/builder').B;" },
    'worker may not import schema',
  ],
  [
    'a dynamic import across a line',
    { 'src/language/a.ts': "export const load = () => import('#plan/plan');" },
    'language may not import plan',
  ],
  ['a re-export across a line', { 'src/client/a.ts': "export * from '#app';" }, 'client may not import app'],
  [
    'the app in a resolver as a value',
    { 'schema/a.ts': "import { createApp } from '#app';\nexport const a = createApp;" },
    'schema may not import app',
  ],
  [
    'the queue in a resolver',
    { 'schema/a.ts': "import { wake } from '#platform/queue/queue';\nexport const a = wake;" },
    'through a service only',
  ],
  [
    'embedded services in the server',
    { 'src/server/a.ts': "import { start } from '#dev/services';\nexport const a = start;" },
    'for `npm start`, for the drill and for tests',
  ],
  [
    'an inner file of another feature',
    {
      'src/domain/run/run.inner.ts': 'export const claim = 1;',
      'src/domain/schedule/a.ts': "import { claim } from '#domain/run/run.inner';\nexport const a = claim;",
    },
    "this file is run's own",
  ],
  ['a way up', { 'src/server/http/a.ts': "import { a } from '../main.js';\nexport const b = a;" }, 'goes through the # map'],
  ['a relative import without its ending', { 'worker/a.ts': "import { b } from './b';\nexport const a = b;" }, 'ends in .js'],
  [
    'files in a ring',
    {
      'worker/a.ts': "import { b } from './b.js';\nexport const a = () => b;",
      'worker/b.ts': "import { a } from './a.js';\nexport const b = () => a;",
    },
    'imports itself: worker/a.ts -> worker/b.ts -> worker/a.ts',
  ],
  [
    'features in a ring',
    { 'src/domain/run/a.ts': "import type { fire } from '#domain/schedule/schedule.service';\nexport type A = typeof fire;" },
    'features import each other: run -> schedule -> run',
  ],
  [
    'graphql in the worker',
    { 'worker/a.ts': "import { parse } from 'graphql';\nexport const a = parse;" },
    'this package is not for this folder',
  ],
  [
    'a package that nobody may import',
    { 'worker/a.ts': "import left from 'left-pad';\nexport const a = left;" },
    'nobody may import this package',
  ],
  [
    'files in the domain',
    { 'src/domain/run/a.ts': "import { readFile } from 'node:fs/promises';\nexport const a = readFile;" },
    'domain reaches the world only through the platform',
  ],
  [
    'Node in the client',
    { 'src/client/a.ts': "import { Buffer } from 'node:buffer';\nexport const a = Buffer;" },
    'client runs without Node',
  ],
  ['an environment variable in a service', { 'src/domain/run/a.service.ts': "export const a = () => process.env['A'];" }, 'process.env'],
  ['a client of the database', { 'src/domain/run/a.ts': 'export const a = () => new PrismaClient();' }, 'new PrismaClient'],
  ['a client of Redis', { 'src/server/a.ts': 'export const a = () => new Redis(1);' }, 'new Redis'],
  ['a queue', { 'worker/a.ts': "export const a = () => new bullmq.Queue('a');" }, 'new Queue'],
  [
    'a write in a resolver',
    { 'schema/a.ts': 'export const a = (tx: T) => tx.stepRun.updateMany({});' },
    'schema/a.ts:1 a write through Prisma',
  ],
  ['a transaction', { 'src/domain/run/a.service.ts': 'export const a = (prisma: P) => prisma.$transaction([]);' }, '$transaction'],
  ['raw SQL', { 'src/server/a.ts': 'export const a = (id: string) => `\n  SELECT ${id}`;' }, 'raw SQL'],
  ['raw SQL through Prisma', { 'src/server/a.ts': 'export const a = (prisma: P) => prisma.$queryRaw`${1}`;' }, 'raw SQL'],
  ['the time from Date.now', { 'worker/a.ts': 'export const a = () => Date.now();' }, 'the time comes from the clock'],
  ['the time from new Date', { 'worker/a.ts': 'export const a = () => new Date();' }, 'the time comes from the clock'],
  ['console', { 'worker/a.ts': "export const a = () => console.log('a');" }, 'console'],
  ['any', { 'worker/a.ts': 'export const a = (b: unknown) => b as any;' }, 'any switches the types off'],
  ['a silenced checker', { 'worker/a.ts': 'export const a =\n  // @ts-ignore\n  1;' }, 'worker/a.ts:2 a comment switches a check off'],
  ['a silenced linter', { 'worker/a.ts': '/* eslint-disable */\nexport const a = 1;' }, 'worker/a.ts:1 a comment switches a check off'],
  [
    'a call at import',
    { 'worker/a.ts': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync('a');" },
    'it reaches the world',
  ],
  ['a statement at import', { 'worker/a.ts': 'export const a = [1];\na.push(2);' }, 'worker/a.ts:2 importing a file does no work'],
  ['an await at import', { 'worker/a.ts': 'export const a = await Promise.resolve(1);' }, 'it awaits'],
  ['a test beside its code', { 'src/domain/run/run.test.ts': '' }, 'elsewhere nobody runs it'],
  ['a test that is called spec', { 'test/unit/run.spec.ts': '' }, 'elsewhere nobody runs it'],
  ['a skipped test', { 'test/unit/run.test.ts': "test.skip('a', () => {});" }, 'no test'],
  ['a file of utilities', { 'src/domain/run/run-utils.ts': '' }, '"utils" names nothing'],
  ['a file that is too long', { 'worker/a.ts': 'export type A = 1;\n'.repeat(601) }, '601 lines'],
  [
    'a job without implementation',
    { 'src/domain/run/run.jobs.ts': 'export const sweep = { name: "sweep" };' },
    'the job sweep has no implementation',
  ],
  [
    'a step kind without implementation',
    { 'src/plan/step-kinds.ts': "export const stepKinds = { code: { kind: 'code' }, wait: { kind: 'wait' } };" },
    'the step kind wait has no implementation',
  ],
  ['a step kind without definition', { 'worker/steps/wait.ts': '' }, 'the step kind wait has no definition'],
  [
    'an unmapped error',
    {
      'src/domain/errors.ts':
        "export class NotFoundError { readonly code = 'NOT_FOUND'; }\nexport class TornError { readonly code = 'TORN'; }",
    },
    'src/domain/errors.ts:2 TornError (TORN) is not mapped',
  ],
  ['a listed file without SQL', { 'src/platform/work/work.ts': '' }, 'lists src/platform/work/work.ts, which holds no SQL'],
];

test.for(breaches)('%s is found', ([, files, said]) => {
  expect(breachesWith(files)).toEqual([expect.stringContaining(said)]);
});

test('what only looks like a breach is none', () => {
  expect(
    breachesWith({
      'worker/a.ts': [
        "import type { App } from '#app';",
        '// console.log, process.env and new Date() in a comment, and "any" too',
        "export const said = 'Update your database: any SELECT is new Date()';",
        'export const at = (value: string, app: App) => [new Date(value), app];',
        'export const add = (set: { run: { delete(id: string): void } }[], map: Map<string, string>) => map.delete(String(set.length));',
      ].join('\n'),
      'schema/context.ts': "import type { App } from '#app';\nexport interface Context { app: App }",
    }),
  ).toEqual([]);
});

/** Files that hold raw SQL, each with the reason why Prisma's queries do not do. */
export const rawSql: Readonly<Record<string, string>> = {
  'src/cli/diagnosis.ts': 'what doctor asks of PostgreSQL itself: its version, its settings, its clock',
  'src/domain/run/run.invariant.ts': 'one statement over the partial indexes of open runs',
  'src/platform/db/migrate.ts': 'works on a database that has no schema yet',
  'src/platform/db/database.ts': 'the only door to plain statements: transactions, LISTEN, statements inside a transaction of Prisma',
  'src/platform/work/work.ts': 'the database tells the time of a write',
};

/** Files beside the services that write through Prisma, each with its reason. */
export const prismaWriters: Readonly<Record<string, string>> = {};

/** Files that hold raw SQL, each with the reason why Prisma's queries do not do. */
export const rawSql: Readonly<Record<string, string>> = {
  'src/platform/db/database.ts': 'the only door to plain statements: transactions, LISTEN, statements inside a transaction of Prisma',
  'src/platform/work/work.ts': 'the database tells the time of a write',
};

/** Files beside the services that write through Prisma, each with its reason. */
export const prismaWriters: Readonly<Record<string, string>> = {};

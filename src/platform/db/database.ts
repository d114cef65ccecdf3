import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Config } from '#platform/config/config';
import { PrismaClient } from './generated/prisma/client.js';
import type { Prisma } from './generated/prisma/client.js';
import { momentReader } from './moment.js';

/** Runs one SQL statement. Named statements are prepared once per connection. */
export interface Sql {
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/** A statement of the hot path: its name is unique in the code base. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Database {
  /** The graph's reads, and its writes inside `transact`. */
  readonly prisma: PrismaClient;
  /** The hot path: plain statements on connections of their own, never waiting behind the graph's reads. */
  readonly sql: Sql;
  /** Statements that commit together. */
  begin<Result>(body: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** A connection outside the pools that hears NOTIFY on a channel; the answer stops it. `lost` is called once it has ended, for whatever reason. */
  listen(channel: string, heard: (payload: string) => void, lost: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

function sqlOn(client: pg.Pool | pg.PoolClient): Sql {
  return {
    query: async <Row>(statement: Statement, values: readonly unknown[]) =>
      (await client.query({ name: statement.name, text: statement.text, values: [...values] })).rows as Row[],
  };
}

export interface DatabaseOptions {
  readonly onIdleError: (error: Error) => void;
}

/**
 * The hot path looks rows up by their keys. While tables are young, their statistics say that they are empty, and the planner would read
 * them whole; a prepared statement keeps such a plan. Planning anew at each execution costs as much as executing.
 */
const hotPath = '-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan';

export function openDatabase(config: Config['database'], options: DatabaseOptions): Database {
  const url = new URL(config.url);
  // One search path for both: Prisma takes it from the URL, the pool from its options.
  const searchPath = url.searchParams.get('schema');
  url.searchParams.delete('schema');
  const common = {
    connectionString: url.href,
    connectionTimeoutMillis: 5_000,
    application_name: 'millrace',
    // A transaction whose process stopped answering must not keep its locks (engine.md, fence).
    idle_in_transaction_session_timeout: 10_000,
  };
  const inSchema = searchPath === null ? '' : `-c search_path=${searchPath}`;
  const types = new pg.TypeOverrides();
  // int8 (type 20) as a BigInt and not as text: positions of the feed are compared and added.
  types.setTypeParser(20, (value: string) => BigInt(value));
  // Reading them was a tenth of the time for a page of runs.
  types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, momentReader());
  const pool = new pg.Pool({
    ...common,
    options: `${hotPath} ${inSchema}`,
    max: config.pool,
    types,
    statement_timeout: 15_000,
    keepAlive: true,
  });
  pool.on('error', options.onIdleError);
  const adapter = new PrismaPg(
    { ...common, options: inSchema, max: config.pool, statement_timeout: config.statementMs, keepAlive: true },
    { onPoolError: options.onIdleError, ...(searchPath === null ? {} : { schema: searchPath }) },
  );
  const prisma = new PrismaClient({ adapter });
  return {
    prisma,
    sql: sqlOn(pool),
    begin: async (body) => {
      const client = await pool.connect();
      // The pool stops listening to a client that it lends; without a listener a lost connection would end the process.
      client.on('error', options.onIdleError);
      try {
        await client.query('BEGIN');
        const result = await body(sqlOn(client));
        await client.query('COMMIT');
        client.off('error', options.onIdleError);
        client.release();
        return result;
      } catch (error) {
        // A connection that cannot roll back is not given to anybody else.
        const lost = await client.query('ROLLBACK').then(
          () => false,
          () => true,
        );
        client.off('error', options.onIdleError);
        client.release(lost);
        throw error;
      }
    },
    listen: async (channel, heard, lost) => {
      const client = new pg.Client({ ...common, options: inSchema, keepAlive: true });
      client.on('error', options.onIdleError);
      client.on('notification', (message) => heard(message.payload ?? ''));
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      client.on('end', lost);
      return () => client.end();
    },
    close: async () => {
      await Promise.allSettled([prisma.$disconnect(), pool.end()]);
    },
  };
}

/** The same statements inside a transaction of the graph, for writes that both paths make. */
export function sqlIn(tx: Prisma.TransactionClient): Sql {
  return { query: <Row>(statement: Statement, values: readonly unknown[]) => tx.$queryRawUnsafe<Row[]>(statement.text, ...values) };
}

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  bindMigrationAwareSqlAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { Migration } from './migrate.js';

/** What is used of the global of this name, which the types of Node 20 leave out. */
interface WebAssemblyGlobal {
  instantiate(
    bytes: Uint8Array,
    imports: { readonly './schema_engine_bg.js': Readonly<Record<string, unknown>> },
  ): Promise<{ readonly instance: { readonly exports: EngineExports } }>;
}

interface EngineExports {
  __wbindgen_start(): void;
}

let loading: Promise<void> | null = null;

/** The package is made for bundlers, which would do this. */
async function load(): Promise<void> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const bytes = await readFile(path.join(folder, 'schema_engine_bg.wasm'));
  const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal };
  // The engine leaves the timer of its lock's time limit (10 s) behind, which must not keep a process up.
  const sleep = (wake: () => void, ms: number) => setTimeout(wake, ms).unref();
  const imports = Object.fromEntries(
    Object.entries(glue).map(([name, value]) => [name, name.startsWith('__wbg_setTimeout_') ? sleep : value]),
  );
  const { instance } = await wasm.instantiate(bytes, { './schema_engine_bg.js': imports });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

/** Prisma's schema engine, without its CLI and without a native binary. Answers the names of what it applied. */
export async function applyMigrations(databaseUrl: string, migrations: readonly Migration[]): Promise<string[]> {
  await (loading ??= load());
  // The engine reports "external connector error" and no more: what PostgreSQL said is kept here.
  let refusal: unknown = null;
  const connections: SqlDriverAdapter[] = [];
  const pg = new PrismaPg({ connectionString: databaseUrl, max: 1 });
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: pg.provider,
    adapterName: pg.adapterName,
    connect: async () => {
      const adapter = await pg.connect();
      connections.push(adapter);
      const executeScript = adapter.executeScript.bind(adapter);
      adapter.executeScript = async (script) => {
        try {
          await executeScript(script);
        } catch (error) {
          refusal = error;
          throw error;
        }
      };
      return adapter;
    },
    // Applying needs none, and the adapter's own would connect to the database itself.
    connectToShadowDb: () => Promise.reject(new Error('There is no shadow database here.')),
  };
  const engine = await glue.SchemaEngine.new({ datamodels: undefined }, () => undefined, bindMigrationAwareSqlAdapterFactory(factory));
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: {
        baseDir: '.',
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
        shadowDbInitScript: '',
        migrationDirectories: migrations.map(({ name, sql }) => ({
          path: name,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
        })),
      },
      filters: { externalTables: [], externalEnums: [] },
    });
    return appliedMigrationNames;
  } catch (error) {
    throw new Error(`The database could not be migrated: ${reasonOf(refusal ?? error)}`, { cause: error });
  } finally {
    engine.free();
    await Promise.all(connections.map((connection) => connection.dispose()));
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const said = typeof cause === 'object' && cause !== null && 'originalMessage' in cause ? cause.originalMessage : null;
  return typeof said === 'string' ? said : error.message;
}

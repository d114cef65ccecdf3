#!/usr/bin/env node
// A drop-in "schema-engine" executable for the stock Prisma 7 CLI, with no native binary.
// Speaks the same line-delimited JSON-RPC over stdio, backed by @prisma/schema-engine-wasm + @prisma/adapter-pg.
// prisma.config.ts points PRISMA_SCHEMA_ENGINE_BINARY here; see docs/decisions/.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';
import pg from 'pg';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';

const require = createRequire(import.meta.url);

function loadWasm() {
  const dir = path.dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const mod = new WebAssembly.Module(readFileSync(path.join(dir, 'schema_engine_bg.wasm')));
  const inst = new WebAssembly.Instance(mod, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(inst.exports);
  inst.exports.__wbindgen_start();
}

/** Discrete fields, never `connectionString`: pg lets a connectionString override `database`,
 *  and the stock adapter's connectToShadowDb() would then replay migrations into the real database. */
function pgConfig(url) {
  const u = new URL(url);
  const ssl = u.searchParams.get('sslmode');
  return {
    host: decodeURIComponent(u.searchParams.get('host') ?? u.hostname),
    port: Number(u.port || 5432),
    user: decodeURIComponent(u.username),
    password: decodeURIComponent(u.password),
    database: decodeURIComponent(u.pathname.slice(1)) || 'postgres',
    ...(ssl && ssl !== 'disable' ? { ssl: { rejectUnauthorized: ssl.startsWith('verify') } } : {}),
  };
}
const pgSchema = (url) => new URL(url).searchParams.get('schema') ?? undefined;

/** adapter-pg refuses the catalog-only types the schema engine selects from pg_catalog ("char", name[], ...): teach it. */
const AS_TEXT = 25;
const AS_TEXT_ARRAY = 1009;
const CATALOG_TYPES = {
  18: AS_TEXT,
  1002: AS_TEXT_ARRAY,
  1003: AS_TEXT_ARRAY,
  22: AS_TEXT,
  24: AS_TEXT,
  30: AS_TEXT,
  194: AS_TEXT,
  2205: AS_TEXT,
  2206: AS_TEXT,
};
let lastDbError; // the engine only reports "external connector error"; keep what PostgreSQL really said
function readsCatalogs(adapter) {
  const executeScript = adapter.executeScript.bind(adapter);
  adapter.executeScript = (sql) =>
    executeScript(sql).catch((e) => {
      lastDbError = e.cause;
      throw e;
    });
  const queryRaw = adapter.queryRaw;
  adapter.queryRaw = async (query) => {
    const chars = [];
    const view = Object.create(adapter, {
      performIO: {
        value: async (q) => {
          const r = await adapter.performIO(q);
          const fields = r.fields.map((f, i) => {
            if (f.dataTypeID === 18) chars.push(i);
            return CATALOG_TYPES[f.dataTypeID] ? { ...f, dataTypeID: CATALOG_TYPES[f.dataTypeID] } : f;
          });
          return { ...r, rows: r.rows, fields };
        },
      },
    });
    const result = await queryRaw.call(view, query);
    for (const i of chars) result.columnTypes[i] = ColumnTypeEnum.Character;
    return result;
  };
  return adapter;
}

class MigrationPg extends PrismaPg {
  async connect() {
    return readsCatalogs(await super.connect());
  }
  constructor(url, shadowUrl) {
    super({ ...pgConfig(url), max: 1 }, { schema: pgSchema(url) });
    this.shadowUrl = shadowUrl;
  }
  async connectToShadowDb() {
    if (this.shadowUrl) {
      const f = new PrismaPg(pgConfig(this.shadowUrl), { schema: pgSchema(this.shadowUrl) });
      return readsCatalogs(await f.connect());
    }
    const admin = new pg.Client(this.config);
    await admin.connect();
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await admin.query(`CREATE DATABASE "${database}"`);
    const shadow = readsCatalogs(await new PrismaPg({ ...this.config, database }).connect());
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await admin.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      await admin.end();
    };
    return shadow;
  }
}

// ---- argv -------------------------------------------------------------------------------------------------------
const argv = process.argv.slice(2);
if (argv[0] === '--version' || argv[0] === '-V') {
  const dir = path.dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  console.log(`schema-engine-wasm ${JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')).version}`);
  process.exit(0);
}
const datamodels = [];
let datasource = {};
const rest = [];
for (let i = 0; i < argv.length; i++) {
  if (argv[i] === '--datamodels') datamodels.push(argv[++i]);
  else if (argv[i] === '--datasource') datasource = JSON.parse(argv[++i]);
  else if (argv[i].startsWith('--')) i++;
  else rest.push(argv[i]);
}

// ---- `schema-engine cli can-connect-to-database | create-database | drop-database` ------------------------------
const CODES = { '3D000': 'P1003', '28P01': 'P1000', 28000: 'P1000', ECONNREFUSED: 'P1001', ENOTFOUND: 'P1001', ETIMEDOUT: 'P1002' };
const say = (level, fields) =>
  process.stderr.write(JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' }) + '\n');
async function withAdmin(url, fn) {
  const cfg = pgConfig(url);
  const c = new pg.Client({ ...cfg, database: 'postgres' });
  await c.connect();
  try {
    return await fn(c, cfg.database);
  } finally {
    await c.end();
  }
}
const createDatabase = (url) =>
  withAdmin(url, async (c, db) => {
    await c.query(`CREATE DATABASE ${pg.escapeIdentifier(db)}`);
    return db;
  });

if (rest[0] === 'cli') {
  say('INFO', { message: 'schema-engine (wasm shim)' }); // the CLI drops the first stderr line
  try {
    if (rest[1] === 'can-connect-to-database') {
      const c = new pg.Client(pgConfig(datasource.url));
      await c.connect();
      await c.end();
    } else if (rest[1] === 'create-database') await createDatabase(datasource.url);
    else if (rest[1] === 'drop-database')
      await withAdmin(datasource.url, (c, db) => c.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(db)} WITH (FORCE)`));
    process.exit(0);
  } catch (e) {
    say('ERROR', { is_panic: false, error_code: CODES[e.code] ?? 'P1010', message: e.message || String(e.code), meta: null });
    process.exitCode = 1;
  }
} else {
  await rpc();
}

// ---- JSON-RPC over stdio ----------------------------------------------------------------------------------------
async function rpc() {
  loadWasm();
  const out = (o) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...o }) + '\n');
  // One engine a call: after it has applied migrations, an engine no longer finds its way to a shadow database.
  const engine = () => {
    const factory = bindMigrationAwareSqlAdapterFactory(new MigrationPg(datasource.url, datasource.shadowDatabaseUrl));
    const files = datamodels.map((p) => [p, readFileSync(p, 'utf8')]);
    return glue.SchemaEngine.new({ datamodels: files.length ? files : undefined }, () => {}, factory);
  };

  let printId = 0;
  const prints = new Map();
  const print = (content) =>
    new Promise((ok) => {
      const id = `print-${++printId}`;
      prints.set(id, ok);
      out({ id, method: 'print', params: { content } });
    });

  /** The SQL from the migrations to the schema; null when they agree. */
  const difference = async ({ migrationsList, schema, filters }) => {
    const r = await (await engine()).diff({
      from: { tag: 'migrations', ...migrationsList },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      exitCode: true,
      shadowDatabaseUrl: datasource.shadowDatabaseUrl ?? null,
      filters,
    });
    return r.exitCode === 2 ? (r.stdout ?? '') : null;
  };

  const methods = {
    // The engine's own two would need a shadow database that they do not ask us for, or compare without partial indexes.
    async evaluateDataLoss(p) {
      const lines = ((await difference(p)) ?? '').split('\n').filter((line) => /^(ALTER|CREATE|DROP)\b/.test(line));
      const loses = (line) => /^DROP TABLE|\bDROP COLUMN\b|\bSET DATA TYPE\b/.test(line);
      const warnings = lines.flatMap((line, stepIndex) => (loses(line) ? [{ message: `Data may be lost: ${line}`, stepIndex }] : []));
      return { migrationSteps: lines.length, warnings, unexecutableSteps: [] };
    },
    async createMigration(p) {
      const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
      const script = await difference(p);
      const name = p.migrationName ? `${stamp}_${p.migrationName}` : stamp;
      return { connectorType: 'postgresql', generatedMigrationName: name, extension: 'sql', migrationScript: script };
    },
    async createDatabase(p) {
      return { databaseName: await createDatabase(p?.datasource?.url ?? datasource.url) };
    },
    async getDatabaseVersion() {
      return (await engine()).version(null);
    },
    async diff(p) {
      const r = await (await engine()).diff(p);
      if (r.stdout) await print(r.stdout.replace(/\n$/, ''));
      return { exitCode: r.exitCode, stdout: null };
    },
  };

  const pending = new Set();
  const rl = createInterface({ input: process.stdin, crlfDelay: Infinity });
  rl.on('line', (line) => {
    const msg = JSON.parse(line);
    if (!msg.method) return prints.get(msg.id)?.();
    const job = (async () => {
      try {
        const fn = methods[msg.method];
        const result = fn ? await fn(msg.params) : await (await engine())[msg.method](msg.params);
        out({ id: msg.id, result: result ?? null });
      } catch (e) {
        const db = lastDbError && `\nDatabase error ${lastDbError.originalCode ?? ''}: ${lastDbError.originalMessage ?? ''}\n`;
        out({
          id: msg.id,
          error: {
            code: 4466,
            message: 'An error happened. Check the data field for details.',
            data: { is_panic: false, message: (e?.message ?? String(e)) + (db ?? ''), meta: e?.meta ?? null, error_code: e?.code ?? null },
          },
        });
      }
    })();
    pending.add(job);
    job.finally(() => pending.delete(job));
  });
  rl.on('close', async () => {
    await Promise.allSettled([...pending]);
    process.exit(0);
  });
}

import type { TestProject } from 'vitest/node';
import { compile } from './compiled.js';
import { makeTemplate } from './database.js';
import { testServices } from './services.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server on which databases may be created; the database that the URL names is not used. */
    databaseUrl: string;
    /** The migrated database that every test file gets a copy of. */
    template: string;
    /** The folder of the program as JavaScript: see compiled.ts. */
    compiled: string;
    /** null: no Redis could be had; tests that need one fail. */
    redisUrl: string | null;
  }
}

/** Once per run: services, and one migrated database to copy from. Answers what takes them down again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await testServices();
  try {
    if (services.redisUrl === null)
      console.error(
        '\n\x1b[1;31mNO REDIS: neither REDIS_URL nor a redis-server or valkey-server in PATH. What needs Redis is NOT tested in this run.\x1b[0m\n',
      );
    const template = await makeTemplate(services.databaseUrl, { durable: !services.embedded });
    const program = await compile();
    project.provide('databaseUrl', services.databaseUrl);
    project.provide('template', template.name);
    project.provide('compiled', program.folder);
    project.provide('redisUrl', services.redisUrl);
    return async () => {
      await program.remove();
      await template.drop();
      await services.stop();
    };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

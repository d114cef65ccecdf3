import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Config, type Environment, processEnvironment, readConfig } from '#platform/config/config';

const devServicesSchema = z.object({
  DATABASE_URL: z.string(),
  REDIS_URL: z.string().optional(),
  REDIS_PREFIX: z.string(),
  SECRETS_KEYS: z.string(),
});
export type DevServices = z.infer<typeof devServicesSchema>;

/** Where `npm start` keeps its data. */
export function devFolder(): string {
  return path.resolve('.millrace');
}

/** Readable by its owner only: it holds the database's password. There while `npm start` runs. */
export function devServicesFile(): string {
  return path.join(devFolder(), 'services.json');
}

/** The environment of a command: this process's, or where that names no database, the one of the `npm start` that runs in this folder. */
export async function commandEnvironment(): Promise<Environment> {
  const environment = processEnvironment();
  if (environment['DATABASE_URL']) return environment;
  try {
    return { ...environment, ...devServicesSchema.parse(JSON.parse(await readFile(devServicesFile(), 'utf8'))) };
  } catch {
    // Nothing runs here.
    return environment;
  }
}

export async function commandConfig(): Promise<Config> {
  return readConfig({ LOG_LEVEL: 'warn', ...(await commandEnvironment()) });
}

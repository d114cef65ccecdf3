import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { type Setting, settings } from '#platform/config/settings';
import { packageRoot } from '#platform/package';

export function configure(command: Command): void {
  command.option('--write', 'write it to .env.example instead').action(async ({ write }: { readonly write?: true }) => {
    if (write === true) await writeFile(path.join(packageRoot(), '.env.example'), envExample());
    else process.stdout.write(envExample());
  });
}

/** Production asks for these; the others have defaults that fit. */
const asked = ['DATABASE_URL', 'REDIS_URL', 'SECRETS_KEYS'];

/** Every setting with its meaning and its default, as a .env file. */
export function envExample(): string {
  const head =
    '# Every setting of Millrace. Written by `npm run generate` from src/platform/config/settings.ts.\n# What is commented out shows its default, or an example where it has none.\n';
  const blocks = Object.entries<Setting>(settings).map(
    ([name, { about, example, fallback }]) => `# ${about}\n${asked.includes(name) ? '' : '# '}${name}=${example ?? fallback ?? ''}\n`,
  );
  return [head, ...blocks].join('\n');
}

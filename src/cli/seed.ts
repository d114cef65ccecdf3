import type { Command } from 'commander';
import { createApp } from '#app';
import { commandConfig } from './environment.js';
import { type SeedOptions, seed } from './seeding.js';

export function configure(command: Command): void {
  command
    .option('--email <address>', 'of the person who will own the workspace, such as the one that your identity provider knows')
    .option('--token <token>', 'a token of an earlier seed, which is kept while it is valid')
    .action(async (options: SeedOptions) => {
      const app = await createApp(await commandConfig());
      try {
        console.log((await seed(app, options)).token);
      } finally {
        await app.close();
      }
    });
}

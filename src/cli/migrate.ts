import type { Command } from 'commander';
import { migrate } from '#platform/db/migrate';
import { commandConfig } from './environment.js';

export function configure(command: Command): void {
  command.action(async () => {
    const config = await commandConfig();
    const applied = await migrate(config.database.url);
    for (const name of applied) console.log(`applied ${name}`);
    if (applied.length === 0) console.log('The database is up to date.');
  });
}

#!/usr/bin/env node
import { Command } from 'commander';

/** A command's file adds its options and its action. */
interface CommandFile {
  configure(command: Command): void;
}

const commands: Record<string, { readonly about: string; readonly load: () => Promise<CommandFile> }> = {
  dev: { about: 'Try Millrace: its own database and Redis, an API, a worker, and what happens in them', load: () => import('./dev.js') },
  migrate: { about: 'Apply pending migrations to DATABASE_URL', load: () => import('./migrate.js') },
  seed: { about: 'Make a first workspace with an API token and two actions', load: () => import('./seed.js') },
  token: { about: 'Make an API token for a workspace', load: () => import('./token.js') },
  actions: { about: 'Keep the code of actions in files: pull, push, diff', load: () => import('./actions.js') },
  secrets: { about: 'Make keys that encrypt secrets, and rotate them', load: () => import('./secrets.js') },
  drill: { about: 'Break everything on purpose, on services of its own, and prove that nothing is lost', load: () => import('./drill.js') },
  doctor: { about: 'Check what Millrace stands on: what is wrong and what to do', load: () => import('./doctor.js') },
  settings: { about: 'Print every setting, in the form of a .env file', load: () => import('./settings.js') },
};

const program = new Command('millrace').description('A self-hosted automation server with a typed GraphQL API').showHelpAfterError();
const asked = process.argv.slice(2).find((word) => word !== 'help');
for (const [name, { about, load }] of Object.entries(commands)) {
  const command = program.command(name).description(about);
  // Only the command that was asked for is loaded: printing the settings needs no database client.
  if (name === asked) (await load()).configure(command);
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof AggregateError ? error.errors.map(String).join('\n') : error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

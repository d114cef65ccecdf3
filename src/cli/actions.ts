import { type Command, InvalidArgumentError } from 'commander';
import { type Client, createClient } from '#client/index';
import { processEnvironment } from '#platform/config/config';
import { differenceOf } from './actions.diff.js';
import { localKeys, readLocal, readLocalFile, writeLocal } from './actions.folder.js';
import { planPush, push } from './actions.push.js';
import { type Site, openSite, readRemote, remoteKeys } from './actions.server.js';

interface Options {
  readonly url?: string;
  readonly token?: string;
  readonly workspace?: string;
  readonly action: readonly string[];
}

interface PushOptions extends Options {
  readonly deploy?: true;
  readonly wait: number;
}

const layout = `
Each action is a folder that is called as its key:
  <folder>/<key>/action.json   its name, packages, configuration and all else
  <folder>/<key>/code.js       its code; code.ts when the language is TYPESCRIPT

A secret is a reference to an environment variable: "secrets": { "API_KEY": { "env": "MY_API_KEY" } }`;

export function configure(command: Command): void {
  common(command.command('pull'))
    .description('Write the actions of the server that are made of code into a folder')
    .action((folder: string, options: Options) => onSite(options, (site) => pull(site, folder, options)));
  common(command.command('push'))
    .description('Create or change the actions of a folder on the server; it deletes none')
    .option('--deploy', 'wait until each one is built, and make it live')
    .option('--wait <seconds>', 'how long --deploy waits for a build', seconds, 300)
    .action((folder: string, options: PushOptions) => onSite(options, (site) => pushAll(site, folder, options)));
  common(command.command('diff'))
    .description('Show what a push would change; the exit code is 1 when that is anything')
    .action((folder: string, options: Options) => onSite(options, (site) => diff(site, folder, options)));
  command.addHelpText('after', layout);
}

function common(command: Command): Command {
  return command
    .argument('[folder]', 'where the actions are', 'actions')
    .option('--url <url>', 'of the API, such as http://127.0.0.1:4000/graphql; MILLRACE_URL when absent')
    .option('--token <token>', 'an API token; MILLRACE_TOKEN when absent')
    .option('--workspace <key or id>', 'the workspace; may be left out where the token is for one')
    .option('--action <key>', 'only this action; may be given several times', (key: string, keys: string[]) => [...keys, key], [])
    .addHelpText('after', layout);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('This is a number of seconds.');
  return value;
}

async function onSite({ url, token, workspace }: Options, run: (site: Site) => Promise<void>): Promise<void> {
  const environment = processEnvironment();
  const [place, bearer] = [url ?? environment['MILLRACE_URL'], token ?? environment['MILLRACE_TOKEN']];
  if (!place) throw new Error('Name the API with --url or MILLRACE_URL, such as http://127.0.0.1:4000/graphql.');
  if (!bearer) throw new Error('Give an API token with --token or MILLRACE_TOKEN; `millrace token` makes one.');
  const client: Client = createClient({ url: place, token: bearer });
  try {
    await run(await openSite(client, workspace ?? null));
  } finally {
    client.close();
  }
}

async function pull(site: Site, folder: string, { action: named }: Options): Promise<void> {
  for (const key of named.length > 0 ? named : await remoteKeys(site)) {
    const before = await readLocalFile(folder, key);
    const remote = await readRemote(site, key, before);
    if (remote === null) throw new Error(`${key}: There is no such action on the server.`);
    // A folder that says nothing of secrets goes on so, and a reference that a server does not know yet stays.
    const silent = remote.file.secrets === null || (before !== null && before.secrets === null);
    const secrets = silent ? null : { ...before?.secrets, ...remote.file.secrets };
    const written = await writeLocal(folder, key, { code: remote.code, file: { ...remote.file, secrets } });
    console.log(`${key}: ${written ? 'written' : 'unchanged'}`);
  }
}

async function pushAll(site: Site, folder: string, { action: named, deploy, wait }: PushOptions): Promise<void> {
  const environment = processEnvironment();
  const plans = await compared(site, folder, named, (key, local, remote) => planPush(folder, key, local, remote, environment));
  const problems = plans.flatMap((plan) => plan.problems);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const deploying = deploy === true ? { waitMs: wait * 1_000 } : null;
  for (const plan of plans) if (!(await push(site, folder, plan, deploying))) process.exitCode = 1;
}

async function diff(site: Site, folder: string, { action: named }: Options): Promise<void> {
  const differences = await compared(site, folder, named, differenceOf);
  for (const difference of differences) if (difference !== '') console.log(difference.trimEnd());
  if (differences.some((difference) => difference !== '')) process.exitCode = 1;
}

/** What is made of each action of a folder, or of those that are named, and what the server has of it. */
async function compared<Made>(
  site: Site,
  folder: string,
  named: readonly string[],
  make: (key: string, local: NonNullable<Awaited<ReturnType<typeof readLocal>>>, remote: Awaited<ReturnType<typeof readRemote>>) => Made,
): Promise<Made[]> {
  const made: Made[] = [];
  for (const key of named.length > 0 ? named : await localKeys(folder)) {
    const local = await readLocal(folder, key);
    if (local === null) throw new Error(`${key}: There is no such action in ${folder}.`);
    made.push(make(key, local, await readRemote(site, key, local.file)));
  }
  return made;
}

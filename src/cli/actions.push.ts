import type { Environment } from '#platform/config/config';
import { type Outcome, deployRemote, showBuild } from './actions.deploy.js';
import { type LocalAction, codeName, sameFile } from './actions.file.js';
import { placeIn } from './actions.folder.js';
import { type Refused, type RemoteAction, type SecretValue, type Site, saveRemote } from './actions.server.js';

/** An action of a folder, with what is to be done with it. */
export interface Plan {
  readonly key: string;
  readonly local: LocalAction;
  /** Null: it is made. */
  readonly remote: RemoteAction | null;
  /** Null: they stay as they are. */
  readonly secrets: readonly SecretValue[] | null;
  /** Lines that say why it cannot be done. */
  readonly problems: readonly string[];
}

/** What pushing an action would do; nothing is written. */
export function planPush(folder: string, key: string, local: LocalAction, remote: RemoteAction | null, environment: Environment): Plan {
  const json = placeIn(folder, key, 'action.json');
  const { triggerPoint, publishPolicy, secrets: references } = local.file;
  const fixed = (['triggerPoint', 'publishPolicy'] as const).filter((field) => remote !== null && remote.file[field] !== local.file[field]);
  const secrets = references === null ? null : Object.entries(references).map(([name, { env }]) => secretOf(name, environment[env]));
  const known = new Set(remote?.secretNames);
  return {
    key,
    local,
    remote,
    secrets,
    problems: [
      ...fixed.map(
        (field) =>
          `${json}: ${field}: This is decided when an action is made: on the server it is ${String(remote?.file[field])}, here ${String({ triggerPoint, publishPolicy }[field])}.`,
      ),
      ...(secrets ?? []).flatMap(({ name, value }) =>
        value !== undefined || known.has(name)
          ? []
          : [
              `${json}: secrets.${name}: The secret is new: its value is read from the environment variable ${references?.[name]?.env ?? name}, which is not set.`,
            ],
      ),
    ],
  };
}

function secretOf(name: string, value: string | undefined): SecretValue {
  return value === undefined || value === '' ? { name } : { name, value };
}

/** Does what was planned, and prints what became of it. Answers whether all went well. */
export async function push(site: Site, folder: string, plan: Plan, deploying: { readonly waitMs: number } | null): Promise<boolean> {
  const { key, local, remote, secrets } = plan;
  const same =
    remote !== null &&
    remote.code === local.code &&
    sameFile({ ...remote.file, secrets: local.file.secrets === null ? null : remote.file.secrets }, local.file) &&
    (secrets ?? []).every(({ value }) => value === undefined);
  const saved = same ? { id: remote.id } : await saveRemote(site, key, remote?.id ?? null, local, secrets);
  if ('refused' in saved) {
    for (const line of refusalLines(folder, plan, saved.refused)) console.error(line);
    return false;
  }
  console.log(`${key}: ${same ? 'unchanged' : remote === null ? 'created' : 'changed'}`);
  const outcome: Outcome = deploying === null ? await savedOutcome(site, saved.id) : await deploy(site, plan, saved.id, deploying.waitMs);
  return tell(folder, plan, outcome);
}

async function savedOutcome({ client }: Site, id: string): Promise<Outcome> {
  const { status, errors } = await showBuild(client, id);
  return status === 'FAILED' ? { became: 'FAILED', errors } : { became: 'SAVED' };
}

async function deploy({ client }: Site, { local }: Plan, id: string, waitMs: number): Promise<Outcome> {
  return deployRemote(client, id, local.file.publishPolicy, waitMs).catch((error: unknown) => ({
    became: 'REFUSED' as const,
    message: error instanceof Error ? error.message : String(error),
  }));
}

function tell(folder: string, { key, local }: Plan, outcome: Outcome): boolean {
  switch (outcome.became) {
    case 'LIVE':
      console.log(`${key}: version ${outcome.version} is live`);
      return true;
    case 'SAVED':
      return true;
    case 'REFUSED':
      console.error(`${key}: ${outcome.message}`);
      return false;
    case 'FAILED':
      for (const { id, message, line, column } of outcome.errors)
        console.error(`${placed(placeIn(folder, key, codeName(local.file)), line, column)}: ${message} (${id})`);
      return false;
  }
}

/** `file:line:column`, as editors find it. */
function placed(file: string, line: number | null | undefined, column: number | null | undefined): string {
  return line == null ? file : `${file}:${line}:${column ?? 1}`;
}

function refusalLines(folder: string, { key, local }: Plan, refused: Refused): string[] {
  if (refused.__typename !== 'InvalidInputError') return [`${key}: ${refused.message} (${refused.code})`];
  return refused.fields.map(({ path, message, line, column }) =>
    path[0] === 'code'
      ? `${placed(placeIn(folder, key, codeName(local.file)), line, column)}: ${message}`
      : `${placeIn(folder, key, 'action.json')}: ${path.join('.')}: ${message}`,
  );
}

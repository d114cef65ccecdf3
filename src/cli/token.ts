import { type Command, Option } from 'commander';
import { createApp } from '#app';
import { NotFoundError } from '#domain/errors';
import { createApiToken } from '#domain/tenant/token.service';
import { systemActor } from '#domain/tenant/viewer';
import { Role } from '#platform/db/generated/prisma/enums';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { commandConfig } from './environment.js';

interface Options {
  readonly workspace?: string;
  readonly name: string;
  readonly role: Role;
  readonly days?: string;
}

export function configure(command: Command): void {
  command
    .option('--workspace <key or id>', 'the workspace; may be left out where there is only one')
    .option('--name <name>', 'what the token is for', 'Made on the command line')
    .addOption(new Option('--role <role>', 'what it may do').choices(Object.values(Role)).default('EDITOR'))
    .option('--days <number>', 'days until it expires; without this it does not')
    .action(async (options: Options) => {
      const app = await createApp(await commandConfig());
      try {
        console.log(await makeToken(app, options));
      } finally {
        await app.close();
      }
    });
}

/** Whoever has the database has every right in it, so this is done by Millrace itself, and audited as that. */
async function makeToken(platform: Platform, { workspace, name, role, days }: Options): Promise<string> {
  const workspaceId = await findWorkspace(platform, workspace ?? null);
  const viewer = { actor: systemActor, tokenId: null, roles: new Map([[workspaceId, Role.OWNER]]), expiresAt: null };
  const { token } = await transact(platform, viewer, (work) => {
    const expiresAt = days === undefined ? null : new Date(work.now.getTime() + Number(days) * 86_400_000);
    return createApiToken(work, { workspaceId, name, role, expiresAt });
  });
  if (token === null) throw new Error('A new token was not shown.');
  return token;
}

async function findWorkspace({ db: { prisma } }: Platform, named: string | null): Promise<string> {
  const uuid = /^(?:ws_)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(named ?? '')?.[1];
  const where = named === null ? {} : uuid === undefined ? { key: named } : { id: uuid };
  const [found, ...others] = await prisma.workspace.findMany({ where, select: { id: true }, take: 2 });
  if (found === undefined)
    throw new NotFoundError(named === null ? 'There is no workspace yet: `millrace seed` makes one.' : `There is no workspace ${named}.`);
  if (others.length > 0)
    throw new Error(
      named === null
        ? 'There are several workspaces: name one with --workspace.'
        : `Several workspaces have the key ${named}: name one by its id.`,
    );
  return found.id;
}

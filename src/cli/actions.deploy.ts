import { setTimeout as sleep } from 'node:timers/promises';
import { ActionBuildDocument, type ActionBuildQuery, type Client, DeployActionDocument } from '#client/index';

type Build = NonNullable<ActionBuildQuery['action']>;

/** What became of what was saved. */
export type Outcome =
  | { readonly became: 'LIVE'; readonly version: number }
  /** Saved, and not live by itself. */
  | { readonly became: 'SAVED' }
  | { readonly became: 'FAILED'; readonly errors: Build['errors'] }
  | { readonly became: 'REFUSED'; readonly message: string };

const poll = { leastMs: 100, mostMs: 2_000 };

/** What is known of the build of what was last saved. */
export async function showBuild(client: Client, id: string): Promise<Build> {
  const { action } = await client.request(ActionBuildDocument, { id });
  if (action == null) throw new Error('The action is gone.');
  return action;
}

/** Waits for the build of what was last saved and makes it live. Throws when that takes longer than `waitMs`. */
export async function deployRemote(client: Client, id: string, policy: 'AUTO' | 'MANUAL', waitMs: number): Promise<Outcome> {
  const { draft, ...build } = await whenBuilt(client, id, policy, waitMs);
  if (build.status === 'FAILED') return { became: 'FAILED', errors: build.errors };
  const live = build.deployedVersion?.number;
  if (live !== undefined && (draft == null || build.allChangesDeployed)) return { became: 'LIVE', version: live };
  const { deployAction } = await client.request(DeployActionDocument, { input: { id } });
  if (deployAction.__typename !== 'DeployActionSuccess') return { became: 'REFUSED', message: deployAction.message };
  return { became: 'LIVE', version: deployAction.action.deployedVersion?.number ?? 0 };
}

/** With AUTO a worker deploys what it has built: then there is no draft any more. */
async function whenBuilt(client: Client, id: string, policy: 'AUTO' | 'MANUAL', waitMs: number): Promise<Build> {
  let waited = 0;
  for (let delay = poll.leastMs; ; delay = Math.min(2 * delay, poll.mostMs)) {
    const build = await showBuild(client, id);
    if (build.status === 'FAILED' || (build.status === 'BUILT' && (policy === 'MANUAL' || build.draft == null))) return build;
    if (waited >= waitMs) throw new Error(`It is still ${build.status} after ${Math.round(waited / 1_000)} s: is a worker running?`);
    await sleep(delay);
    waited += delay;
  }
}

import { createApp } from '#app';
import { type Environment, readConfig } from '#platform/config/config';
import { seed } from '#test/support/seed';
import { seedChains } from './chains.seeded.js';
import { seedFlows, toldEvent } from './flows.seeded.js';
import { seedRules } from './rules.seeded.js';

/** What the bench works on. */
export interface Seeded {
  /** Of the database. */
  readonly workspaceId: string;
  readonly environmentId: string;
  /** Keys of actions. */
  readonly transform: string;
  readonly code: string;
  /** The type of events that start a flow of one transform each. */
  readonly event: string;
  /** An action whose runs are written by hand, to be listed. */
  readonly listed: { readonly key: string; readonly uuid: string };
  /** Each with its own limit of subscriptions. */
  readonly tokens: readonly [string, ...string[]];
}

/** 200 subscriptions each: enough for 10 000 subscribers and the watchers of the bench. */
const moreTokens = 51;

/** Migrates and fills an empty database, in this process, which then lets go of it: what is measured runs elsewhere. */
export async function seedBench(environment: Environment): Promise<Seeded> {
  const app = await createApp(readConfig(environment));
  try {
    const workspace = await seed(app).workspace();
    const mapping = { greeting: 'Hello {{ input.name }}', number: '{{ input.number }}' };
    const transform = await workspace.action({ key: 'bench-transform', transform: mapping });
    const code = await workspace.action({
      key: 'bench-code',
      code: `export default async (input) => ({ greeting: 'Hello ' + input.name, number: input.number })`,
    });
    const listed = await workspace.action({ key: 'bench-listed', transform: mapping });
    await seedChains(app, workspace);
    await seedRules(app, workspace);
    await seedFlows(app, workspace);
    const tokens: [string, ...string[]] = [await workspace.token('OPERATOR')];
    for (let index = 0; index < moreTokens; index += 1) tokens.push(await workspace.token('VIEWER'));
    return {
      workspaceId: workspace.uuid,
      environmentId: workspace.environmentId,
      transform: transform.key,
      code: code.key,
      event: toldEvent,
      listed,
      tokens,
    };
  } finally {
    await app.close();
  }
}

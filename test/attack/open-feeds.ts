import { type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql';
import { afterEach, vi, expect } from 'vitest';
import { buildSchema } from '#schema/index';
import { subscriptions } from '#test/api/access.table';
import type { World } from '#test/api/access.world';
import type { Millrace } from '#test/support/api';
import { createWalk, operation } from '#test/support/schema-walk';
import { patience } from '#test/support/wire';
import { type Follow, type Following, transports } from './follow.js';

const schema: GraphQLSchema = buildSchema();
const type = schema.getSubscriptionType();
if (!isObjectType(type)) throw new Error('The schema has no subscriptions.');
const fields: Readonly<Record<string, GraphQLField<unknown, unknown>>> = type.getFields();
const walk = createWalk(schema, {
  'Entity.link': 'name: "related"',
  'Entity.levelHistory': 'scorecard: "flw_01900000-0000-7000-8000-000000000000"',
});

export type Arguments = Readonly<Record<string, unknown>>;

/** Every subscription of the schema. */
export const names: readonly string[] = Object.keys(fields);

/** Each of them over each transport. */
export const ways: readonly (readonly [name: string, transport: string, Follow])[] = Object.entries(transports).flatMap(
  ([transport, follow]) => names.map((name) => [name, transport, follow] as const),
);

/** The walk through all that leads on is larger than anything a client may ask for. */
export const unlimited: Readonly<Record<string, string>> = {
  GRAPHQL_DOCUMENT_BYTES: '10000000',
  GRAPHQL_TOKENS: '1000000',
  GRAPHQL_DEPTH: '100',
  GRAPHQL_ALIASES: '1000000',
  GRAPHQL_COMPLEXITY: '2000000000',
};

/** What a subscription is asked for with; a subscription without a row fails. */
export function rowsOf(name: string, world: World): readonly Arguments[] {
  const rows = subscriptions[name];
  if (rows === undefined) throw new Error(`access.table.ts does not know the subscription ${name}.`);
  return rows(world);
}

export interface Feeds {
  /** Follows with a selection of all that can be reached, and waits until the server has it open or has ended it. */
  open(follow: Follow, token: string, name: string, args: Arguments): Promise<Following>;
}

/** Feeds that are stopped after each test. */
export function openFeeds(millraceOf: () => Millrace): Feeds {
  const followed: Following[] = [];
  const counted = async () => (await millraceOf().app.metrics.subscriptions.get()).values[0]?.value ?? 0;
  afterEach(async () => {
    for (const following of followed.splice(0)) following.stop();
    await vi.waitFor(async () => expect(await counted()).toBe(0), patience);
  });
  return {
    open: async (follow, token, name, args) => {
      const field = fields[name];
      if (field === undefined) throw new Error(`There is no subscription ${name}.`);
      const text = operation('subscription', field, Object.keys(args), walk.select(field.type));
      const following = await follow(millraceOf(), token, text, args);
      followed.push(following);
      await vi.waitFor(async () => expect(await counted(), name).toBe(followed.filter(({ completed }) => !completed).length), patience);
      return following;
    },
  };
}

/** The code of the last error that a feed told. */
export const codeIn = ({ heard }: Following): unknown => heard.at(-1)?.errors?.[0]?.extensions['code'];

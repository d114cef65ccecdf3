import { type GraphQLError, type GraphQLSchema, execute, parse, validate } from 'graphql';
import { expect } from 'vitest';
import { type App, createApp } from '#app';
import type { Viewer } from '#domain/tenant/viewer';
import { readConfig } from '#platform/config/config';
import { newId } from '#platform/ids';
import { buildSchema } from '#schema/index';
import { atEnd } from './at-end.js';
import { createDatabase } from './database.js';
import { redisPrefix, redisUrlOrNull } from './redis.js';
import { testSecretsKeys } from './secrets.js';
import { type Workspace, seed } from './seed.js';

export interface GraphAnswer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly GraphQLError[];
}

/** Executes an operation as a viewer (null: nobody signed in), below the transports. */
export type Ask = (viewer: Viewer | null, document: string, variables?: Readonly<Record<string, unknown>>) => Promise<GraphAnswer>;

export function graphOf(schema: GraphQLSchema, app: App): Ask {
  return async (viewer, text, variables = {}) => {
    const document = parse(text);
    const problems = validate(schema, document);
    if (problems.length > 0) return { data: null, errors: problems };
    const { data = null, errors = [] } = await execute({
      schema,
      document,
      variableValues: variables,
      contextValue: { app, viewer, requestId: newId(), publicUrl: 'https://millrace.test' },
    });
    return { data, errors };
  };
}

export interface TestGraph {
  readonly app: App;
  readonly workspace: Workspace;
  readonly ask: Ask;
  /** As the owner of the workspace; fails when the request itself was refused. */
  answer(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

/** The graph over an app on a database of the test file's own, with one workspace and no worker. */
export async function testGraph(): Promise<TestGraph> {
  const redisUrl = redisUrlOrNull();
  const app = await createApp(
    readConfig({
      DATABASE_URL: await createDatabase(),
      REDIS_PREFIX: redisPrefix(),
      LOG_LEVEL: 'silent',
      SECRETS_KEYS: testSecretsKeys,
      MIGRATE_AT_START: 'false',
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    }),
  );
  atEnd(() => app.close());
  const workspace = await seed(app).workspace();
  const ask = graphOf(buildSchema(), app);
  return {
    app,
    workspace,
    ask,
    answer: async (document, variables) => {
      const { data, errors } = await ask(workspace.owner, document, variables);
      expect(errors).toEqual([]);
      return data ?? {};
    },
  };
}

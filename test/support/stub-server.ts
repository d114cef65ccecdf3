import { setTimeout } from 'node:timers/promises';
import { type GraphQLFieldResolver, type GraphQLSchema, buildSchema } from 'graphql';
import type { App } from '#app';
import { ForbiddenError, LimitExceededError } from '#domain/errors';
import type { Context } from '#schema/context';
import { type RunningServer, startServer } from '#server/server';
import { atEnd } from './at-end.js';
import { type TestPlatformOptions, testPlatform } from './platform.js';

/** A graph that has nothing of the product: for tests of what the server does around any graph. */
const sdl = /* GraphQL */ `
  type Query {
    hello(name: String, mood: Mood): String!
    who: String
    echo(value: [Int!], item: Item): String!
    node: Node!
    broken: String
    brokenForGood: String!
    forbidden: String
    tooMuch: String
    unstorable: String
    never: String
    text(characters: Int!): String!
  }
  scalar Written
  type RunEvent { sequence: Int! run: Run! written: Written! }
  type Run { id: ID! readBy: String! }
  type Node { name: String! node: Node! nodes: [Node!]! }
  enum Mood { GLAD SAD }
  input Item { count: Int! }
  type Mutation { add(item: Item!): Int! }
  type Subscription {
    count(to: Int!): Int!
    silent: Int!
    failing: Int!
    denied: Int!
    news(tag: String): Int!
    told: RunEvent!
    flood(characters: Int!): String!
  }
`;

type Resolver = (parent: unknown, args: never, context: Context) => unknown;

export interface StubServer extends RunningServer {
  readonly app: App;
  /** Subscriptions of `silent` that are open now. */
  readonly open: () => number;
  /** How often an event of `news` or `told` was executed: each is one event, the same for all subscribers. */
  readonly executions: () => number;
  /** How often `written` became text. */
  readonly texts: () => number;
  /** How many results of `flood` were asked for. */
  readonly floods: () => number;
}

/** The real server around a stub of the graph. */
export async function stubServer(options: TestPlatformOptions = {}): Promise<StubServer> {
  const platform = await testPlatform(options);
  const app: App = {
    ...platform,
    backlog: unused('backlog'),
    triggers: unused('triggers'),
    emits: unused('emits'),
    firings: unused('firings'),
    webhooks: unused('webhooks'),
    feed: unused('feed'),
    trials: unused('trials'),
    eventFeed: unused('eventFeed'),
    access: unused('access'),
    close: () => Promise.resolve(),
  };
  let open = 0;
  let executions = 0;
  let texts = 0;
  let floods = 0;
  const news = {
    news: () => {
      executions += 1;
      return executions;
    },
  };
  const told = {
    told: {
      sequence: () => {
        executions += 1;
        return executions;
      },
      run: { id: 'run_1', readBy: (_args: unknown, { viewer }: Context) => viewer?.tokenId ?? '' },
      written: {
        toJSON: () => {
          texts += 1;
          return 'written';
        },
      },
    },
  };
  const schema = buildSchema(sdl);
  const root = (kind: 'Query' | 'Mutation', resolvers: Readonly<Record<string, Resolver>>) => attach(schema, kind, 'resolve', resolvers);
  root('Query', {
    hello: (_parent, { name }: { name?: string }) => `Hello ${name ?? 'world'}`,
    who: (_parent, _args, { viewer }) => viewer?.actor.name ?? null,
    echo: (_parent, args) => JSON.stringify(args),
    node: () => node(),
    broken: () => Promise.reject(new Error('secret of the house')),
    brokenForGood: () => Promise.reject(new Error('secret of the house')),
    forbidden: () => Promise.reject(new ForbiddenError('Not for you.')),
    tooMuch: () => Promise.reject(new LimitExceededError('Too soon.', 3, 2_500)),
    unstorable: (_parent, _args, { app: { db } }) => db.sql.query({ name: 'stub.text', text: 'SELECT $1::text' }, ['\0']),
    never: () => new Promise(() => undefined),
    text: (_parent, { characters }: { characters: number }) => 'x'.repeat(characters),
  });
  root('Mutation', { add: (_parent, { item }: { item: { count: number } }) => item.count + 1 });
  attach(schema, 'Subscription', 'subscribe', {
    count: async function* (_parent, { to }: { to: number }) {
      for (let count = 1; count <= to; count += 1) yield await Promise.resolve({ count });
    },
    silent: () => {
      open += 1;
      const { promise, resolve } = deferred();
      return {
        next: () => promise,
        return: () => {
          open -= 1;
          resolve();
          return Promise.resolve({ done: true, value: undefined });
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    failing: async function* () {
      yield { failing: 1 };
      await setTimeout(1);
      throw new ForbiddenError('Your rights were taken away.');
    },
    news: async function* () {
      yield await Promise.resolve(news);
    },
    told: async function* () {
      yield await Promise.resolve(told);
    },
    denied: () => Promise.reject(new ForbiddenError('Not for you.')),
    flood: async function* (_parent, { characters }: { characters: number }) {
      for (;;) {
        floods += 1;
        yield await Promise.resolve({ flood: 'x'.repeat(characters) });
      }
    },
  });
  const server = await startServer(app, { schema, port: 0 });
  atEnd(() => server.close());
  return { ...server, app, open: () => open, executions: () => executions, texts: () => texts, floods: () => floods };
}

function attach(schema: GraphQLSchema, type: string, role: 'resolve' | 'subscribe', resolvers: Readonly<Record<string, Resolver>>): void {
  const fields = (schema.getType(type) as ReturnType<GraphQLSchema['getQueryType']>)?.getFields() ?? {};
  for (const [name, resolver] of Object.entries(resolvers)) {
    const field = fields[name];
    if (field === undefined) throw new Error(`The stub has no ${type}.${name}.`);
    field[role] = resolver as unknown as GraphQLFieldResolver<unknown, unknown>;
  }
}

const node = (): object => ({ name: 'node', node, nodes: () => [node(), node()] });

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<{ done: true; value: undefined }>((done) => {
    resolve = () => done({ done: true, value: undefined });
  });
  return { promise, resolve };
}

function unused(name: string): never {
  return new Proxy(
    {},
    {
      get: () => {
        throw new Error(`The stub has no ${name}.`);
      },
    },
  ) as never;
}

import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventCursor } from '#domain/event/event.feed.cursor';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import { type NodeName, nodeNames, reachableNodes } from '#schema/node';
import { buildSchema } from '#schema/index';
import { type Answer, type Millrace, startMillrace } from '#test/support/api';
import { createWalk, edgesFrom, operation } from '#test/support/schema-walk';
import { openEvents } from '#test/support/wire';
import { catalogues, mutations, queries, several, states, subscriptions, successOf, unaudited, unseenByViewer } from './access.table.js';
import { type World, makeWorld, marker } from './access.world.js';

// Everything the graph has is asked for, by whoever should not get it. A field that is added without a row in access.table.ts fails here.

const schema: GraphQLSchema = buildSchema();
const walk = createWalk(schema, {
  'Entity.link': 'name: "related"',
  'Entity.levelHistory': 'scorecard: "flw_01900000-0000-7000-8000-000000000000"',
});

function root(type: GraphQLObjectType | null | undefined): Readonly<Record<string, GraphQLField<unknown, unknown>>> {
  if (!isObjectType(type)) throw new Error('The schema lacks a root type.');
  return type.getFields();
}

const query = root(schema.getQueryType());
const mutation = root(schema.getMutationType());
const subscription = root(schema.getSubscriptionType());

function objectType(name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`The schema has no type ${name}.`);
  return type;
}

let millrace: Millrace;
let world: World;

beforeAll(async () => {
  // The walks are larger than anything a client may ask for.
  const settings = {
    GRAPHQL_DOCUMENT_BYTES: '10000000',
    GRAPHQL_TOKENS: '1000000',
    GRAPHQL_DEPTH: '100',
    GRAPHQL_ALIASES: '1000000',
    GRAPHQL_COMPLEXITY: '2000000000',
  };
  millrace = await startMillrace({ worker: false, settings });
  world = await makeWorld(millrace);
});

type Who = keyof World['as'];

function field(fields: Readonly<Record<string, GraphQLField<unknown, unknown>>>, name: string): GraphQLField<unknown, unknown> {
  const found = fields[name];
  if (found === undefined) throw new Error(`The table has ${name}, which the schema has not.`);
  return found;
}

const read = (who: Who | null, name: string, args: Readonly<Record<string, unknown>>): Promise<Answer> => {
  const asked = field(query, name);
  return millrace.ask(who === null ? null : world.as[who], operation('query', asked, Object.keys(args), walk.select(asked.type)), args);
};

/** A node by its id, with everything that can be reached from its type. */
const readNode = (who: Who, type: NodeName, id: string): Promise<Answer> =>
  millrace.ask(world.as[who], `query ($id: ID!) { node(id: $id) { ... on ${type} ${walk.select(objectType(type))} } }`, { id });

const write = (target: World, who: Who | null, name: string): Promise<Answer> => {
  const asked = field(mutation, name);
  const text = operation(
    'mutation',
    asked,
    ['input'],
    `{ __typename ... on Error { code message } ${several.has(name) ? `... on ${successOf(name)} { results { __typename ... on Error { code message } } }` : ''} }`,
  );
  return millrace.ask(who === null ? null : target.as[who], text, { input: mutations[name]?.input(target) });
};

interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly results?: readonly Outcome[];
}

/** `ANSWERED`, or the code of the refusal; of several results in one, the first. */
function outcomeOf(answer: Answer, name: string): string {
  const code = answer.errors[0]?.extensions?.['code'];
  if (typeof code === 'string') return code;
  const result = answer.data?.[name] as Outcome | null | undefined;
  return (result?.results?.[0] ?? result)?.code ?? (result === null || result === undefined ? JSON.stringify(answer) : 'ANSWERED');
}

/** The ids of the hidden workspace's rows and the texts in them that stand in an answer. */
function leaks({ data }: Answer, secrets: readonly string[] = world.secrets): string[] {
  const text = JSON.stringify(data);
  return secrets.filter((secret) => text.includes(secret));
}

/** Everything that is kept of the hidden workspace, but for the last use of tokens. */
async function snapshot(of: World = world): Promise<string> {
  const { prisma } = millrace.app.db;
  const { workspaceId } = of.hidden;
  const where = { workspaceId };
  return JSON.stringify(
    await Promise.all([
      prisma.workspace.findMany({ where: { id: workspaceId } }),
      prisma.environment.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.membership.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.invitation.findMany({ where, orderBy: { id: 'asc' }, omit: { tokenHash: true } }),
      prisma.apiToken.findMany({ where, orderBy: { id: 'asc' }, omit: { tokenHash: true, lastUsedAt: true } }),
      prisma.auditEntry.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.automation.findMany({
        where,
        orderBy: { id: 'asc' },
        include: { versions: { orderBy: { id: 'asc' } }, deployments: { orderBy: { id: 'asc' } } },
      }),
      prisma.schedule
        .findMany({ where, orderBy: { id: 'asc' } })
        .then((rows) => rows.map((row) => ({ ...row, intervalMs: Number(row.intervalMs) }))),
      prisma.notificationGroup.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.recipient.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.delivery.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.secret
        .findMany({ where, orderBy: { id: 'asc' } })
        .then((rows) => rows.map((row) => ({ ...row, sealed: Buffer.from(row.sealed).toString('hex') }))),
      prisma.webhook.findMany({ where, orderBy: { id: 'asc' }, include: { requests: { orderBy: { id: 'asc' } } } }),
      prisma.run.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.app.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.namespace.findMany({ where, orderBy: { id: 'asc' }, include: { threads: { orderBy: { id: 'asc' } } } }),
      prisma.credential.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.system.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.endpoint.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.pause.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.bulkOperation.findMany({ where, orderBy: { id: 'asc' }, include: { items: true } }),
      prisma.blueprint.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.entity.findMany({ where, orderBy: { id: 'asc' }, include: { values: true, notes: true, linksFrom: true } }),
      prisma.event.findMany({ where, orderBy: { id: 'asc' } }),
      prisma.idempotencyKey.count({ where }),
    ]),
  );
}

describe('the table', () => {
  it('has every query, mutation and subscription, and nothing else', () => {
    expect(Object.keys(queries).sort()).toEqual(Object.keys(query).sort());
    expect(Object.keys(mutations).sort()).toEqual(Object.keys(mutation).sort());
    expect(Object.keys(subscriptions).sort()).toEqual(Object.keys(subscription).sort());
  });

  it('has every node type, and each can be reached by its id', () => {
    const interfaceType = schema.getType('Node');
    const nodes = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && type.getInterfaces().some((one) => one === interfaceType),
    );
    expect(nodes.map(({ name }) => name).sort()).toEqual([...nodeNames].sort());
    expect([...reachableNodes()].sort()).toEqual([...nodeNames].sort());
    expect(Object.keys(world.ids).sort()).toEqual([...nodeNames].sort());
  });
});

describe('a stranger without a token', () => {
  it.each(Object.keys(query))('is refused the query %s', async (name) => {
    for (const args of queries[name]?.(world) ?? []) {
      const answer = await read(null, name, args);
      expect(outcomeOf(answer, name)).toBe('UNAUTHENTICATED');
      expect(answer.data?.[name] ?? null).toBeNull();
    }
  });

  it.each(Object.keys(mutation))('is refused the mutation %s', async (name) => {
    const before = await snapshot();
    const answer = await write(world, null, name);
    expect(outcomeOf(answer, name)).toBe('UNAUTHENTICATED');
    expect(answer.data).toBeNull();
    expect(await snapshot()).toBe(before);
  });

  it.each(Object.keys(subscription))('is refused the subscription %s', async (name) => {
    for (const args of subscriptions[name]?.(world) ?? []) expect(await firstError(null, name, args)).toBe('UNAUTHENTICATED');
  });
});

describe('the owner of another workspace', () => {
  it.each(Object.keys(query))('sees nothing of the hidden workspace by the query %s', async (name) => {
    for (const args of queries[name]?.(world) ?? []) {
      const answer = await read('outsider', name, args);
      expect(leaks(answer), JSON.stringify(args)).toEqual([]);
      // What is hidden is not there: no error tells that it is. The list of a blueprint needs one that is there.
      if (name === 'entities') expect(answer.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
      else
        expect(
          answer.errors.map(({ message }) => message),
          JSON.stringify(args),
        ).toEqual([]);
    }
  });

  it.each(nodeNames)('sees nothing of the hidden workspace by whatever leads on from the node %s', async (name) => {
    const hidden = await readNode('outsider', name, world.ids[name]);
    expect(leaks(hidden)).toEqual([]);
    expect(hidden.data?.['node'] === null).toBe(name !== 'Organization');
    // From what is its own, too: over the organization and the person that are in both workspaces.
    const own = await readNode('outsider', name, world.own[name]);
    expect(own.errors).toEqual([]);
    expect(own.data?.['node']).not.toBeNull();
    expect(leaks(own)).toEqual([]);
  });

  it.each(Object.keys(mutation))('changes nothing of the hidden workspace by the mutation %s', async (name) => {
    // What is answered changes something of the outsider's own, which the other tests shall not meet.
    const target = mutations[name]?.outsider === 'ANSWERED' ? await makeWorld(millrace) : world;
    const before = await snapshot(target);
    const answer = await write(target, 'outsider', name);
    expect(outcomeOf(answer, name)).toBe(mutations[name]?.outsider);
    expect(JSON.stringify(answer)).not.toContain(marker);
    expect(await snapshot(target)).toBe(before);
  });

  it.each(Object.keys(subscription))('cannot follow the hidden workspace by the subscription %s', async (name) => {
    for (const args of subscriptions[name]?.(world) ?? [])
      expect(await firstError('outsider', name, args), JSON.stringify(args)).toBe('NOT_FOUND');
  });

  it('hears of its own runs only, however many the hidden workspace makes before', async () => {
    const asked = field(subscription, 'runEvents');
    const stream = await openEvents(millrace.url, operation('subscription', asked, [], walk.select(asked.type)), {
      authorization: `Bearer ${world.as.outsider}`,
    });
    await world.trigger('owner');
    const own = await world.trigger('outsider');
    const { value } = await stream.events.next();
    stream.abort();
    expect(JSON.stringify(value)).toContain(own);
    expect(JSON.stringify(value)).not.toContain(marker);
  });
});

describe('a viewer of the workspace', () => {
  it.each(Object.keys(query))('sees no tokens, invitations, webhooks and audit entries by the query %s', async (name) => {
    for (const args of queries[name]?.(world) ?? [])
      expect(leaks(await read('viewer', name, args), world.adminSecrets), JSON.stringify(args)).toEqual([]);
  });

  it.each(nodeNames)('meets the node %s as its role permits', async (name) => {
    const answer = await readNode('viewer', name, world.ids[name]);
    expect(answer.errors).toEqual([]);
    expect(answer.data?.['node'] === null).toBe(unseenByViewer.has(name));
    expect(leaks(answer, world.adminSecrets)).toEqual([]);
  });

  it.each(Object.keys(mutation).filter((name) => mutations[name]?.viewer !== 'ANSWERED'))('is refused the mutation %s', async (name) => {
    const before = await snapshot();
    expect(outcomeOf(await write(world, 'viewer', name), name)).toBe(mutations[name]?.viewer);
    expect(await snapshot()).toBe(before);
  });
});

// The other side of each row: the same call succeeds for who may make it. Without this a row could be refused for being nonsense.
describe('who has the right', () => {
  it.each(Object.keys(query).filter((name) => !catalogues.has(name)))('sees the hidden workspace by the query %s', async (name) => {
    const seen = await Promise.all((queries[name]?.(world) ?? []).map(async (args) => ({ args, answer: await read('owner', name, args) })));
    for (const { args, answer } of seen) {
      expect(
        answer.errors.map(({ message }) => message),
        JSON.stringify(args),
      ).toEqual([]);
      if (args['id'] !== world.ids.Organization) expect(leaks(answer), JSON.stringify(args)).not.toEqual([]);
    }
  });

  it('may do every mutation, and each leaves an audit entry', async () => {
    const fresh = await makeWorld(millrace);
    const { prisma } = millrace.app.db;
    const before = (await prisma.auditEntry.findMany({ select: { id: true } })).map(({ id }) => id);
    const outcomes: Record<string, string> = {};
    for (const [name, { by = 'owner' }] of Object.entries(mutations)) outcomes[name] = outcomeOf(await write(fresh, by, name), name);
    const names = Object.keys(mutations);
    expect(outcomes).toEqual(Object.fromEntries(names.map((name) => [name, states[name] ?? 'ANSWERED'])));
    const entries = await prisma.auditEntry.findMany({ where: { id: { notIn: before } }, select: { operation: true } });
    const audited = new Set(entries.map(({ operation }) => operation));
    expect(names.filter((name) => !audited.has(name)).sort()).toEqual([...unaudited, ...Object.keys(states)].sort());
  });

  it.each(Object.keys(subscription))('may follow by the subscription %s', async (name) => {
    for (const args of subscriptions[name]?.(world) ?? []) expect(await firstError('viewer', name, args), JSON.stringify(args)).toBeNull();
  });
});

describe('the walk', () => {
  it('went over every edge of the graph', async () => {
    const [queryType, subscriptionType] = [schema.getQueryType(), schema.getSubscriptionType()];
    const edges = edgesFrom(
      schema,
      [queryType, subscriptionType].filter((type) => isObjectType(type)),
    );
    await firstError('viewer', 'runUpdated', { id: world.ids.Run });
    expect([...edges].filter((edge) => !walk.walked.has(edge)).sort()).toEqual([]);
  });
});

/** The code with which a subscription is refused; null when it answers. The feed is followed from its start, so that there is something to answer. */
async function firstError(who: Who | null, name: string, args: Readonly<Record<string, unknown>>): Promise<string | null> {
  const asked = field(subscription, name);
  const beginnings: Readonly<Record<string, string>> = {
    runEvents: encodeCursor(0n),
    entityEvents: eventCursor.encode(0n),
    suggestionUpdated: eventCursor.encode(0n),
  };
  const given = name in beginnings ? { after: beginnings[name], ...args } : args;
  const headers: Record<string, string> = who === null ? {} : { authorization: `Bearer ${world.as[who]}` };
  const stream = await openEvents(
    millrace.url,
    { query: operation('subscription', asked, Object.keys(given), walk.select(asked.type)), variables: given },
    headers,
  );
  const { value } = await stream.events.next();
  stream.abort();
  const code = value?.data?.errors?.[0]?.extensions['code'];
  if (typeof code !== 'string' && value?.data?.data == null)
    throw new Error(`${name} answered neither an event nor an error: ${JSON.stringify(value)}`);
  return typeof code === 'string' ? code : null;
}

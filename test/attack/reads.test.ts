import {
  type GraphQLField,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#platform/ids';
import { buildSchema } from '#schema/index';
import { encodeId } from '#schema/node';
import { queries } from '#test/api/access.table';
import { type World, makeWorld } from '#test/api/access.world';
import { type Answer, type Millrace, startMillrace } from '#test/support/api';
import { operation } from '#test/support/schema-walk';
import { openAcknowledged, openEvents, post } from '#test/support/wire';
import { kinds } from './kinds.js';
import { nested, placesOf, withAt } from './places.js';

// Every argument of every query is attacked, those of filters among them, and every list is asked for with the cursors of others.

vi.setConfig({ testTimeout: 60_000 });

const schema = buildSchema();
const fields: Readonly<Record<string, GraphQLField<unknown, unknown>>> = schema.getQueryType()?.getFields() ?? {};
let millrace: Millrace;
let world: World;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  world = await makeWorld(millrace);
}, 120_000);

function fieldOf(name: string): GraphQLField<unknown, unknown> {
  const field = fields[name];
  if (field === undefined) throw new Error(`There is no query ${name}.`);
  return field;
}

const isList = (name: string) => schema.getType(String(getNamedType(fieldOf(name).type).name))?.name.endsWith('Connection') === true;
const lists = Object.keys(queries).filter(isList);

/** The answer to a query with these arguments. */
function ask(who: 'owner' | 'outsider', name: string, args: Readonly<Record<string, unknown>>): Promise<Answer> {
  const field = fieldOf(name);
  const type = getNamedType(field.type);
  const selection = isList(name)
    ? '{ totalCount edges { cursor node { __typename } } }'
    : isObjectType(type) || name.startsWith('node')
      ? '{ __typename }'
      : '';
  return millrace.ask(world.as[who], operation('query', field, Object.keys(args), selection), args);
}

/** What a query cannot do without. */
function needed(name: string): Record<string, unknown> {
  const required = fieldOf(name).args.filter(({ type }) => type.toString().endsWith('!'));
  const all = queries[name]?.(world) ?? [];
  return { ...(all.find((args) => required.every((one) => one.name in args)) ?? {}) };
}

/** The arguments of a query with a value put wherever one of a scalar stands. */
function* spoilt(name: string, values: Readonly<Record<string, readonly unknown[]>>): Generator<Record<string, unknown>> {
  const base = needed(name);
  let count = 0;
  for (const arg of fieldOf(name).args) {
    const named = getNamedType(arg.type);
    const listed = isListType(getNullableType(arg.type));
    const places = isInputObjectType(named) ? placesOf(named) : [{ path: [], scalar: named.name }];
    for (const { path, scalar } of places) {
      const some = values[scalar];
      if (some === undefined) continue;
      const value = some[(count += 1) % some.length];
      const given = isInputObjectType(named)
        ? withAt(named, listed ? {} : ((base[arg.name] ?? {}) as Record<string, unknown>), path, value)
        : value;
      yield { ...base, [arg.name]: listed ? [given] : given };
    }
  }
}

describe('a query', () => {
  const texts = ['a\0b', '\ud800', 'x'.repeat(20_000), '\'; DROP TABLE "Run"; --', '%_\\'];
  const hostile = {
    String: texts,
    ID: [...texts, 'act_\0', '__proto__'],
    Cursor: ['', '\0', '\ud800', 'eA==', 'x'.repeat(50_000), Buffer.from('[1,"id:asc","x"]').toString('base64url'), '['.repeat(9_000)],
    JSON: [{ a: '\0' }, ['\ud800'], nested(900)],
    JSONObject: [{ '\0': 1 }, { a: nested(900) }],
    DateTime: ['2026-02-30T00:00:00Z', 'infinity', '+275760-09-13T00:00:00Z'],
    Duration: ['-PT1S', 'P999999999D'],
    Cron: ['\0', '0 0 30 2 *'],
    TimeZone: ['../../etc/passwd', 'UTC\0'],
    Int: [-1, 2_147_483_647, 1.5],
  };
  const told = new Set([undefined, 'BAD_USER_INPUT', 'INVALID_INPUT', 'NOT_FOUND', 'LIMIT_EXCEEDED', 'CONFLICT']);

  it.each(Object.keys(queries))('of %s answers hostile arguments with what is wrong with them, or with nothing', async (name) => {
    const wrong: string[] = [];
    for (const args of spoilt(name, hostile)) {
      const { errors } = await ask('owner', name, args);
      const code = errors[0]?.extensions?.['code'];
      if (!told.has(code as string | undefined)) wrong.push(`${String(code)} ${JSON.stringify(args).slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('a list', () => {
  it.each(lists)('of %s filtered by what is elsewhere is that of what is nowhere', async (name) => {
    const arg = fieldOf(name).args.find((one) => one.name === 'filter');
    const type = arg === undefined ? undefined : getNamedType(arg.type);
    if (!isInputObjectType(type)) return;
    const base = needed(name);
    for (const { path } of placesOf(type).filter(({ scalar }) => scalar === 'ID')) {
      const wanted = kinds[path.findLast((step) => step !== '0') ?? ''];
      expect(wanted, `Of which type is ${path.join('.')}? Say so in kinds.ts.`).toBeDefined();
      for (const kind of wanted ?? []) {
        const none = encodeId(kind, newId());
        const of = (id: string) => ask('owner', name, { ...base, filter: withAt(type, {}, path, id) });
        const [theirs, nothing] = [await of(world.own[kind]), await of(none)];
        expect(JSON.stringify(theirs).replaceAll(world.own[kind], none), `${path.join('.')} ${kind}`).toBe(JSON.stringify(nothing));
      }
    }
  });

  it.each(lists)('of %s goes on at the cursor of another workspace with its own only', async (name) => {
    const { data } = await ask('owner', name, needed(name));
    const { edges } = data?.[name] as { readonly edges: readonly { readonly cursor: string }[] };
    const cursor = edges[0]?.cursor;
    if (cursor === undefined) return;
    for (const args of [
      { after: cursor, first: 50 },
      { before: cursor, last: 50 },
    ]) {
      const base = Object.fromEntries(Object.entries(needed(name)).filter(([field]) => field === 'blueprint'));
      const answer = await millrace.ask(
        world.as.outsider,
        operation('query', fieldOf(name), Object.keys({ ...base, ...args }), '{ totalCount edges { cursor node { __typename } } }'),
        { ...base, ...args },
      );
      const text =
        JSON.stringify(answer.data) +
        Buffer.from(JSON.stringify(answer.data).match(/"cursor":"([^"]*)"/)?.[1] ?? '', 'base64url').toString();
      expect(world.secrets.filter((secret) => text.includes(secret))).toEqual([]);
    }
  });
});

describe('introspection', () => {
  const authorization = () => ({ authorization: `Bearer ${world.as.outsider}` });
  const types = (depth: number): string => (depth === 0 ? '{ name }' : `{ name fields { type ${types(depth - 1)} } }`);
  const abuses: Readonly<Record<string, string>> = {
    'fields of types of fields': `{ __schema { types ${types(3)} } }`,
    'types again and again': `{ ${Array.from({ length: 15 }, (_, n) => `a${String(n)}: __schema { types { fields { args { type { name ofType { name } } } } } }`).join(' ')} }`,
    'types again and again in one schema': `{ __schema { ${Array.from({ length: 15 }, (_, n) => `a${String(n)}: types { fields { name } }`).join(' ')} } }`,
    'fields of fields of all types': '{ __schema { types { fields { type { fields { name } } } } } }',
    'fields of the types of arguments, in fragments':
      '{ __schema { types { ...T } } } fragment T on __Type { fields { args { type { ...M } } } } fragment M on __Type { inputFields { name } }',
    'many types by their names': `{ ${Array.from({ length: 6 }, (_, n) => `a${String(n)}: __type(name: "Query") { fields { name } }`).join(' ')} }`,
    'possible types of possible types':
      '{ __type(name: "Node") { possibleTypes { interfaces { possibleTypes { interfaces { possibleTypes { name } } } } } } }',
  };

  it('by the standard query is answered', async () => {
    const answer = await post(millrace.url, getIntrospectionQuery(), authorization());
    expect([answer.status, answer.errors]).toEqual([200, []]);
  });

  it.each(Object.entries(abuses))('that asks for %s is refused over all transports', async (_what, query) => {
    const started = performance.now();
    const over = await post(millrace.url, query, authorization());
    const stream = await openEvents(millrace.url, query, authorization());
    const event = await stream.events.next();
    stream.abort();
    const socket = await openAcknowledged(millrace.wsUrl, authorization());
    const message = (await socket.run(query))[0]?.payload;
    socket.raw.close();
    await socket.closed;
    expect(over.status).toBe(400);
    for (const answer of [over, event.value?.data, { errors: [message].flat() }])
      expect(JSON.stringify(answer)).toMatch(/GRAPHQL_VALIDATION_FAILED|LIMIT_EXCEEDED/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  buildSchema,
  execute,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createExecutor } from '#server/execution/executor';

const sdl = /* GraphQL */ `
  interface Named { name: String! peer: Named nth(of: Int = 1): Int }
  type Cat implements Named { name: String! peer: Named nth(of: Int = 1): Int lives: Int! kittens: [Cat!]! kin: [[Named]!] size: Size }
  type Dog implements Named { name: String! peer: Named nth(of: Int = 1): Int tricks: [String] owner: Person! toys: [String!] }
  type Person { name: String pets: [Pet] pet: Pet! age: Int! friends(first: Int!, named: [String!]): [Person!] }
  union Pet = Cat | Dog
  enum Size { SMALL LARGE }
  type Query { person: Person cat: Cat! named: Named pets: [Pet!] sizes: [Size!] self: Query! deep: [[[Int]!]] }
  type Mutation { add(number: Int!): Int! fail: Int }
`;

/** What fields answer follows from where they stand and from a seed: at once or late, a value, null, an error thrown or given. */
function seeded(): { readonly schema: GraphQLSchema; readonly sow: (seed: number) => void } {
  const schema = buildSchema(sdl);
  let seed = 0;
  const pick = (at: string, of: number): number => {
    let hash = seed;
    for (const letter of at) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
    return ((hash ^ (hash >>> 13)) >>> 0) % of;
  };
  const valueOf = (type: string, at: string): unknown => {
    const chance = pick(`${at}!`, 30);
    if (type.endsWith('!') && chance !== 0) return valueOf(type.slice(0, -1), `${at}n`);
    if (chance === 0) return null;
    if (chance === 1) return new Error(`An error given at ${at}`);
    if (chance === 2) return rejected(`Rejected at ${at}`);
    if (chance < 6) return Promise.resolve(valueOf(type, `${at}p`));
    if (type.startsWith('[')) return Array.from({ length: pick(at, 4) }, (_, nth) => valueOf(type.slice(1, -1), `${at}.${nth}`));
    if (type === 'Int') return chance === 6 ? 'no number' : pick(at, 100);
    if (type === 'String') return chance === 6 ? 7 : at;
    if (type === 'Size') return chance === 6 ? 'HUGE' : 'SMALL';
    if (type === 'Named' || type === 'Pet') return { __typename: chance === 6 ? 'Person' : pick(at, 2) === 0 ? 'Cat' : 'Dog', at };
    return { at };
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || type.name === 'Mutation') continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (parent: { at?: string } | undefined, args: Record<string, unknown>, _context: unknown, info: GraphQLResolveInfo) => {
        const at = `${parent?.at ?? ''}/${info.fieldName}${JSON.stringify(args)}`;
        if (pick(`${at}?`, 25) === 0) throw new GraphQLError(`Thrown at ${at}`, { extensions: { code: 'THROWN' } });
        return valueOf(String(field.type), at);
      };
    }
  }
  return { schema, sow: (given) => void (seed = given) };
}

/** Who makes a promise inside of a list answers for it where nobody comes to it; who waits for one answers for what comes of that. */
function rejected(message: string): Promise<never> {
  const promise = Promise.reject(new Error(message));
  promise.catch(() => undefined);
  return promise;
}

/** Selections of a type, as deep as told, with aliases, arguments, directives and fragments. */
function selections(type: string, depth: number): fc.Arbitrary<string> {
  const leaf = (text: string) => fc.constant(text);
  const inner = (name: string, of: string) => selections(of, depth - 1).map((text) => `${name} { ${text} }`);
  const named = [leaf('name'), leaf('nth'), leaf('nth(of: $number)'), leaf('other: nth(of: 2)')];
  const cat = [...named, leaf('lives'), leaf('size'), leaf('__proto__: name')];
  const dog = [...named, leaf('tricks'), leaf('toys')];
  const own: Record<string, fc.Arbitrary<string>[]> = {
    Query: [leaf('sizes'), leaf('deep'), leaf('__type(name: "Cat") { name kind }'), leaf('__schema { queryType { name } }')],
    Person: [leaf('name'), leaf('age'), leaf('toJSON: name')],
    Cat: cat,
    Dog: dog,
    Named: named,
    Pet: [leaf('__typename')],
  };
  const deeper: Record<string, fc.Arbitrary<string>[]> =
    depth === 0
      ? {}
      : {
          Query: [inner('person', 'Person'), inner('cat', 'Cat'), inner('named', 'Named'), inner('pets', 'Pet'), inner('self', 'Query')],
          Person: [inner('pets', 'Pet'), inner('pet', 'Pet'), inner('friends(first: $number, named: "a")', 'Person')],
          Cat: [inner('kittens', 'Cat'), inner('kin', 'Named'), inner('peer', 'Named'), leaf('...OfCat')],
          Dog: [inner('owner', 'Person'), inner('... on Named', 'Named')],
          Named: [inner('... on Cat', 'Cat'), inner('... on Dog', 'Dog'), inner('...', 'Named'), leaf('...OfNamed')],
          Pet: [inner('... on Cat', 'Cat'), inner('... on Dog', 'Dog'), inner('... on Named', 'Named'), leaf('...OfNamed')],
        };
  const one = fc.oneof(...(own[type] ?? []), ...(deeper[type] ?? []), leaf('__typename'));
  const directive = fc.constantFrom('', '', '', ' @include(if: $yes)', ' @skip(if: $yes)', ' @include(if: false)', ' @skip(if: false)');
  const decided = fc.tuple(one, directive).map(([text, told]) => {
    const brace = text.indexOf(' {');
    return brace < 0 ? `${text}${told}` : `${text.slice(0, brace)}${told}${text.slice(brace)}`;
  });
  return fc.array(decided, { minLength: 1, maxLength: 5 }).map((texts) => texts.join(' '));
}

const fragments =
  'fragment OfCat on Cat { lives peer { ...OfNamed } kittens { name } } fragment OfNamed on Named { name called: name nth }';
const operation = selections('Query', 3).map((text) => `query Q($number: Int! = 3, $yes: Boolean! = true) { ${text} } ${fragments}`);

/**
 * What a client sees. Errors of one execution have no order of their own; and of those below what became null as a whole, one is told at
 * least: which others failed before is a matter of time.
 */
function seen({ data, errors }: ExecutionResult): unknown {
  const plain = JSON.parse(JSON.stringify({ data })) as object;
  const told = new Set<string>();
  for (const error of errors ?? []) {
    const path = error.path ?? [];
    const lost = nullAt(plain, ['data', ...path]);
    told.add(
      JSON.stringify(
        lost < path.length + 1 ? ['below', path.slice(0, lost - 1)] : [path, error.locations, error.extensions, phrase(error)],
      ),
    );
  }
  return { plain, told: [...told].sort() };
}

/** How many keys of a path lead to a null. */
function nullAt(data: object, path: readonly (string | number)[]): number {
  let at: unknown = data;
  let taken = 0;
  for (const key of path) {
    if (at === null) break;
    at = (at as Record<string, unknown>)[key];
    taken += 1;
  }
  return taken;
}

/** What our own faults are called is ours. */
function phrase({ message }: GraphQLError): string {
  return /^(An error given|Rejected|Thrown|Cannot return null|Int cannot|Enum)/.test(message) ? message : 'of another kind';
}

async function both(schema: GraphQLSchema, text: string, variableValues: Record<string, unknown>) {
  const document = parse(text);
  const executor = createExecutor(schema);
  const ours = async () => {
    const prepared = executor.prepare({ document, variableValues });
    if (!('plan' in prepared)) return { errors: prepared };
    return executor.execute(prepared, { root: undefined, context: {}, signal: null });
  };
  const first = seen(await ours());
  const again = seen(await ours());
  // What rejects unheard is told within a turn of the loop, and fails the test.
  await nextTurn();
  return { first, again, theirs: await unheard(async () => seen(await execute({ schema, document, variableValues }))) };
}

/** The reference leaves promises alone that reject beside an error that was thrown at once. */
async function unheard<Value>(work: () => Promise<Value>): Promise<Value> {
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', () => undefined);
  try {
    const value = await work();
    await nextTurn();
    return value;
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
}

describe('the executor', () => {
  it('answers what the reference implementation answers, whatever is asked and whatever fails', async () => {
    const { schema, sow } = seeded();
    let executed = 0;
    let withErrors = 0;
    await fc.assert(
      fc.asyncProperty(operation, fc.integer(), fc.boolean(), async (text, seed, yes) => {
        sow(seed);
        // Aliases meet by chance; what is not valid never comes to the executor.
        fc.pre(validate(schema, parse(text)).length === 0);
        const { first, again, theirs } = await both(schema, text, { yes, number: 2 });
        expect(first).toEqual(theirs);
        expect(again).toEqual(theirs);
        executed += 1;
        if ((theirs as { told: unknown[] }).told.length > 0) withErrors += 1;
      }),
      { numRuns: 150 },
    );
    expect(executed).toBeGreaterThan(100);
    expect(withErrors).toBeGreaterThan(20);
  });

  it('does mutations one after the other, and none after one that leaves nothing', async () => {
    const { schema } = seeded();
    const log: string[] = [];
    const fields = schema.getMutationType()?.getFields() ?? {};
    const later = async (what: string, value: unknown): Promise<unknown> => {
      log.push(`${what} begins`);
      await nextTurn();
      log.push(`${what} ends`);
      if (value instanceof Error) throw value;
      return value;
    };
    if (fields['add'] !== undefined)
      fields['add'].resolve = (_root, { number }: Record<string, unknown>) =>
        later(`add ${String(number)}`, number === 3 ? new Error('Thrown by 3') : number);
    if (fields['fail'] !== undefined) fields['fail'].resolve = () => later('fail', new Error('Thrown by fail'));
    for (const text of ['mutation { a: add(number: 1) fail b: add(number: 2) }', 'mutation { a: add(number: 3) b: add(number: 4) }']) {
      const { first, theirs } = await both(schema, text, {});
      expect(first).toEqual(theirs);
      const [ours = [], again = [], reference = []] = thirds(log.splice(0));
      expect(ours).toEqual(reference);
      expect(again).toEqual(reference);
    }
    expect(log).toEqual([]);
  });

  it('calls no resolver once its signal is aborted, and fails with the reason', async () => {
    const { schema } = seeded();
    const called: string[] = [];
    const ending = new AbortController();
    const { person } = schema.getQueryType()?.getFields() ?? {};
    if (person === undefined) throw new Error('The schema has no person.');
    person.resolve = async () => {
      called.push('person');
      await nextTurn();
      ending.abort(new GraphQLError('It took too long.'));
      return {};
    };
    const type = schema.getType('Person');
    if (isObjectType(type))
      for (const field of Object.values(type.getFields())) field.resolve = () => void called.push(`${field.name} of the person`);
    const executor = createExecutor(schema);
    const prepared = executor.prepare({ document: parse('{ person { name age } }') });
    if (!('plan' in prepared)) throw new Error('It cannot be prepared.');
    const on = { root: undefined, context: {}, signal: ending.signal };
    await expect((async () => executor.execute(prepared, on))()).rejects.toThrow('It took too long.');
    await expect((async () => executor.execute(prepared, on))()).rejects.toThrow('It took too long.');
    expect(called).toEqual(['person']);
  });

  it('keeps the plan of a document, until there are too many', async () => {
    const { schema } = seeded();
    const executor = createExecutor(schema, 10);
    const planOf = async (document: DocumentNode) => {
      const prepared = executor.prepare({ document });
      if (!('plan' in prepared)) throw new Error('It cannot be prepared.');
      await executor.execute(prepared, { root: undefined, context: {}, signal: null });
      return prepared.plan;
    };
    const document = parse('{ sizes deep __typename }');
    const plan = await planOf(document);
    expect(await planOf(document)).toBe(plan);
    for (let other = 0; other < 10; other += 1) await planOf(parse(`{ other${other}: __typename }`));
    expect(await planOf(document)).not.toBe(plan);
  });
});

/** What three executions left. */
function thirds<Value>(all: readonly Value[]): Value[][] {
  const size = all.length / 3;
  return [0, 1, 2].map((nth) => all.slice(nth * size, (nth + 1) * size));
}

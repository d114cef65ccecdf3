import { type GraphQLInputObjectType, type GraphQLSchema, isInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildSchema } from '#schema/index';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import { mutations, several, successOf } from '#test/api/access.table';
import { type World, makeWorld } from '#test/api/access.world';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Result, codeOf, mutateOn } from '#test/support/mutate';
import { seedUser } from '#test/support/tenancy';
import { everyRow } from './every-row.js';
import { kinds } from './kinds.js';
import { type Place, nested, placesOf, withAt, withUnknown } from './places.js';

// Every place of every input is attacked: what a mutation takes tomorrow is attacked without a line here.

vi.setConfig({ testTimeout: 60_000 });

const schema: GraphQLSchema = buildSchema();
let millrace: Millrace;
let world: World;
/** A person who is in neither workspace. */
let stranger: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  world = await makeWorld(millrace);
  stranger = encodeId('User', (await seedUser(millrace.app)).userId);
}, 120_000);

function inputOf(name: string): GraphQLInputObjectType {
  const type = schema.getType(`${name.charAt(0).toUpperCase()}${name.slice(1)}Input`);
  if (!isInputObjectType(type)) throw new Error(`${name} takes no input.`);
  return type;
}

/** Which of these an input names, it names alone. */
const alternatives = [
  ['id', 'key'],
  ['rule', 'draft'],
  ['flow', 'draft'],
  ['event', 'entity'],
  ['automation', 'automationKey', 'emits'],
  ['approval', 'run'],
  ['group', 'recipient'],
];
const paused = ['id', 'workspace', 'app', 'automation', 'host'];

/** The places of an input that are looked at: of a thing that is named by its id it does not matter where its key would be looked for. */
function placesRead(name: string): Place[] {
  const valid = mutations[name]?.input(world) ?? {};
  // The key of a record says nothing without its blueprint; what is wrong with a draft is told before anything is looked for.
  const unread = new Set([
    'workspace',
    ...('id' in valid ? ['blueprint'] : []),
    ...(name.endsWith('Flow') && 'draft' in valid ? ['event', 'entity', 'inputs'] : []),
  ]);
  const keyless = 'id' in valid && 'blueprint' in inputOf(name).getFields();
  return placesOf(inputOf(name)).filter(({ path: [first = ''], path }) => {
    if (path.length > 1 || (first in valid && first !== 'entity')) return true;
    return !unread.has(first) && !(keyless && first === 'key');
  });
}

/** A valid input about the workspace of the one who sends it, but for one place. */
function spoilt(name: string, { path }: Place, value: unknown): Record<string, unknown> {
  const [first = ''] = path;
  const exclusive = name === 'pause' || name === 'resume' ? [paused] : alternatives;
  const others = new Set(exclusive.flatMap((names) => (names.includes(first) ? names.filter((one) => one !== first) : [])));
  const valid = Object.entries(mutations[name]?.input(world) ?? {}).filter(([field]) => !others.has(field));
  return withAt(inputOf(name), Object.fromEntries(valid), path, value);
}

async function send(name: string, input: Readonly<Record<string, unknown>>): Promise<Result> {
  const more = several.has(name)
    ? `... on ${successOf(name)} { results { __typename ... on Error { code message } ... on InvalidInputError { fields { path code } } } }`
    : '';
  const result = await mutateOn(millrace)(world.as.owner, name, input, '', more);
  return (result['results'] as readonly Result[] | undefined)?.[0] ?? result;
}

/** Whether a refusal names the place as a field at fault. */
function isNamed({ fields = [] }: Result, { path }: Place): boolean {
  const [first = ''] = path;
  const last = path.findLast((step) => step !== '0') ?? '';
  return fields.some((field) => [first, last].some((step) => field.path.includes(step)));
}

const outcome = ({ path }: Place, result: Result) =>
  `${path.join('.')}: ${codeOf(result)} ${(result.fields ?? []).map(({ path: at, code }) => `${at.join('.')}:${code}`).join(' ')}`;

/** Sends a spoilt value for each place in turn, and answers what came of those that were not refused as they must be. */
async function attack(
  name: string,
  values: Readonly<Record<string, readonly unknown[]>>,
  isRefused: (result: Result, place: Place) => boolean,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const places = placesRead(name).filter(({ scalar }) => scalar in values);
  for (const [index, place] of places.entries()) {
    const some = values[place.scalar] ?? [];
    const result = await send(name, spoilt(name, place, some[index % some.length]));
    if (!isRefused(result, place)) wrong.push(outcome(place, result));
  }
  return wrong;
}

/** Mutations whose inputs have a place of one of these scalars. */
function taking(...scalars: readonly string[]): string[] {
  return Object.keys(mutations).filter((name) => placesOf(inputOf(name)).some(({ scalar }) => scalars.includes(scalar)));
}

/** What a suite of refusals must leave as it is. */
function nothingIsWritten(): void {
  let before: Readonly<Record<string, string>>;
  beforeAll(async () => {
    before = await everyRow(millrace.app);
  });
  afterAll(async () => expect(await everyRow(millrace.app)).toEqual(before));
}

describe('text that cannot be stored', () => {
  nothingIsWritten();

  it.each(taking('String', 'ID'))('is refused by %s wherever it takes a text', async (name) => {
    /** What is only looked for is not found; there is nothing to tell of a field. */
    const looked = new Set(['key', 'environment', 'triggerPoint', 'blueprint', 'automationKey', 'errorCode', 'token', 'targetIdOverride']);
    const texts = ['a\0b', 'a\ud800', '\udfff'];
    expect(
      await attack(name, { String: texts, ID: texts }, (result, place) => {
        if (isNamed(result, place)) return true;
        const isLooked = place.scalar === 'ID' || looked.has(place.path.findLast((step) => step !== '0') ?? '');
        return isLooked && ['NOT_FOUND', 'BAD_USER_INPUT', 'CONFLICT'].includes(codeOf(result));
      }),
    ).toEqual([]);
  });
});

describe('data that cannot be stored', () => {
  nothingIsWritten();

  it.each(taking('JSON', 'JSONObject'))('is refused by %s wherever it takes data', async (name) => {
    const data = [{ a: ['a\0'] }, { '\0': 1 }, { a: { '\ud800': 1 } }, { a: nested(70) }, { a: nested(990) }];
    // What is not deployed is told before what it would be tested with.
    const untested = (result: Result) => name === 'testAction' && codeOf(result) === 'CONFLICT';
    expect(await attack(name, { JSON: data, JSONObject: data }, (result, place) => isNamed(result, place) || untested(result))).toEqual([]);
  });
});

describe('moments, durations and numbers that there are not', () => {
  nothingIsWritten();

  const values = {
    DateTime: [
      '2026-02-30T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '+010000-01-01T00:00:00Z',
      'infinity',
      '0000-01-01T00:00:00Z',
      1e15,
      '2026-01-01',
    ],
    Duration: ['-PT1S', 'P999999999999D', 'PT1e9S', 'P1Y', '', 5, 'PT'],
    Int: [1.5, 2_147_483_648, '1', -2_147_483_649, true],
    Float: ['1', true, {}],
    Boolean: ['true', 1],
    Cron: ['@reboot', '* * * * * * *', '0 0 30 2 *', '\0 * * * *', 5],
    TimeZone: ['../../etc/passwd', 'UTC\0', '+25:00', 5],
  };

  it.each(taking(...Object.keys(values)))('are refused by %s wherever it takes any', async (name) => {
    expect(await attack(name, values, (result, place) => codeOf(result) === 'BAD_USER_INPUT' || isNamed(result, place))).toEqual([]);
  });
});

describe('fields that an input does not have', () => {
  nothingIsWritten();

  it.each(Object.keys(mutations))('are refused by %s at every level', async (name) => {
    const type = inputOf(name);
    const parents = new Set(['', ...placesOf(type).map(({ path }) => path.slice(0, -1).join('.'))]);
    const unknown = ['__proto__', 'workspaceId', 'createdBy', 'constructor', 'actorId', 'id_', 'organizationId'];
    for (const [index, parent] of [...parents].entries()) {
      const path = [...(parent === '' ? [] : parent.split('.')), unknown[index % unknown.length] ?? ''];
      const input = withUnknown(type, mutations[name]?.input(world) ?? {}, path);
      expect(codeOf(await send(name, input)), path.join('.')).toBe('BAD_USER_INPUT');
    }
  });
});

describe('ids of another workspace', () => {
  nothingIsWritten();

  it.each(taking('ID'))('are to %s as if there was nothing behind them', async (name) => {
    const wrong: string[] = [];
    const places = placesRead(name).filter(({ scalar, path }) => scalar === 'ID' && !(path.length === 1 && path[0] === 'id'));
    for (const place of places) {
      const field = place.path.findLast((step) => step !== '0') ?? '';
      // What a filter names and is not there meets nothing: `test/api/run/bulk.test.ts`.
      if (place.path[0] === 'filter' || field === 'organization') continue;
      for (const kind of kinds[field] ?? []) {
        const foreign = kind === 'User' ? stranger : world.own[kind];
        const none = encodeId(kind, newId());
        const [told, asNone] = [await send(name, spoilt(name, place, foreign)), await send(name, spoilt(name, place, none))];
        // What is not linked is not there to be unlinked.
        if (codeOf(told) !== 'NOT_FOUND' && !isNamed(told, place) && name !== 'unlinkEntities') wrong.push(outcome(place, told));
        expect(JSON.stringify(told).replaceAll(foreign, none)).toBe(JSON.stringify(asNone));
      }
      if (!(field in kinds)) wrong.push(`${place.path.join('.')}: of which type is it? Say so in kinds.`);
    }
    expect(wrong).toEqual([]);
  });
});

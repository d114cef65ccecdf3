import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { sqlIn } from '#platform/db/database';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { InvalidInputError } from '#domain/errors';
import { fromClient } from '#domain/event/event.emit.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import type { BlueprintSpec } from '#domain/record/blueprint.spec';
import { fields, propertyField } from '#domain/record/entity.field';
import { type EntityFilter, conditionsOf } from '#domain/record/entity.filter';
import { type EntityList, type Listed, countEntities, listEntities, listProblems, searchCondition } from '#domain/record/entity.list';
import { type Sort, totalOrder } from '#domain/record/entity.order';
import { makeEntity } from '#domain/record/entity.write.service';
import { testPlatform } from '#test/support/platform';
import { seedWorkspace } from '#test/support/tenancy';

/** A record as the test keeps it. */
interface Known {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly rank: number;
  readonly labels: readonly string[];
  readonly team: string | null;
  readonly properties: Readonly<Record<string, string | number | boolean | undefined>>;
}

const statuses = ['registered', 'assigned', 'completed'];
const impacts = ['low', 'medium', 'high', undefined];
// The last two moments are one: cursors tell milliseconds apart.
const dues = ['2026-01-05T10:00:00Z', '2026-01-05T12:00:00+02:00', undefined, '2026-02-28T00:00:00.500400Z', '2026-02-28T00:00:00.5Z'];
const words = ['printer', 'Laptop', 'büro', 'ann@example.org'];

let platform: Platform;
let request: BlueprintSpec;
let team: BlueprintSpec;
const known: Known[] = [];
const teams: string[] = [];
/** Of another blueprint, under the same name linked to the second team. */
let stranger: string;

beforeAll(async () => {
  platform = await testPlatform();
  const seeded = await seedWorkspace(platform);
  const { viewer } = await seeded.member('OWNER');
  const { workspaceId } = seeded;
  const property = (type: string, more = {}) => ({ type, ...more });
  const blueprint = (key: string, more: object) =>
    platform.db.prisma.blueprint.create({
      data: { id: newId(), workspaceId, key, name: key, aliases: [], schema: {}, indexed: [], ...more },
    });
  await blueprint('team', {
    schema: { type: 'object', properties: { name: property('string') } },
    links: [{ name: 'requests', aliases: [], kind: 'INVERSE', blueprint: 'request', inverseOf: 'team' }],
  });
  await blueprint('visit', {
    schema: { type: 'object', properties: { name: property('string') } },
    links: [{ name: 'team', aliases: [], kind: 'ONE', blueprint: 'team' }],
  });
  await blueprint('request', {
    displayField: 'subject',
    indexed: ['impact', 'effort', 'due', 'urgent'],
    statuses: statuses.map((name) => ({ name, final: false, derived: false })),
    links: [{ name: 'team', aliases: ['group'], kind: 'ONE', blueprint: 'team' }],
    schema: {
      type: 'object',
      properties: {
        subject: property('string'),
        impact: property('string'),
        effort: property('number'),
        due: property('string', { format: 'date-time' }),
        urgent: property('boolean'),
        // The same once more, not indexed.
        impact2: property('string'),
        effort2: property('number'),
        due2: property('string', { format: 'date-time' }),
      },
    },
  });
  await transact(platform, viewer, async (work) => {
    const blueprints = await loadBlueprints(work.sql, workspaceId);
    [request, team] = ['request', 'team'].map((key) => {
      const spec = blueprints.byKey.get(key);
      if (spec === undefined) throw new Error('no blueprint');
      return spec;
    }) as [BlueprintSpec, BlueprintSpec];
    for (const name of ['North', 'South']) teams.push((await makeEntity(work, team, { properties: { name } }, fromClient)).id);
    const visit = blueprints.byKey.get('visit');
    if (visit === undefined) throw new Error('no blueprint');
    stranger = (await makeEntity(work, visit, { links: { set: { team: teams.slice(1) } } }, fromClient)).id;
    for (let n = 0; n < 120; n += 1) {
      const at = <Value>(values: readonly Value[], step: number): Value => values[Math.floor(n / step) % values.length] as Value;
      const impact = at(impacts, 1);
      const effort = n % 7 === 0 ? undefined : ((n * 37) % 50) / 4;
      const due = at(dues, 3);
      const subject = `${at(words, 2)} ${String((n * 53) % 40)}`;
      const properties = Object.fromEntries(
        Object.entries({
          subject,
          impact,
          effort,
          due,
          urgent: n % 5 === 0 ? true : undefined,
          impact2: impact,
          effort2: effort,
          due2: due,
        }).filter(([, value]) => value !== undefined),
      ) as Record<string, string | number | boolean>;
      const labels = ['all', ...(n % 10 === 3 ? ['tenth'] : []), ...(n % 2 === 0 ? ['even'] : [])];
      const to = n % 3 === 0 ? null : (teams[n % 2] ?? null);
      const status = at(statuses, 40);
      const { id, after } = await makeEntity(
        work,
        request,
        { status, properties, labels, ...(to === null ? {} : { links: { set: { team: [to] } } }) },
        fromClient,
      );
      known.push({ id, number: Number(after['id']), name: subject, rank: statuses.indexOf(status), labels, team: to, properties });
    }
  });
});

const sql = () => sqlIn(platform.db.prisma);
const tiny = {
  firstWalk: 4,
  mostSteps: 20,
  mostRowSteps: 40,
  listedSteps: 12,
  mostListed: 30,
  fewGathered: 5,
  mostGathered: 15,
  mostSorted: 6,
  longWalk: 9,
};
const listed = { ...tiny, mostSteps: 0, mostRowSteps: 0 };
const efforts = [undefined, tiny, listed, { ...listed, mostListed: 3 }, { ...listed, mostGathered: 3, mostSorted: 200 }];

const listOf = (filter: EntityFilter, sorts: readonly Sort[]): EntityList => ({
  spec: request,
  conditions: conditionsOf(request, filter),
  order: totalOrder(sorts),
});

const property = (name: string) => {
  const field = propertyField(request, name);
  if (field === null) throw new Error(name);
  return field;
};

/** The value of a sort field, comparable as the list compares it. */
const valueOf = (record: Known, name: string): string | number | null => {
  if (name === 'name') return record.name;
  if (name === 'number') return record.number;
  if (name === 'status') return record.rank;
  const value = record.properties[name];
  if (value === undefined) return null;
  return name.startsWith('due') ? new Date(String(value)).getTime() : typeof value === 'boolean' ? String(value) : value;
};

const compare = (left: string | number | null, right: string | number | null): number => {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  if (typeof left === 'string' && typeof right === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return Number(left) - Number(right);
};

interface Wanted {
  readonly filter: EntityFilter;
  readonly matches: (record: Known) => boolean;
}

const suffix = fc.constantFrom('', '2');
const all: fc.Arbitrary<Wanted> = fc
  .tuple(
    fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], { maxLength: 3 }),
    suffix,
    fc.constantFrom('low', 'medium', 'high'),
    fc.double({ min: 0, max: 12.5, noNaN: true }),
  )
  .map(([chosen, end, impact, effort]) => {
    const one = (name: string, comparison: object, matches: (value: string | number | null) => boolean): Wanted => ({
      filter: { properties: [{ name: `${name}${end}`, ...comparison }] },
      matches: (record) => matches(valueOf(record, name)),
    });
    const due = new Date('2026-01-05T10:00:00Z').getTime();
    const offered: Wanted[] = [
      one('impact', { eq: impact }, (value) => value === impact),
      one('impact', { ne: impact }, (value) => value !== impact),
      one('impact', { in: [impact, 'low'] }, (value) => value === impact || value === 'low'),
      one('impact', { exists: false }, (value) => value === null),
      one('impact', { startsWith: 'm', exists: true }, (value) => String(value).startsWith('m')),
      one('impact', { contains: 'IG' }, (value) => String(value).includes('ig')),
      one('effort', { gte: effort / 2, lt: effort }, (value) => value !== null && Number(value) >= effort / 2 && Number(value) < effort),
      one('due', { lte: '2026-01-05T10:00:00Z' }, (value) => value !== null && Number(value) <= due),
      { filter: { statuses: ['assigned', 'completed'] }, matches: ({ rank }) => rank > 0 },
      { filter: { labels: { all: ['all', 'even'], any: ['tenth', 'even'] } }, matches: ({ labels }) => labels.includes('even') },
      { filter: { links: [{ name: 'group', to: teams[0] }] }, matches: (record) => record.team === teams[0] },
      {
        filter: { links: [{ name: 'team', none: true }], statusBefore: 'completed' },
        matches: (record) => record.team === null && record.rank < 2,
      },
    ];
    const picked = offered.filter((_, index) => chosen.includes(index));
    return {
      filter: picked.reduce<EntityFilter>(
        (whole, { filter }) => ({
          ...whole,
          ...filter,
          properties: [...(whole.properties ?? []), ...(filter.properties ?? [])],
          links: [...(whole.links ?? []), ...(filter.links ?? [])],
        }),
        {},
      ),
      matches: (record) => picked.every(({ matches }) => matches(record)),
    };
  });

const sortNames = ['name', 'number', 'status', 'impact', 'effort', 'due', 'urgent', 'impact2', 'effort2', 'due2'];
const sortOf = (name: string, descending: boolean): Sort => ({
  field: name === 'name' ? fields.name : name === 'number' ? fields.number : name === 'status' ? fields.status : property(name),
  descending,
});

describe('a list of entities', () => {
  it('has what the filter asks for in the order that is asked for, page by page, from both ends', async () => {
    const sorts = fc.uniqueArray(fc.tuple(fc.constantFrom(...sortNames), fc.boolean()), { maxLength: 2, selector: ([name]) => name });
    await fc.assert(
      fc.asyncProperty(
        all,
        sorts,
        fc.constantFrom(...efforts),
        fc.boolean(),
        fc.integer({ min: 9, max: 60 }),
        async (wanted, asked, effort, reversed, take) => {
          const list = listOf(
            wanted.filter,
            asked.map(([name, descending]) => sortOf(name, descending)),
          );
          const order = asked.length === 0 ? [['number', true] as const] : asked;
          const last = order.at(-1)?.[1] ?? false;
          const expected = known
            .filter(wanted.matches)
            .toSorted((left, right) => {
              for (const [name, descending] of order) {
                const [a, b] = [valueOf(left, name), valueOf(right, name)];
                const result = compare(a, b);
                if (result !== 0) return descending && a !== null && b !== null ? -result : result;
              }
              return compare(left.id, right.id) * (last ? -1 : 1);
            })
            .map(({ id }) => id);
          const found: Listed[] = [];
          for (;;) {
            const end = found.at(-1);
            const side = reversed ? 'before' : 'after';
            const bounds = end === undefined ? [] : [{ place: end.place, side, inclusive: false } as const];
            const [page = []] = await listEntities(sql(), [list], { bounds, reversed, take }, effort);
            found.push(...page);
            if (page.length < take) break;
          }
          expect(found.map(({ id }) => id)).toEqual(reversed ? expected.toReversed() : expected);
          expect(await countEntities(sql(), [list])).toEqual([expected.length]);
          const [from, to] = [found.at(3), found.at(-2)];
          if (found.length < 8 || from === undefined || to === undefined || reversed) return;
          const bounds = [
            { place: from.place, side: 'after', inclusive: true } as const,
            { place: to.place, side: 'before', inclusive: false } as const,
          ];
          const [between = []] = await listEntities(sql(), [list], { bounds, reversed: true, take: 200 }, effort);
          expect(between.map(({ id }) => id)).toEqual(expected.slice(3, -2).toReversed());
        },
      ),
      { numRuns: 50 },
    );
  });

  it('finds records by words of their texts, of the last one the beginning', async () => {
    const found = async (search: string) => {
      const condition = await searchCondition(sql(), search);
      const list = listOf({}, []);
      const [page = []] = await listEntities(sql(), [{ ...list, conditions: condition === null ? [] : [condition] }], {
        bounds: [],
        reversed: false,
        take: 200,
      });
      return new Set(page.map(({ id }) => id));
    };
    const having = (matches: (name: string) => boolean) => new Set(known.filter(({ name }) => matches(name)).map(({ id }) => id));
    expect(await found('PRINT')).toEqual(having((name) => name.startsWith('printer')));
    expect(await found('büro 1')).toEqual(having((name) => name.startsWith('büro 1')));
    expect(await found('1 büro')).toEqual(having((name) => name === 'büro 1'));
    expect(await found('ann exam')).toEqual(having((name) => name.startsWith('ann@')));
    expect(await found("' & !:*")).toEqual(having(() => true));
    expect(await found('rint')).toEqual(new Set());
    expect(await found('1 '.repeat(20))).toEqual(await found('1 1'));
    for (const long of ['1 '.repeat(21), 'x'.repeat(251)])
      await expect(found(long)).rejects.toMatchObject({ fields: [{ path: ['filter', 'search'], code: 'TOO_LONG' }] });
  });

  it('follows links from their other end', async () => {
    const list: EntityList = {
      spec: team,
      conditions: conditionsOf(team, { links: [{ name: 'requests', to: known.find((one) => one.team === teams[1])?.id }] }),
      order: totalOrder([]),
    };
    const none: EntityList = { ...list, conditions: conditionsOf(team, { links: [{ name: 'requests', none: true }] }) };
    const other: EntityList = { ...list, conditions: conditionsOf(team, { links: [{ name: 'requests', to: stranger }] }) };
    const window = { bounds: [], reversed: false, take: 9 };
    const pages = await listEntities(sql(), [list, none, { ...list, conditions: [] }, other], window);
    expect(pages.map((page) => page.map(({ id }) => id))).toEqual([[teams[1]], [], [teams[1], teams[0]], []]);
    expect(await countEntities(sql(), [other])).toEqual([0]);
  });

  it('tells every field at fault', () => {
    const wrong: EntityFilter = {
      properties: [
        { name: 'nonsense', eq: 1 },
        { name: 'effort', eq: 'many' },
        { name: 'urgent', lt: true },
        { name: 'due', in: ['2026-01-01', 'soon'] },
        { name: 'impact' },
      ],
      statuses: ['lost'],
      links: [{ name: 'team', to: teams[0], none: true }],
    };
    const fields = (() => {
      try {
        conditionsOf(request, wrong);
        return [];
      } catch (error) {
        return error instanceof InvalidInputError ? error.fields.map(({ path, code }) => `${path.join('.')} ${code}`) : [];
      }
    })();
    expect(fields).toEqual([
      'filter.properties.0.name UNKNOWN_FIELD',
      'filter.properties.1.eq INVALID',
      'filter.properties.2.lt NOT_APPLICABLE',
      'filter.properties.3.in.1 INVALID',
      'filter.properties.4 REQUIRED',
      'filter.links.0 ONE_OF',
      'filter.status.0 UNKNOWN_STATUS',
    ]);
  });

  it('is not made by what is not indexed once there are many records', async () => {
    const byProperty = listOf({ properties: [{ name: 'effort2', gt: 1 }] }, [sortOf('impact2', false)]);
    const bySearching = listOf({ properties: [{ name: 'impact', contains: 'i' }] }, [sortOf('impact', false)]);
    expect(await listProblems(sql(), [byProperty], ['orderBy'])).toEqual([null]);
    const copy = `INSERT INTO "Entity" (id, "workspaceId", "blueprintId", name, properties, labels, "searchText", "updatedAt")
      SELECT gen_random_uuid(), "workspaceId", id, 'copy', '{}', '{}', '', now() FROM "Blueprint", generate_series(1, 10000) WHERE key = 'request'`;
    await platform.db.sql.query({ name: 'test.copy', text: copy }, []);
    const refusal = async (list: EntityList) => (await listProblems(sql(), [list], ['orderBy']))[0]?.fields;
    expect(await refusal(byProperty)).toMatchObject([
      { path: ['filter', 'properties', '0'], code: 'NOT_INDEXED', message: expect.stringContaining('name effort2 in `indexed`') as string },
      { path: ['orderBy'], code: 'NOT_INDEXED', message: expect.stringContaining('name impact2 in `indexed`') as string },
    ]);
    expect(await refusal(bySearching)).toMatchObject([{ path: ['filter', 'properties', '0', 'contains'], code: 'NOT_INDEXED' }]);
    expect(await refusal(listOf({ properties: [{ name: 'effort', gt: 1 }] }, [sortOf('due', true)]))).toBeUndefined();
  });
});

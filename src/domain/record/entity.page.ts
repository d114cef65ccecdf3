import { type Params, fields } from './entity.field.js';
import { valueIs } from './entity.condition.js';
import { type Bound, type EntityOrder, type Segment, type Sort, reaches, segmentsOf } from './entity.order.js';
import { type EntityList, type Listed, type Scan, endSql, firstField, gatherSql, possible, walkSql } from './entity.scan.js';

/** The part of it that is wanted. */
export interface EntityWindow {
  readonly bounds: readonly Bound[];
  /** From the end of the list on. */
  readonly reversed: boolean;
  readonly take: number;
}

/**
 * How a page is found among a million records. Without conditions an index has the records in their order. With conditions there are three
 * ways. To *walk* that index and to ask each record is right where many are wanted. To walk it with the ids at hand of all that are wanted
 * (*listed*) reads them first, and then goes ten times as far in the same time. To *gather* those that are wanted and to sort them is right
 * where they stand at the far end of the order. Statistics do not tell which it is: a value may be frequent and yet stand at that end. So a
 * walk begins, and what it meets decides. All are bounded, but for a walk where gathering found too many.
 */
export interface Effort {
  /** Steps of a walk before it is asked whether it is the right way. */
  readonly firstWalk: number;
  /** Steps that a walk may still need: about as long as reading the ids takes from an index of values. */
  readonly mostSteps: number;
  /** The same where the ids must be read from rows. */
  readonly mostRowSteps: number;
  /** Steps with the ids at hand. */
  readonly listedSteps: number;
  /** Of more ids than that, each record is asked. */
  readonly mostListed: number;
  /** So few that it is tried before a longer walk. */
  readonly fewGathered: number;
  readonly mostGathered: number;
  /** Of one value of the order's first field: more are paged as a list of their own, in the order of the other fields. */
  readonly mostSorted: number;
  /** Steps between two looks when there is no other way. */
  readonly longWalk: number;
}

export const usualEffort: Effort = {
  firstWalk: 400,
  mostSteps: 1_500,
  mostRowSteps: 6_000,
  listedSteps: 60_000,
  mostListed: 50_000,
  fewGathered: 1_000,
  mostGathered: 5_000,
  mostSorted: 5_000,
  longWalk: 200_000,
};

export interface FoundRow extends Listed {
  readonly part: number;
  /** Of what was gathered. */
  readonly size: number | null;
}

/** What is asked in one turn of the event loop is one statement. */
export type Ask<Row> = (build: (params: Params) => string) => Promise<Row[]>;

/** What was found, in order. */
interface Part {
  readonly rows: readonly Listed[];
  /** Nothing of the list comes after it within the bounds. */
  readonly whole: boolean;
}

/** How a page is looked for. */
interface Search {
  readonly ask: Ask<FoundRow>;
  readonly effort: Effort;
}

export async function pageOf(list: EntityList, window: EntityWindow, search: Search): Promise<readonly Listed[]> {
  const rows: Listed[] = [];
  const segments = segmentsOf(list.order);
  for (const segment of window.reversed ? segments.toReversed() : segments) {
    if (!window.bounds.every((bound) => reaches(segment, bound)) || !possible(list, segment)) continue;
    const within = { ...window, take: window.take - rows.length };
    const part = await (mayRepeat(list.order) ? byValue : walkPart)(list, segment, within, search);
    rows.push(...part.rows);
    if (part.whole || rows.length >= window.take) break;
  }
  return rows;
}

/** Whether many records may have one value of the first field, and others decide among them than an index has beside it. */
const mayRepeat = ([first, second]: EntityOrder): boolean =>
  first !== undefined && first.field.in !== 'JSON' && first.field !== fields.key && second !== undefined && second.field !== fields.id;

/**
 * No index has two fields of a list. To sort those of one value takes long where there are many; then they are paged as a list of their own,
 * which has that value and is in the order of the other fields.
 */
async function byValue(list: EntityList, segment: Segment, { bounds, reversed, take }: EntityWindow, search: Search): Promise<Part> {
  const { firstWalk, mostSorted } = search.effort;
  const byFirst = { ...list, order: [...list.order.slice(0, 1), { field: fields.id, descending: list.order[0]?.descending ?? false }] };
  const nth = async (steps: number, within: readonly Bound[]): Promise<Listed | undefined> =>
    (await search.ask((params) => endSql({ list: byFirst, segment, bounds: within, reversed }, steps, params)))[0];
  const [onward, back] = reversed ? (['before', 'after'] as const) : (['after', 'before'] as const);
  const rows: Listed[] = [];
  for (let within = bounds; rows.length < take; ) {
    const missing = take - rows.length;
    const firsts = within.map((bound) => ({
      ...bound,
      place: bound.place.slice(0, 1),
      inclusive: bound.inclusive || bound.place.length > 1,
    }));
    // None is one value. Of others all that come before the one of this record have few.
    const ahead = segment.firstIsNone ? null : await nth(firstWalk, firsts);
    const value = ahead?.place[0] ?? null;
    const onValue = value === null ? [] : sides.map((side) => ({ place: [value], side, inclusive: true }));
    const many = ahead !== undefined && (await nth(mostSorted + 1, onValue)) !== undefined;
    if (!many) {
      const rest = await walkPart(list, segment, { bounds: within, reversed, take: missing }, search);
      return { rows: [...rows, ...rest.rows], whole: rest.whole };
    }
    if (value !== null) {
      const before = [...within, { place: [value], side: back, inclusive: false }];
      rows.push(...(await walkPart(list, segment, { bounds: before, reversed, take: missing }, search)).rows);
      if (rows.length >= take) break;
    }
    const inner = { bounds: boundsOf(within, list.order[0], value), reversed, take: take - rows.length };
    const found = await pageOf(withValue(list, value), inner, search);
    rows.push(...found.map(({ id, place }) => ({ id, place: [value, ...place] })));
    if (value === null) break;
    within = [...bounds.filter(({ side }) => side !== onward), { place: [value], side: onward, inclusive: false }];
    if (rows.length >= take || !isFiltered(list)) continue;
    // Each value may have many and none of them meet the conditions.
    const rest = await gather({ list, segment, bounds: within, reversed }, take - rows.length, search.effort.mostGathered, search);
    if (rest !== null) return { rows: [...rows, ...rest], whole: true };
  }
  return { rows, whole: false };
}

const sides = ['after', 'before'] as const;

/** Bounds among the records of one value of the first field. */
const boundsOf = (bounds: readonly Bound[], first: Sort | undefined, value: unknown): readonly Bound[] =>
  bounds.flatMap((bound) =>
    bound.place.length > 1 && isSame(first, bound.place[0], value) ? [{ ...bound, place: bound.place.slice(1) }] : [],
  );

/** A moment may be written in the time zone of another connection. */
const isSame = (first: Sort | undefined, one: unknown, other: unknown): boolean =>
  one === other || (first?.field.kind === 'moment' && Date.parse(String(one)) === Date.parse(String(other)));

/** Those that have a value of the first field, in the order of the others. */
function withValue(list: EntityList, value: unknown): EntityList {
  const [first, ...order] = list.order;
  if (first === undefined) return list;
  const others = list.conditions.filter(({ about }) => about === null || about !== firstField(list));
  return { ...list, conditions: [...others, valueIs(list.spec, first.field, value)], order };
}

/** Whether there is more to ask of a record than what an index of the order answers. */
const isFiltered = (list: EntityList): boolean => list.conditions.some(({ about }) => about !== firstField(list));

/** All that meet the conditions within the bounds, of all segments; null: they are too many. */
async function gather(scan: Scan, take: number, most: number, { ask }: Search): Promise<readonly Listed[] | null> {
  const found = await ask((params) => gatherSql(scan, take, most, params));
  return (found[0]?.size ?? 0) <= most ? found : null;
}

type Way = 'EACH' | 'LISTED' | 'LONG';

async function walkPart(list: EntityList, segment: Segment, { bounds, reversed, take }: EntityWindow, search: Search): Promise<Part> {
  const { ask, effort } = search;
  const rows: Listed[] = [];
  const missing = () => take - rows.length;
  let way: Way = 'EACH';
  let within = bounds;
  const filtered = isFiltered(list);
  const enough = list.conditions.some(({ ids }) => ids !== null) ? effort.mostSteps : effort.mostRowSteps;
  for (let steps = effort.firstWalk; missing() > 0; ) {
    const scan: Scan = { list, segment, bounds: within, reversed };
    const listing = way === 'EACH' ? null : effort.mostListed;
    const walked = ask((params) => walkSql(scan, filtered ? steps : null, listing, missing(), params));
    const endOf = () => ask((params) => endSql(scan, steps, params));
    // The end of a short walk is asked for in the same statement, whether it will be needed or not.
    const ends = filtered && listing === null ? endOf() : null;
    const found = await walked;
    rows.push(...found);
    if (!filtered || missing() <= 0) break;
    const [end] = await (ends ?? endOf());
    if (end === undefined) break;
    within = [
      ...bounds.filter(({ side }) => (side === 'before') !== reversed),
      { place: end.place, side: reversed ? 'before' : 'after', inclusive: false },
    ];
    const expected: number = (missing() * steps) / Math.max(found.length, 0.5);
    const next: Way = way === 'EACH' ? (expected > enough ? 'LISTED' : 'EACH') : 'LONG';
    // Where a walk met none at all, there may be none, or few.
    if ((next === 'LONG' && way === 'LISTED') || (next === 'LISTED' && found.length === 0)) {
      const most = next === 'LONG' ? effort.mostGathered : effort.fewGathered;
      const others = await gather({ list, segment, bounds: within, reversed }, missing(), most, search);
      if (others !== null) return { rows: [...rows, ...others], whole: true };
    }
    way = next;
    steps = way === 'EACH' ? Math.ceil(expected * 1.5) : way === 'LISTED' ? effort.listedSteps : effort.longWalk;
  }
  return { rows, whole: false };
}

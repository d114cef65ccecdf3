import type { Sql } from '#platform/db/database';
import { LimitExceededError } from '#domain/errors';
import type { Cause } from '#domain/event/event.emit.service';
import type { Blueprints } from './blueprint.load.service.js';
import { type BlueprintSpec, isFinal } from './blueprint.spec.js';
import { type Saved, type SharingWork, saveChange } from './entity.save.js';
import type { EntityState } from './entity.state.js';
import { lockEntities } from './entity.statement.js';

/** What may move a record when those that it is linked to change: a status that is derived, or its release. */
interface Reaction {
  readonly blueprint: BlueprintSpec;
  readonly link: BlueprintSpec['links'][number];
  /** The statuses that all records of the link must have one of. */
  readonly wanted: readonly string[];
  /** Null: from any status that is not final. */
  readonly from: string | null;
  readonly to: string;
}

/** Most records that one save may move beside its own. */
export const mostMoved = 1_000;

/** Those that count first come first: derived statuses in the order of the life cycle, then the release. */
function reactionsOf(spec: BlueprintSpec, { byKey }: Pick<Blueprints, 'byKey'>): Reaction[] {
  const linkOf = (name: string) => spec.links.find((link) => link.name === name);
  const { release } = spec;
  return [
    ...spec.statuses.flatMap(({ name, when }) => {
      const link = when == null ? undefined : linkOf(when.link);
      return when == null || link === undefined ? [] : [{ blueprint: spec, link, wanted: [when.status], from: null, to: name }];
    }),
    ...(release === null ? [] : [release]).flatMap(({ link: name, from, to }) => {
      const link = linkOf(name);
      const finals = byKey.get(link?.blueprint ?? '')?.statuses.filter(({ final }) => final) ?? [];
      return link === undefined ? [] : [{ blueprint: spec, link, wanted: finals.map((status) => status.name), from, to }];
    }),
  ];
}

/** Whom a write may move: the record itself, and those that look at it. */
export async function touchedBy(sql: Sql, { spec, blueprints, before, after, difference }: Saved): Promise<string[]> {
  const moved = before === null || difference.changed.includes('status');
  const found = new Set<string>();
  if (difference.changed.length > 0 && reactionsOf(spec, blueprints).length > 0) found.add(after.id);
  const watching = watchersOf(spec, blueprints);
  for (const { link } of watching) {
    if (link.inverseOf === undefined || !(moved || difference.changed.includes(link.inverseOf))) continue;
    for (const state of [before, after]) for (const { entity } of state?.links.get(link.inverseOf) ?? []) found.add(entity);
  }
  // Nothing leads to a new record yet.
  if (before !== null && moved) for (const id of await holdersOf(sql, [after.id], watching)) found.add(id);
  return [...found];
}

/** Whom it may move that records are about to go. */
export async function touchedByLoss(
  sql: Sql,
  blueprints: Blueprints,
  gone: readonly { readonly spec: BlueprintSpec; readonly state: EntityState }[],
): Promise<string[]> {
  const found = new Set<string>();
  for (const spec of new Set(gone.map((one) => one.spec))) {
    const states = gone.filter((one) => one.spec === spec).map(({ state }) => state);
    const watching = watchersOf(spec, blueprints);
    for (const { link } of watching)
      for (const state of states) for (const { entity } of state.links.get(link.inverseOf ?? '') ?? []) found.add(entity);
    const ids = states.map(({ id }) => id);
    for (const id of await holdersOf(sql, ids, watching)) found.add(id);
  }
  for (const { state } of gone) found.delete(state.id);
  return [...found];
}

/** The reactions to what happens to records of a blueprint. */
function watchersOf({ key }: BlueprintSpec, blueprints: Blueprints): Reaction[] {
  return blueprints.all.flatMap((one) => reactionsOf(one, blueprints)).filter(({ link }) => link.blueprint === key);
}

const holders = {
  name: 'entity.holders',
  text: `SELECT l."fromId" AS id FROM "EntityLink" l JOIN "Entity" e ON e.id = l."fromId"
    JOIN jsonb_to_recordset($2::jsonb) AS w("blueprintId" uuid, name text) ON w."blueprintId" = e."blueprintId" AND w.name = l.name
    WHERE l."toId" = ANY($1::uuid[]) LIMIT ${mostMoved + 1}`,
};

/** The records that look at one of these by a link of their own. */
async function holdersOf(sql: Sql, ids: readonly string[], watching: readonly Reaction[]): Promise<string[]> {
  const places = watching
    .filter(({ link }) => link.kind !== 'INVERSE')
    .map(({ blueprint, link }) => ({ blueprintId: blueprint.id, name: link.name }));
  if (places.length === 0) return [];
  const distinct = [...new Map(places.map((place) => [`${place.blueprintId} ${place.name}`, place])).values()];
  return (await sql.query<{ id: string }>(holders, [ids, JSON.stringify(distinct)])).map((row) => row.id);
}

interface Counted {
  readonly id: string;
  readonly blueprintId: string;
  readonly status: string | null;
  readonly reaction: number;
}

/** Which of the reactions hold for which of these records. */
const holding = {
  name: 'entity.reactions',
  text: `SELECT e.id, e."blueprintId", e.status, r.nth AS reaction
    FROM "Entity" e JOIN jsonb_to_recordset($2::jsonb)
      AS r(nth int, "blueprintId" uuid, link text, inverse boolean, other uuid, wanted text[]) ON r."blueprintId" = e."blueprintId"
    CROSS JOIN LATERAL (
      SELECT count(*) AS linked, count(*) FILTER (WHERE t.status = ANY(r.wanted)) AS fitting FROM (
        SELECT o.status FROM "EntityLink" l JOIN "Entity" o ON o.id = l."toId" WHERE NOT r.inverse AND l."fromId" = e.id AND l.name = r.link
        UNION ALL
        SELECT o.status FROM "EntityLink" l JOIN "Entity" o ON o.id = l."fromId" AND o."blueprintId" = r.other
        WHERE r.inverse AND l."toId" = e.id AND l.name = r.link
      ) t
    ) c
    WHERE e.id = ANY($1::uuid[]) AND c.linked > 0 AND c.linked = c.fitting ORDER BY e.id, r.nth`,
};

/**
 * Moves what is set free or completed among those that a write may have moved, until nothing more follows, in the same work. Answers what
 * was moved, by id; a record that is moved more than once stands there with its last move. Records are locked before it is asked who they
 * are linked to: of two works that finish the last two predecessors of a record at once, the second one sees both.
 */
export async function settle(
  work: SharingWork,
  blueprints: Blueprints,
  touched: readonly string[],
  cause: Cause,
): Promise<ReadonlyMap<string, Saved>> {
  const done = new Map<string, Saved>();
  const reactions = blueprints.all.flatMap((spec) => reactionsOf(spec, blueprints));
  let waiting = touched;
  for (let moves = 0; waiting.length > 0; ) {
    if (waiting.length > mostMoved) throw tooMany();
    const locked = await lockEntities(work.sql, waiting, 'changing');
    const next = new Set<string>();
    for (const { id, to } of await due(work.sql, locked, reactions, blueprints)) {
      moves += 1;
      if (moves > mostMoved) throw tooMany();
      const saved = await saveChange(work, id, { status: to }, cause, { locked: true, deriving: true });
      done.set(id, saved);
      for (const one of await touchedBy(work.sql, saved)) next.add(one);
    }
    waiting = [...next];
  }
  return done;
}

const tooMany = () => new LimitExceededError(`One save moves at most ${mostMoved} other records.`, mostMoved);

/** The moves that are due among locked records, one for each at most. */
async function due(sql: Sql, ids: readonly string[], reactions: readonly Reaction[], { byKey }: Blueprints) {
  const asked = reactions.map(({ blueprint, link, wanted }, nth) => ({
    nth,
    blueprintId: blueprint.id,
    link: link.kind === 'INVERSE' ? link.inverseOf : link.name,
    inverse: link.kind === 'INVERSE',
    other: byKey.get(link.blueprint)?.id ?? null,
    wanted,
  }));
  // The first one that holds decides about a record, also when it has nothing left to do.
  const decided = new Map<string, { readonly id: string; readonly to: string } | null>();
  for (const { id, status, reaction } of await sql.query<Counted>(holding, [ids, JSON.stringify(asked)])) {
    const found = reactions[reaction];
    if (found === undefined || decided.has(id)) continue;
    if (found.from === null ? isFinal(found.blueprint, status) : status !== found.from) continue;
    decided.set(id, status === found.to ? null : { id, to: found.to });
  }
  return [...decided.values()].filter((move) => move !== null);
}

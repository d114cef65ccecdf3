import { isDangling, isTaken } from '#platform/db/symptoms';
import { newId } from '#platform/ids';
import { AlreadyExistsError, NotFoundError } from '#domain/errors';
import { type Cause, type NewEvent, type Untold, emitEvents } from '#domain/event/event.emit.service';
import type { PlainWork } from '#domain/work';
import { type Blueprints, blueprintsOf } from './blueprint.load.service.js';
import { type BlueprintSpec, type JsonObject, propertiesOf } from './blueprint.spec.js';
import { type Circumstances, type EntityChange, type Target, applyChange, targetsOf } from './entity.apply.js';
import { type IndexedValue, indexedValues, searchText } from './entity.index.js';
import { type Difference, type EntityState, type Linked, differenceOf, snapshotOf } from './entity.state.js';
import {
  type EntityWrite,
  type NoteRow,
  type ReadEntity,
  lockEntities,
  prepareEntity,
  readEntities,
  shareBlueprint,
  writeEntity,
} from './entity.statement.js';

/** One record that was written, and what follows from it may need. */
export interface Saved {
  readonly spec: BlueprintSpec;
  readonly blueprints: Blueprints;
  /** Null: the record is new. */
  readonly before: EntityState | null;
  readonly after: EntityState;
  readonly difference: Difference;
}

/** What the writes of one transaction share: their events are inserted together, and what is locked is neither locked nor read again for a note. */
export interface Sharing extends Untold {
  /** By the ids of records that this transaction has written, and so has locked: their last write. */
  readonly written: Map<string, Saved>;
}

/** A work whose writes share what they can, where `untold` is. It must not be undone in part. */
export type SharingWork = PlainWork & { readonly untold?: Sharing };

export const noSuchEntity = () => new NotFoundError('No such entity.');

/** Makes a record, with its events, and nothing of what follows from it. */
export async function saveNew(work: SharingWork, blueprint: BlueprintSpec, change: EntityChange, cause: Cause): Promise<Saved> {
  const { workspaceId } = blueprint;
  await shareBlueprint(work.sql, blueprint.id);
  const { number, targets, blueprints: versions } = await prepareEntity(work.sql, workspaceId, targetsOf(change));
  const blueprints = await blueprintsOf(work.sql, versions);
  const spec = blueprints.byId.get(blueprint.id);
  if (spec === undefined) throw new NotFoundError('No such blueprint.');
  const empty: EntityState = {
    id: newId(),
    number,
    key: null,
    name: '',
    status: null,
    labels: [],
    properties: {},
    links: new Map(),
    createdAt: work.now,
    updatedAt: work.now,
  };
  const after = applyChange(empty, change, true, around(spec, blueprints, targets, false));
  const difference = differenceOf(null, after);
  const notes = notesOf(work, change, cause);
  await store(work, rowsOf(spec, null, after, difference, notes));
  await emitEvents(work, eventsOf(spec, null, after, difference, notes, cause));
  return remembered(work, { spec, blueprints, before: null, after, difference });
}

export interface SaveOptions {
  /** The row is locked by this work. */
  readonly locked?: boolean;
  /** Statuses that nobody sets are set by what derives them. */
  readonly deriving?: boolean;
  /** The workspace in which the record is looked for; null: whose record it is was asked before. */
  readonly within?: string | null;
}

/** Changes a record, with its events, and nothing of what follows from it. */
export async function saveChange(
  work: SharingWork,
  id: string,
  change: EntityChange,
  cause: Cause,
  { locked = false, deriving = false, within = null }: SaveOptions = {},
): Promise<Saved> {
  const last = work.untold?.written.get(id);
  const { spec, blueprints, before, targets } =
    last !== undefined && isMereNote(change)
      ? { ...last, before: last.after, targets: [] }
      : await readForChange(work, id, change, locked || last !== undefined, within);
  const applied = applyChange(before, change, false, around(spec, blueprints, targets, deriving));
  const difference = differenceOf(before, applied);
  const notes = notesOf(work, change, cause);
  if (difference.changed.length === 0 && notes.length === 0) return { spec, blueprints, before, after: before, difference };
  const updatedAt = difference.changed.length > 0 && work.now > before.updatedAt ? work.now : before.updatedAt;
  const after = { ...applied, updatedAt };
  await store(work, rowsOf(spec, before, after, difference, notes));
  await emitEvents(work, eventsOf(spec, before, after, difference, notes, cause));
  return remembered(work, { spec, blueprints, before, after, difference });
}

function remembered({ untold }: SharingWork, saved: Saved): Saved {
  untold?.written.set(saved.after.id, saved);
  return saved;
}

/** A note that mentions nobody: nothing of the record or of others has to be known to add it. */
const isMereNote = (change: EntityChange): boolean =>
  Object.entries(change).every(([name, given]) => name === 'notes' || given === undefined) && targetsOf(change).length === 0;

async function readForChange(work: PlainWork, id: string, change: EntityChange, locked: boolean, within: string | null) {
  if (!locked && (await lockEntities(work.sql, [id], 'changing', within)).length === 0) throw noSuchEntity();
  const [read] = await readEntities(work.sql, [id], targetsOf(change));
  if (read === undefined) throw noSuchEntity();
  const blueprints = await blueprintsOf(work.sql, read.blueprints);
  const spec = specOf(read, blueprints);
  return { spec, blueprints, before: stateOf(read, spec), targets: read.targets };
}

async function store(work: PlainWork, write: EntityWrite): Promise<void> {
  const taken = () => new AlreadyExistsError('key', `The key "${write.row.key ?? ''}" is taken.`);
  try {
    if (!(await writeEntity(work.sql, write))) throw taken();
  } catch (error) {
    if (isTaken(error)) throw taken();
    // It was there when it was read.
    if (isDangling(error)) throw new NotFoundError('A record that is linked to is gone.');
    throw error;
  }
}

export function specOf({ blueprintId }: ReadEntity, { byId }: Blueprints): BlueprintSpec {
  const spec = byId.get(blueprintId);
  if (spec === undefined) throw noSuchEntity();
  return spec;
}

/** The row without what its blueprint does not know any more. */
export function stateOf(read: ReadEntity, spec: BlueprintSpec): EntityState {
  const properties = propertiesOf(spec);
  const links = new Map<string, Linked[]>();
  for (const { link, entity, id, name } of read.links) {
    if (!spec.links.some((one) => one.name === link)) continue;
    const list = links.get(link) ?? [];
    list.push({ entity, id, name });
    links.set(link, list);
  }
  return {
    id: read.id,
    number: read.number,
    key: read.key,
    name: read.name,
    status: read.status,
    labels: read.labels,
    properties: Object.fromEntries(
      [...properties.keys()].flatMap((name) => (Object.hasOwn(read.properties, name) ? [[name, read.properties[name] ?? null]] : [])),
    ),
    links,
    createdAt: read.createdAt,
    updatedAt: read.updatedAt,
  };
}

function around(spec: BlueprintSpec, blueprints: Blueprints, targets: readonly Target[], deriving: boolean): Circumstances {
  return {
    spec,
    targets: new Map(targets.map((target) => [target.entity, target])),
    blueprintIds: new Map(blueprints.all.map(({ key, id }) => [key, id])),
    deriving,
  };
}

function notesOf(work: PlainWork, { notes = [] }: EntityChange, { runId }: Cause): NoteRow[] {
  const { actor } = work.viewer;
  return notes.map(({ id = newId(), text, mentions = [] }) => ({
    id,
    text,
    mentions: [...new Set(mentions)],
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    runId,
    createdAt: work.now,
  }));
}

function rowsOf(
  spec: BlueprintSpec,
  before: EntityState | null,
  after: EntityState,
  { changed, removed }: Difference,
  notes: readonly NoteRow[],
): EntityWrite {
  const { links, ...columns } = after;
  const old = new Map((before === null ? [] : indexedValues(spec, before.properties)).map((value) => [value.property, value]));
  const rank = spec.statuses.findIndex(({ name }) => name === after.status);
  return {
    row: {
      ...columns,
      workspaceId: spec.workspaceId,
      blueprintId: spec.id,
      statusRank: rank < 0 ? null : rank,
      searchText: searchText(after.name, after.key, after.properties),
    },
    kind: before === null ? 'NEW' : changed.length > 0 ? 'CHANGED' : 'NOTED',
    values: indexedValues(spec, after.properties).filter((value) => !sameValue(old.get(value.property), value)),
    links: [...links].flatMap(([name, list]) =>
      changed.includes(name) ? list.map(({ entity }, position) => ({ name, toId: entity, position })) : [],
    ),
    linksGone: removed.map(({ link, to }) => ({ name: link, toId: to.entity })),
    notes,
  };
}

function sameValue(a: IndexedValue | undefined, b: IndexedValue): boolean {
  return a?.text === b.text && a.number === b.number && a.moment === b.moment;
}

/** The events of one save: all tell the same of what changed. */
function eventsOf(
  spec: BlueprintSpec,
  before: EntityState | null,
  after: EntityState,
  { changed, previous, added, removed }: Difference,
  notes: readonly NoteRow[],
  cause: Cause,
): NewEvent[] {
  const record = snapshotOf(after);
  const told = before === null ? { changed: [], previous: null } : { changed, previous };
  const event = (type: string, data: JsonObject): NewEvent => ({ ...about(spec, after.id, cause), ...told, type, data });
  const tie = (type: string) => (one: Difference['added'][number]) => event(type, { link: one.link, to: { ...one.to }, record });
  return [
    ...(before === null ? [event('entity.created', record)] : changed.length > 0 ? [event('entity.updated', record)] : []),
    ...removed.map(tie('link.removed')),
    ...added.map(tie('link.added')),
    ...notes.map(({ id, text, mentions }) => event('note.added', { note: { id, text, mentions }, record })),
  ];
}

/** Of an event about a record, whatever it tells. */
export function about(spec: BlueprintSpec, id: string, cause: Cause) {
  return { workspaceId: spec.workspaceId, source: `/entities/${id}`, entity: { id, blueprint: spec.key }, cause };
}

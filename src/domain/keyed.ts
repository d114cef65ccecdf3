import { AlreadyExistsError, LimitExceededError, NotFoundError } from '#domain/errors';
import { type Permission, permitted } from '#domain/tenant/permission';
import type { Work } from '#domain/work';

/** How a client names a thing of a workspace: by its id, or by its key. */
export type Reference = { readonly id: string } | { readonly key: string };

/** Where a thing is looked up: by its id, or by its key in a workspace. */
export type Place = { readonly id: string } | { readonly workspaceId: string; readonly key: string };

interface KeyedRow {
  readonly id: string;
  readonly workspaceId: string;
}

/** A kind of thing that a workspace holds under keys: what the services need to find one. */
export interface Keyed<Row extends KeyedRow> {
  readonly table:
    | 'App'
    | 'AppInstance'
    | 'Namespace'
    | 'Credential'
    | 'System'
    | 'Endpoint'
    | 'Automation'
    | 'Module'
    | 'TriggerPoint'
    | 'Integration'
    | 'Blueprint';
  readonly see: Permission;
  readonly change: Permission;
  /** How errors call it. */
  readonly noun: string;
  readonly find: (tx: Work['tx'], place: Place) => Promise<Row | null>;
}

/** What a row is locked for. Those who share or refer do so beside others; each of them keeps out who would delete it. */
const strength = {
  deleting: 'FOR UPDATE',
  changing: 'FOR NO KEY UPDATE',
  /** It does not change meanwhile. */
  sharing: 'FOR SHARE',
  /** It may change, but stays. */
  referring: 'FOR KEY SHARE',
} as const;

async function lock(work: Work, table: Keyed<KeyedRow>['table'], id: string, how: keyof typeof strength): Promise<void> {
  await work.sql.query({ name: `keyed.${table}.${how}`, text: `SELECT id FROM "${table}" WHERE id = $1::uuid ${strength[how]}` }, [id]);
}

/**
 * The thing, locked until the end of the work, for a viewer who wants to change it. Throws NotFoundError when it is not there or not
 * visible, and ForbiddenError when the viewer may only look at it.
 */
export async function lockKeyed<Row extends KeyedRow>(
  work: Work,
  kind: Keyed<Row>,
  place: Place,
  how: 'changing' | 'deleting' = 'changing',
): Promise<Row> {
  const { id } = permitted(work.viewer, await kind.find(work.tx, place), kind);
  await lock(work, kind.table, id, how);
  const locked = await kind.find(work.tx, { id });
  if (locked === null) throw new NotFoundError(`No such ${kind.noun}.`);
  return locked;
}

/**
 * What an input refers to: a thing of the same workspace, which cannot be deleted until the end of the work. One of another workspace is
 * not found, also when the viewer belongs to that one, too.
 */
export async function referTo<Row extends KeyedRow>(
  work: Work,
  kind: Keyed<Row>,
  workspaceId: string,
  reference: Reference,
  how: 'referring' | 'sharing' = 'referring',
): Promise<Row> {
  const place = 'id' in reference ? reference : { ...reference, workspaceId };
  const found = await kind.find(work.tx, place);
  if (found?.workspaceId === workspaceId) {
    await lock(work, kind.table, found.id, how);
    const held = await kind.find(work.tx, { id: found.id });
    if (held !== null) return held;
  }
  throw new NotFoundError(`No such ${kind.noun}.`);
}

/** A reference of an input where null means none and absent means as before: the id to store, or undefined to leave it. */
export async function referToAny<Row extends KeyedRow>(
  work: Work,
  kind: Keyed<Row>,
  workspaceId: string,
  reference: Reference | null | undefined,
): Promise<string | null | undefined> {
  return reference === null || reference === undefined ? reference : (await referTo(work, kind, workspaceId, reference)).id;
}

/** Rows of one kind in one workspace: lists of them are searched and shown whole by people. */
export const mostKeyed = 1_000;

/** Refuses one more than a workspace may have of a kind. Those who make the same kind at once wait for each other until the end of the work, and count each other. */
export async function assertRoom(work: Work, { table, noun }: Pick<Keyed<KeyedRow>, 'table' | 'noun'>, workspaceId: string): Promise<void> {
  await holdRoom(work, table, workspaceId);
  const text = `SELECT count(*)::int AS held FROM "${table}" WHERE "workspaceId" = $1::uuid`;
  const [row] = await work.sql.query<{ held: number }>({ name: `keyed.${table}.count`, text }, [workspaceId]);
  if ((row?.held ?? 0) >= mostKeyed) throw new LimitExceededError(`A workspace has at most ${mostKeyed} ${noun}s.`, mostKeyed);
}

/** Makes those who change the things of one kind in a workspace wait for each other until the end of the work. */
export async function holdRoom(work: Work, table: string, workspaceId: string): Promise<void> {
  await work.sql.query(hold, [table, workspaceId]);
}

const hold = {
  name: 'keyed.room',
  text: `SELECT pg_advisory_xact_lock(hashtextextended($1 || ' of ' || $2, 0)) IS NULL AS held`,
};

const named = 10;

/** `a, b and 3 more`: for errors that name who uses a thing. `keys` may be one page of all. */
export function listKeys(keys: readonly string[], total = keys.length): string {
  const shown = keys.slice(0, named);
  const more = total - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** How many keys an error names at most. */
export const namedKeys = named;

/**
 * Makes the thing with this key be as given, whether it is there or not; when two do so at once, the second one changes what the first
 * one made. `insert` throws AlreadyExistsError for a key that is taken, before it has written anything.
 */
export async function upsertKeyed<Row extends KeyedRow>(
  work: Work,
  kind: Keyed<Row>,
  place: { readonly workspaceId: string; readonly key: string },
  { insert, save }: { readonly insert: () => Promise<string>; readonly save: (before: Row) => Promise<string> },
): Promise<string> {
  if ((await kind.find(work.tx, place)) === null) {
    try {
      return await insert();
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
    }
  }
  return save(await lockKeyed(work, kind, place));
}

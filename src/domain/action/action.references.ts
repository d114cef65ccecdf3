import type { Statement } from '#platform/db/database';
import { NotFoundError } from '#domain/errors';
import type { Work } from '#domain/work';
import type { SpecReferences } from './action.spec.js';

/** What an action can refer to, each by its id or its key. */
type Noun = 'endpoint' | 'namespace' | 'app';

// Locked, so that what an action refers to is not deleted before the action is committed: whoever deletes it waits, and then sees the action.
const lock = (noun: Noun, table: string): Statement => ({
  name: `action.${noun}`,
  text: `SELECT id FROM "${table}" WHERE "workspaceId" = $1::uuid AND (id = $2::uuid OR key = $3) FOR KEY SHARE`,
});
const locks: Readonly<Record<Noun, Statement>> = {
  endpoint: lock('endpoint', 'Endpoint'),
  namespace: lock('namespace', 'Namespace'),
  app: lock('app', 'App'),
};

interface Given {
  readonly id: string | null | undefined;
  readonly key: string | null | undefined;
}

/**
 * The id of what is given; undefined when nothing is, null when nothing is wanted. Throws NotFoundError for what is not in the workspace.
 * That both an id and a key are given is refused elsewhere, with whatever else is at fault: `twiceProblems`.
 */
async function find(work: Work, workspaceId: string, noun: Noun, { id, key }: Given): Promise<string | null | undefined> {
  if (id == null && key == null) return id === undefined && key === undefined ? undefined : null;
  const [found] = await work.sql.query<{ readonly id: string }>(locks[noun], [workspaceId, id ?? null, id == null ? key : null]);
  if (found === undefined) throw new NotFoundError(`There is no such ${noun} in the workspace.`);
  return found.id;
}

type GivenReferences = Partial<Readonly<Record<'endpoint' | 'endpointKey' | 'namespace' | 'namespaceKey', string | null | undefined>>>;

/** What the fields of a spec lead to. Throws NotFoundError. */
export async function findReferences(work: Work, workspaceId: string, given: GivenReferences): Promise<SpecReferences> {
  const endpointId = await find(work, workspaceId, 'endpoint', { id: given.endpoint, key: given.endpointKey });
  const namespaceId = await find(work, workspaceId, 'namespace', { id: given.namespace, key: given.namespaceKey });
  return { ...(endpointId === undefined ? {} : { endpointId }), ...(namespaceId === undefined ? {} : { namespaceId }) };
}

/** Keeps what a spec refers to where it is until the end of the work. Throws NotFoundError when it is gone. */
export async function keepReferences(
  work: Work,
  workspaceId: string,
  { endpointId, namespaceId }: { readonly endpointId?: string; readonly namespaceId?: string },
): Promise<void> {
  await find(work, workspaceId, 'endpoint', { id: endpointId, key: undefined });
  await find(work, workspaceId, 'namespace', { id: namespaceId, key: undefined });
}

/** The app that is given; undefined when none is, null when none is wanted. */
export function findApp(work: Work, workspaceId: string, given: Partial<Readonly<Record<'app' | 'appKey', string | null | undefined>>>) {
  return find(work, workspaceId, 'app', { id: given.app, key: given.appKey });
}

/** The person who is to own an action. Throws NotFoundError for one who is no member. */
export async function findOwner(work: Work, workspaceId: string, userId: string | null | undefined): Promise<string | null | undefined> {
  if (userId == null) return userId;
  const membership = await work.tx.membership.findUnique({ where: { workspaceId_userId: { workspaceId, userId } }, select: { id: true } });
  if (membership === null) throw new NotFoundError('There is no such member in the workspace.');
  return userId;
}

import type { Statement } from '#platform/db/database';
import { NotFoundError } from '#domain/errors';
import type { Work } from '#domain/work';
import type { ActionSpec, Reference, SpecFields, SpecReferences } from './action.spec.js';

/** What an action can refer to. */
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

/** The id of what is referred to; null and absent stay as they are. Throws NotFoundError for what is not in the workspace. */
export async function findReference(
  work: Work,
  workspaceId: string,
  noun: Noun,
  reference: Reference | null | undefined,
): Promise<string | null | undefined> {
  if (reference === null || reference === undefined) return reference;
  const place = 'id' in reference ? [reference.id, null] : [null, reference.key];
  const [found] = await work.sql.query<{ readonly id: string }>(locks[noun], [workspaceId, ...place]);
  if (found === undefined) throw new NotFoundError(`There is no such ${noun} in the workspace.`);
  return found.id;
}

/** What the fields of a spec lead to. Throws NotFoundError. */
export async function findReferences(work: Work, workspaceId: string, given: SpecFields): Promise<SpecReferences> {
  const endpointId = await findReference(work, workspaceId, 'endpoint', given.endpoint);
  const namespaceId = await findReference(work, workspaceId, 'namespace', given.namespace);
  return { ...(endpointId === undefined ? {} : { endpointId }), ...(namespaceId === undefined ? {} : { namespaceId }) };
}

/** Keeps what a spec refers to where it is until the end of the work. Throws NotFoundError when it is gone. */
export async function keepReferences(work: Work, workspaceId: string, { endpointId, namespaceId }: ActionSpec): Promise<void> {
  if (endpointId !== undefined) await findReference(work, workspaceId, 'endpoint', { id: endpointId });
  if (namespaceId !== undefined) await findReference(work, workspaceId, 'namespace', { id: namespaceId });
}

/** The person who is to own an action. Throws NotFoundError for one who is no member. */
export async function findOwner(work: Work, workspaceId: string, userId: string | null | undefined): Promise<string | null | undefined> {
  if (userId === null || userId === undefined) return userId;
  const membership = await work.tx.membership.findUnique({ where: { workspaceId_userId: { workspaceId, userId } }, select: { id: true } });
  if (membership === null) throw new NotFoundError('There is no such member in the workspace.');
  return userId;
}

import { NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { type Permission, workspacesWhere } from '#domain/tenant/permission';
import type { SignedIn } from './context.js';
import { decodeId } from './node.js';

/** The workspace that a write is for: the one given, or the viewer's only one. */
export function workspaceOf({ viewer }: SignedIn, workspace: string | null | undefined, path: readonly string[] = ['workspace']): string {
  if (typeof workspace === 'string') return decodeId('Workspace', workspace, path);
  const [only, ...others] = viewer.roles.keys();
  if (only === undefined) throw new NotFoundError('You belong to no workspace.');
  if (others.length > 0) throw invalid(path, 'You belong to several workspaces: name one.', 'REQUIRED');
  return only;
}

/** The workspaces of a root list: the one given, or all in which the viewer may read. One that is not the viewer's is an empty list. */
export function workspacesOf({ viewer }: SignedIn, permission: Permission, workspace: string | null | undefined): string[] {
  const visible = workspacesWhere(viewer, permission);
  if (typeof workspace !== 'string') return visible;
  const wanted = decodeId('Workspace', workspace, ['workspace']);
  return visible.filter((id) => id === wanted);
}

/** Exactly one of an id and a key, where an input takes either. Answers the UUID or the key. */
export function idOrKey(
  name: Parameters<typeof decodeId>[0],
  given: { readonly id?: string | null | undefined; readonly key?: string | null | undefined },
  path: readonly string[] = [],
): { readonly id: string } | { readonly key: string } {
  const { id, key } = given;
  if (typeof id === 'string' && typeof key !== 'string') return { id: decodeId(name, id, [...path, 'id']) };
  if (typeof key === 'string' && typeof id !== 'string') return { key };
  throw invalid([...path, 'id'], 'Give exactly one of id and key.', 'ONE_OF');
}

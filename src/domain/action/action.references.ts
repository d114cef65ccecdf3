import { keyedEndpoint } from '#domain/connection/endpoint.service';
import { referTo, referToAny } from '#domain/keyed';
import { keyedModule, moduleUses } from '#domain/code/module.service';
import { keyedNamespace } from '#domain/run/namespace.service';
import type { Work } from '#domain/work';
import type { ActionSpec, SpecFields, SpecReferences } from './action.spec.js';

/** What the fields of a spec lead to, none of which can be deleted until the end of the work. Throws NotFoundError. */
export async function findReferences(work: Work, workspaceId: string, given: SpecFields): Promise<SpecReferences> {
  const endpointId = await referToAny(work, keyedEndpoint, workspaceId, given.endpoint);
  const namespaceId = await referToAny(work, keyedNamespace, workspaceId, given.namespace);
  const modules = given.modules == null ? given.modules : await moduleUses(work, workspaceId, given.modules);
  return {
    ...(endpointId === undefined ? {} : { endpointId }),
    ...(namespaceId === undefined ? {} : { namespaceId }),
    ...(modules === undefined ? {} : { modules }),
  };
}

/** The same for what a spec already refers to. Throws NotFoundError when it is gone. */
export async function keepReferences(work: Work, workspaceId: string, { endpointId, namespaceId, modules }: ActionSpec): Promise<void> {
  if (endpointId !== undefined) await referTo(work, keyedEndpoint, workspaceId, { id: endpointId });
  if (namespaceId !== undefined) await referTo(work, keyedNamespace, workspaceId, { id: namespaceId });
  for (const { id } of modules ?? []) await referTo(work, keyedModule, workspaceId, { id });
}

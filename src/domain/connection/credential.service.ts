import { z } from 'zod';
import type { Config } from '#platform/config/config';
import type { Credential } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import { ConflictError } from '#domain/errors';
import { keyInput, nameInput, parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, assertRoom, listKeys, lockKeyed, namedKeys } from '#domain/keyed';
import { dropSecrets, putSecrets } from '#domain/secret/secret.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { credentialInput, fieldOfKind } from './credential.input.js';
import { secretNames } from './credential.settings.js';

export const keyedCredential: Keyed<Credential> = {
  table: 'Credential',
  see: 'connection.read',
  change: 'connection.write',
  noun: 'credential',
  find: (tx, where) => tx.credential.findFirst({ where }),
};

const createInput = (config: Pick<Config, 'secrets'>) =>
  z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput.nullish(),
    name: nameInput,
    settings: credentialInput(config),
    idempotencyKey: z.string().nullish(),
  });
export type CreateCredentialInput = z.input<ReturnType<typeof createInput>>;

export interface UpdateCredentialInput {
  readonly name?: string | null | undefined;
  /** One of four fields by kind; what is absent in it stays. Another kind is given whole. */
  readonly settings?:
    | Readonly<Partial<Record<(typeof fieldOfKind)[keyof typeof fieldOfKind], object | null | undefined>>>
    | null
    | undefined;
}

/** Makes a credential and answers its id. */
export async function createCredential(work: Work, raw: CreateCredentialInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const { workspaceId, name } = input;
  const { kind, settings, secret } = input.settings;
  assertCan(work.viewer, workspaceId, 'connection.write');
  const find = (id: string) => work.tx.credential.findUnique({ where: { id }, select: { id: true } });
  // What is remembered of a call is a plain hash, from which a weak secret could be guessed: a repeat is known by the rest.
  const body = { workspaceId, name, key: input.key, kind, settings };
  return once(work, { workspaceId, operation: 'createCredential', key: idempotencyKey, body, find }, async () => {
    await assertRoom(work, keyedCredential, workspaceId);
    const id = newId();
    const key = await takeKey(input, async (free) => {
      const data = { id, workspaceId, key: free, name, kind, settings, createdAt: work.now, updatedAt: work.now };
      return (await work.tx.credential.createMany({ data, skipDuplicates: true })).count === 1;
    });
    if (secret != null) await putSecrets(work, { workspaceId, owner: 'CREDENTIAL', ownerId: id }, { [secretNames[kind]]: secret });
    await audit(work, {
      workspaceId,
      operation: 'createCredential',
      subjectType: 'Credential',
      subjectId: id,
      change: { key, name, kind },
    });
    return id;
  });
}

/** Changes what is given and answers the credential's id. A secret that is not given stays, unless the kind becomes another one. */
export async function updateCredential(work: Work, place: Place, raw: UpdateCredentialInput): Promise<string> {
  const before = await lockKeyed(work, keyedCredential, place);
  const { id, workspaceId } = before;
  const input = parseInput(
    z.strictObject({ name: nameInput.nullish(), settings: credentialInput(work.platform.config, before.kind).nullish() }),
    { ...raw, ...(raw.settings == null ? {} : { settings: completed(raw.settings, before) }) },
  );
  const { kind, settings, secret } = input.settings ?? { kind: before.kind, settings: before.settings as object, secret: null };
  const sameSettings = canonicalJson(settings as Json) === canonicalJson(before.settings as Json);
  const change = {
    ...differences({ name: before.name, kind: before.kind }, { ...(input.name == null ? {} : { name: input.name }), kind }),
    ...(sameSettings ? {} : { settings: { from: before.settings, to: settings } }),
    ...(secret == null ? {} : { [secretNames[kind]]: 'set' }),
  };
  if (Object.keys(change).length === 0) return id;
  if (kind !== before.kind) await dropSecrets(work, id);
  if (secret != null) await putSecrets(work, { workspaceId, owner: 'CREDENTIAL', ownerId: id }, { [secretNames[kind]]: secret });
  // The time of the change is also what workers know by that a token which they keep is an old secret's.
  await work.tx.credential.update({
    where: { id },
    data: { ...(input.name == null ? {} : { name: input.name }), kind, settings, updatedAt: work.now },
  });
  await audit(work, { workspaceId, operation: 'updateCredential', subjectType: 'Credential', subjectId: id, change });
  return id;
}

/** Deletes the credential with its secret and answers its id. Refused while something uses it; `force` leaves that without a credential. */
export async function deleteCredential(work: Work, place: Place, { force }: { readonly force: boolean }): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedCredential, place, 'deleting');
  const users = await usersOf(work, id);
  if (users.length > 0 && !force)
    throw new ConflictError(`The credential "${key}" is used by ${users.join(' and ')}. To delete it nevertheless, use force.`, 'IN_USE');
  await dropSecrets(work, id);
  await work.tx.credential.delete({ where: { id } });
  const change = { key, name, ...(users.length > 0 ? { detachedFrom: users } : {}) };
  await audit(work, { workspaceId, operation: 'deleteCredential', subjectType: 'Credential', subjectId: id, change });
  return id;
}

/** `the systems crm, erp`, `the endpoints order`; empty: nobody. */
async function usersOf({ tx }: Work, credentialId: string): Promise<string[]> {
  const where = { credentialId };
  const asked = { where, select: { key: true }, orderBy: { key: 'asc' }, take: namedKeys } as const;
  const [systems, endpoints] = [await tx.system.findMany(asked), await tx.endpoint.findMany(asked)];
  const named = (rows: readonly { readonly key: string }[], total: number) =>
    listKeys(
      rows.map((row) => row.key),
      total,
    );
  return [
    ...(systems.length === 0 ? [] : [`the systems ${named(systems, await tx.system.count({ where }))}`]),
    ...(endpoints.length === 0 ? [] : [`the endpoints ${named(endpoints, await tx.endpoint.count({ where }))}`]),
  ];
}

/** The given fields over the stored ones, where the kind stays. */
function completed(given: NonNullable<UpdateCredentialInput['settings']>, before: Credential): object {
  const field = fieldOfKind[before.kind];
  const changes = given[field];
  if (changes == null) return given;
  const present = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...given, [field]: { ...(before.settings as object), ...present } };
}

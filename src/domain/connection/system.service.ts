import { z } from 'zod';
import type { System } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { ConflictError } from '#domain/errors';
import { descriptionInput, keyInput, nameInput, parseInput, referenceInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, assertRoom, listKeys, lockKeyed, namedKeys, referToAny, upsertKeyed } from '#domain/keyed';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { changed } from '#domain/changed';
import { keyedCredential } from './credential.service.js';
import { headersInput } from './header.input.js';
import { baseUrlInput } from './url.input.js';

export const keyedSystem: Keyed<System> = {
  table: 'System',
  see: 'connection.read',
  change: 'connection.write',
  noun: 'system',
  find: (tx, where) => tx.system.findFirst({ where }),
};

const rest = { description: descriptionInput.nullish(), headers: headersInput.nullish(), credential: referenceInput.nullish() };

const createInput = z.strictObject({
  workspaceId: z.uuid(),
  key: keyInput.nullish(),
  name: nameInput,
  baseUrl: baseUrlInput,
  ...rest,
  idempotencyKey: z.string().nullish(),
});
export type CreateSystemInput = z.input<typeof createInput>;

const updateInput = z.strictObject({ name: nameInput.nullish(), baseUrl: baseUrlInput.nullish(), ...rest });
export type UpdateSystemInput = z.input<typeof updateInput>;

const upsertInput = z.strictObject({ workspaceId: z.uuid(), key: keyInput, name: nameInput, baseUrl: baseUrlInput, ...rest });
export type UpsertSystemInput = z.input<typeof upsertInput>;

type Whole = Omit<z.output<typeof createInput>, 'idempotencyKey'>;

/** Makes a system and answers its id. */
export async function createSystem(work: Work, raw: CreateSystemInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput, raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'connection.write');
  const find = (id: string) => work.tx.system.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createSystem', key: idempotencyKey, body: input, find }, () =>
    insert(work, 'createSystem', input),
  );
}

async function insert(work: Work, operation: string, input: Whole): Promise<string> {
  const { workspaceId, name, baseUrl } = input;
  await assertRoom(work, keyedSystem, workspaceId);
  const id = newId();
  const credentialId = (await referToAny(work, keyedCredential, workspaceId, input.credential)) ?? null;
  const key = await takeKey(input, async (free) => {
    const data = {
      id,
      workspaceId,
      key: free,
      name,
      description: input.description ?? '',
      baseUrl,
      headers: { ...input.headers },
      credentialId,
      createdAt: work.now,
      updatedAt: work.now,
    };
    return (await work.tx.system.createMany({ data, skipDuplicates: true })).count === 1;
  });
  await audit(work, { workspaceId, operation, subjectType: 'System', subjectId: id, change: { key, name, baseUrl, credentialId } });
  return id;
}

/** Changes what is given, for the next attempt of any run, and answers the system's id. */
export async function updateSystem(work: Work, place: Place, raw: UpdateSystemInput): Promise<string> {
  const input = parseInput(updateInput, raw);
  return save(work, 'updateSystem', await lockKeyed(work, keyedSystem, place), input);
}

/** Makes the system with this key be as given: what is absent gets its default. Answers its id. */
export async function upsertSystem(work: Work, raw: UpsertSystemInput): Promise<string> {
  const input = parseInput(upsertInput, raw);
  const { workspaceId, key, ...columns } = input;
  assertCan(work.viewer, workspaceId, 'connection.write');
  return upsertKeyed(
    work,
    keyedSystem,
    { workspaceId, key },
    {
      insert: () => insert(work, 'upsertSystem', input),
      save: (before) => save(work, 'upsertSystem', before, { description: null, headers: null, credential: null, ...columns }),
    },
  );
}

async function save(work: Work, operation: string, before: System, input: z.output<typeof updateInput>): Promise<string> {
  const { id, workspaceId } = before;
  const credentialId = await referToAny(work, keyedCredential, workspaceId, input.credential);
  const columns = {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.baseUrl == null ? {} : { baseUrl: input.baseUrl }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
    ...(input.headers === undefined ? {} : { headers: { ...input.headers } }),
    ...(credentialId === undefined ? {} : { credentialId }),
  };
  const change = changed(before, columns);
  if (change === null) return id;
  await work.tx.system.update({ where: { id }, data: { ...columns, updatedAt: work.now } });
  await audit(work, { workspaceId, operation, subjectType: 'System', subjectId: id, change });
  return id;
}

/** Deletes the system and answers its id. Refused while it has endpoints. */
export async function deleteSystem(work: Work, place: Place): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedSystem, place, 'deleting');
  const where = { systemId: id };
  const endpoints = await work.tx.endpoint.findMany({ where, select: { key: true }, orderBy: { key: 'asc' }, take: namedKeys });
  if (endpoints.length > 0) {
    const keys = endpoints.map((endpoint) => endpoint.key);
    throw new ConflictError(
      `The system "${key}" has endpoints: ${listKeys(keys, await work.tx.endpoint.count({ where }))}. Delete them first.`,
      'IN_USE',
    );
  }
  await work.tx.system.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteSystem', subjectType: 'System', subjectId: id, change: { key, name } });
  return id;
}

import { z } from 'zod';
import type { Config } from '#platform/config/config';
import type { CodeLanguage, Module } from '#platform/db/generated/prisma/client';
import { CodeLanguage as languages } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import { ConflictError, LimitExceededError, NotFoundError } from '#domain/errors';
import { descriptionInput, invalid, keyInput, nameInput, parseInput, wellFormed } from '#domain/input';
import { takeKey } from '#domain/key';
import { type Keyed, type Place, type Reference, assertRoom, listKeys, lockKeyed, namedKeys, referTo } from '#domain/keyed';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';

/** For whoever refers to a module. */
export const keyedModule: Keyed<Module> = {
  table: 'Module',
  see: 'automation.read',
  change: 'automation.write',
  noun: 'module',
  find: (tx, where) => tx.module.findFirst({ where }),
};

/** Each of them stays for as long as its module: any action may name it. */
const mostVersions = 1_000;

function codeInput({ run }: Pick<Config, 'run'>) {
  return wellFormed(z.string().min(1)).refine((code) => Buffer.byteLength(code) <= run.codeBytes, {
    message: `Code has at most ${run.codeBytes} bytes.`,
    params: { code: 'TOO_LONG' },
  });
}

const createInput = (config: Pick<Config, 'run'>) =>
  z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput.nullish(),
    name: nameInput,
    description: descriptionInput.nullish(),
    language: z.enum(languages).nullish(),
    code: codeInput(config),
    idempotencyKey: z.string().nullish(),
  });
export type CreateModuleInput = z.input<ReturnType<typeof createInput>>;

const updateInput = (config: Pick<Config, 'run'>) =>
  z.strictObject({
    name: nameInput.nullish(),
    description: descriptionInput.nullish(),
    language: z.enum(languages).nullish(),
    code: codeInput(config).nullish(),
  });
export type UpdateModuleInput = z.input<ReturnType<typeof updateInput>>;

/** Makes a module with its first version and answers its id. Its code is checked by the builds that use it. */
export async function createModule(work: Work, raw: CreateModuleInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createInput(work.platform.config), raw);
  const { workspaceId, name, code } = input;
  assertCan(work.viewer, workspaceId, 'automation.write');
  const find = (id: string) => work.tx.module.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createModule', key: idempotencyKey, body: input, find }, async () => {
    await assertRoom(work, keyedModule, workspaceId);
    const id = newId();
    const key = await takeKey(input, async (free) => {
      const data = { id, workspaceId, key: free, name, description: input.description ?? '', createdAt: work.now, updatedAt: work.now };
      return (await work.tx.module.createMany({ data, skipDuplicates: true })).count === 1;
    });
    await insertVersion(work, id, 1, { code, language: input.language ?? 'JAVASCRIPT' });
    await audit(work, { workspaceId, operation: 'createModule', subjectType: 'Module', subjectId: id, change: { key, name } });
    return id;
  });
}

async function insertVersion(
  work: Work,
  moduleId: string,
  number: number,
  content: { readonly code: string; readonly language: CodeLanguage },
): Promise<void> {
  await work.tx.moduleVersion.create({
    data: { id: newId(), moduleId, number, ...content, createdAt: work.now, createdById: work.viewer.actor.id },
  });
}

/** Changes what is given. Other code is a new version; what uses an earlier one keeps it. Answers the module's id. */
export async function updateModule(work: Work, place: Place, raw: UpdateModuleInput): Promise<string> {
  const input = parseInput(updateInput(work.platform.config), raw);
  const { id, workspaceId, name, description } = await lockKeyed(work, keyedModule, place);
  const newest = await work.tx.moduleVersion.findFirstOrThrow({ where: { moduleId: id }, orderBy: { number: 'desc' } });
  const content = { code: input.code ?? newest.code, language: input.language ?? newest.language };
  const coded = content.code !== newest.code || content.language !== newest.language;
  if (coded && newest.number >= mostVersions) throw new LimitExceededError(`A module has at most ${mostVersions} versions.`, mostVersions);
  if (coded) await insertVersion(work, id, newest.number + 1, content);
  const columns = {
    ...(input.name == null ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description ?? '' }),
  };
  const version = newest.number + (coded ? 1 : 0);
  const change = differences({ name, description, version: newest.number }, { ...columns, version });
  if (Object.keys(change).length === 0) return id;
  await work.tx.module.update({ where: { id }, data: { ...columns, updatedAt: work.now } });
  await audit(work, { workspaceId, operation: 'updateModule', subjectType: 'Module', subjectId: id, change });
  return id;
}

/** Deletes a module with its versions and answers its id. Refused while a draft or what is live uses it; old versions were built with it and stay as they are. */
export async function deleteModule(work: Work, place: Place): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedModule, place, 'deleting');
  const uses = { path: ['modules'], array_contains: [{ id }] };
  const where = {
    workspaceId,
    deletedAt: null,
    OR: [{ draft: { spec: uses } }, { deployments: { some: { version: { spec: uses } } } }],
  };
  const users = await work.tx.automation.findMany({ where, select: { key: true }, orderBy: { key: 'asc' }, take: namedKeys });
  if (users.length > 0) {
    const keys = users.map((user) => user.key);
    throw new ConflictError(`The module "${key}" is used by ${listKeys(keys, await work.tx.automation.count({ where }))}.`, 'IN_USE');
  }
  await work.tx.module.delete({ where: { id } });
  await audit(work, { workspaceId, operation: 'deleteModule', subjectType: 'Module', subjectId: id, change: { key, name } });
  return id;
}

/** The modules that an action names, none of which can be deleted until the end of the work: at the version that is given, or the newest. */
export async function moduleUses(
  work: Work,
  workspaceId: string,
  given: readonly { readonly module: Reference; readonly version?: number | null | undefined }[],
): Promise<{ readonly id: string; readonly number: number }[]> {
  const uses: { readonly id: string; readonly number: number }[] = [];
  for (const [index, { module, version }] of given.entries()) {
    const path = ['modules', String(index)];
    const { id, key } = await referTo(work, keyedModule, workspaceId, module).catch((error: unknown) => {
      throw error instanceof NotFoundError ? invalid([...path, 'module'], 'There is no such module.', 'NOT_FOUND') : error;
    });
    if (uses.some((use) => use.id === id)) throw invalid([...path, 'module'], `The module "${key}" stands here twice.`, 'DUPLICATE');
    const found = await work.tx.moduleVersion.findFirst({
      where: { moduleId: id, ...(version == null ? {} : { number: version }) },
      orderBy: { number: 'desc' },
      select: { number: true },
    });
    if (found === null) throw invalid([...path, 'version'], `The module "${key}" has no version ${String(version)}.`, 'UNKNOWN_VERSION');
    uses.push({ id, number: found.number });
  }
  return uses;
}

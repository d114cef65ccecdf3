import type { z } from 'zod';
import { type Blueprint, Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { changed } from '#domain/changed';
import { AlreadyExistsError, ConflictError, InvalidInputError, LimitExceededError } from '#domain/errors';
import { fromClient } from '#domain/event/event.emit.service';
import { parseInput } from '#domain/input';
import { type Keyed, type Place, assertRoom, holdRoom, lockKeyed, upsertKeyed } from '#domain/keyed';
import { once } from '#domain/tenant/idempotency';
import { assertCan } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { serviceBlueprints } from './blueprint.catalogue.js';
import { blueprintProblems } from './blueprint.check.js';
import {
  type CreateBlueprintInput,
  type UpdateBlueprintInput,
  type UpsertBlueprintInput,
  createBlueprintInput,
  seedBlueprintsInput,
  updateBlueprintInput,
  upsertBlueprintInput,
} from './blueprint.input.js';
import { loadBlueprints } from './blueprint.load.service.js';
import { adaptRecords } from './blueprint.records.js';
import { type BlueprintSpec, blueprintSpec } from './blueprint.spec.js';
import { mostRemoved, removeEntities } from './entity.remove.service.js';
import { holdBlueprint } from './entity.statement.js';

export type { CreateBlueprintInput, UpdateBlueprintInput, UpsertBlueprintInput };

export const keyedBlueprint: Keyed<Blueprint> = {
  table: 'Blueprint',
  see: 'blueprint.read',
  change: 'blueprint.write',
  noun: 'blueprint',
  find: (tx, where) => tx.blueprint.findFirst({ where }),
};

type Whole = Omit<z.output<typeof createBlueprintInput>, 'idempotencyKey'>;
type Changes = Omit<z.output<typeof updateBlueprintInput>, 'force'>;

const plainSchema = { type: 'object', properties: { name: { type: 'string' } } };

/** What a blueprint is where nobody says. */
const byDefault: Required<Omit<Changes, 'name'>> = {
  description: '',
  aliases: [],
  schema: plainSchema,
  statuses: [],
  links: [],
  displayField: 'name',
  indexed: [],
  release: null,
  template: null,
};

type Columns = Omit<BlueprintSpec, 'id' | 'workspaceId' | 'key'> & { readonly description: string };

/** The columns of what is given; null is as the default, absent stays away. */
function columnsOf({ name, ...content }: Changes): Partial<Columns> {
  const columns = Object.entries(content).flatMap(([field, value]) =>
    value === undefined ? [] : [[field, value ?? byDefault[field as keyof typeof byDefault]] as const],
  );
  return { ...(name == null ? {} : { name }), ...(Object.fromEntries(columns) as Partial<Columns>) };
}

/** As Prisma writes it: a null of these is one of the column. */
function stored({ release, template, ...columns }: Partial<Columns>) {
  const json = (value: object | null) => (value === null ? Prisma.DbNull : { ...value });
  return {
    ...(columns as object as Pick<Prisma.BlueprintUncheckedCreateInput, 'name' | 'schema' | 'statuses' | 'links'>),
    ...(release === undefined ? {} : { release: json(release) }),
    ...(template === undefined ? {} : { template: json(template) }),
  };
}

/** Makes a blueprint and answers its id. */
export async function createBlueprint(work: Work, raw: CreateBlueprintInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createBlueprintInput, raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'blueprint.write');
  const find = (id: string) => work.tx.blueprint.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createBlueprint', key: idempotencyKey, body: input, find }, () =>
    insert(work, 'createBlueprint', input),
  );
}

async function insert(work: Work, operation: string, { workspaceId, key, name, ...content }: Whole): Promise<string> {
  await assertRoom(work, keyedBlueprint, workspaceId);
  const id = newId();
  const columns = { ...columnsOf(byDefault), ...columnsOf({ ...content, name }) } as Columns;
  await check(work, { ...columns, id, workspaceId, key });
  const data = { id, workspaceId, key, ...stored(columns), createdAt: work.now, updatedAt: work.now };
  if ((await work.tx.blueprint.createMany({ data, skipDuplicates: true })).count === 0)
    throw new AlreadyExistsError('key', `The key "${key}" is taken.`);
  await audit(work, { workspaceId, operation, subjectType: 'Blueprint', subjectId: id, change: { key, name } });
  return id;
}

/** Throws InvalidInputError, or AlreadyExistsError (`key`, `aliases`): rules call a type by its key and by its aliases. */
async function check(work: Work, spec: BlueprintSpec): Promise<void> {
  const all = (await loadBlueprints(work.sql, spec.workspaceId)).all.filter(({ id }) => id !== spec.id);
  const problems = blueprintProblems(spec, new Map(all.map((one) => [one.key, one])));
  if (problems.length > 0) throw new InvalidInputError(problems);
  const names = new Set(all.flatMap(({ key, aliases }) => [key, ...aliases]));
  if (names.has(spec.key)) throw new AlreadyExistsError('key', `Another blueprint is called ${spec.key}.`);
  const taken = spec.aliases.find((alias) => names.has(alias));
  if (taken !== undefined) throw new AlreadyExistsError('aliases', `Another blueprint is called ${taken}.`);
}

/** Changes what is given and brings the records in line; answers the blueprint's id. */
export async function updateBlueprint(work: Work, place: Place, raw: UpdateBlueprintInput): Promise<string> {
  const { force, ...input } = parseInput(updateBlueprintInput, raw);
  return save(work, 'updateBlueprint', await lockKeyed(work, keyedBlueprint, place), input, force);
}

/** Makes the blueprint with this key be as given: what is absent gets its default. Answers its id. */
export async function upsertBlueprint(work: Work, raw: UpsertBlueprintInput): Promise<string> {
  const { force, ...input } = parseInput(upsertBlueprintInput, raw);
  assertCan(work.viewer, input.workspaceId, 'blueprint.write');
  return upsert(work, 'upsertBlueprint', input, force);
}

function upsert(work: Work, operation: string, input: Whole, force: boolean): Promise<string> {
  const { workspaceId, key, ...columns } = input;
  return upsertKeyed(
    work,
    keyedBlueprint,
    { workspaceId, key },
    {
      insert: () => insert(work, operation, input),
      save: (before) => save(work, operation, before, { ...byDefault, ...columns }, force),
    },
  );
}

/** What records are written by. */
const shaping = ['schema', 'statuses', 'links', 'displayField', 'indexed', 'release'] as const;

async function save(work: Work, operation: string, row: Blueprint, input: Changes, force: boolean): Promise<string> {
  const { id, workspaceId, key } = row;
  await holdRoom(work, keyedBlueprint.table, workspaceId);
  const columns = columnsOf(input);
  const change = changed(row, columns);
  if (change === null) return id;
  const before = blueprintSpec(row);
  const after = { ...before, ...columns };
  await check(work, after);
  if (shaping.some((field) => field in change)) {
    await holdBlueprint(work.sql, id);
    await adaptRecords(work.sql, before, after, force);
  }
  await work.tx.blueprint.update({ where: { id }, data: { ...stored(columns), updatedAt: work.now } });
  await audit(work, { workspaceId, operation, subjectType: 'Blueprint', subjectId: id, change: { key, ...change } });
  return id;
}

/** Deletes the blueprint and answers its id. Refused while it has records; `force` deletes them first, each with its event. */
export async function deleteBlueprint(work: Work, place: Place, force: boolean): Promise<string> {
  const { id, workspaceId, key, name } = await lockKeyed(work, keyedBlueprint, place);
  // Before the row is locked for good: whoever writes a record holds this one and refers to the row.
  await holdBlueprint(work.sql, id);
  const where = { blueprintId: id };
  const records = await work.tx.entity.findMany({ where, select: { id: true }, take: force ? mostRemoved + 1 : 1 });
  if (records.length > 0 && !force) throw new ConflictError(`There are records of ${key}: \`force\` deletes them, too.`, 'IN_USE');
  if (records.length > mostRemoved)
    throw new LimitExceededError(`With a blueprint at most ${mostRemoved} records are deleted: delete some first.`, mostRemoved);
  await removeEntities(
    work,
    records.map((record) => record.id),
    fromClient,
  );
  await work.tx.blueprint.delete({ where: { id } });
  const change = { key, name, records: records.length };
  await audit(work, { workspaceId, operation: 'deleteBlueprint', subjectType: 'Blueprint', subjectId: id, change });
  return id;
}

/** Makes the blueprints of a shipped set that are not there; those that are stay as they are. Answers the ids of all of them. */
export async function seedBlueprints(work: Work, raw: z.input<typeof seedBlueprintsInput>): Promise<string[]> {
  const { workspaceId } = parseInput(seedBlueprintsInput, raw);
  assertCan(work.viewer, workspaceId, 'blueprint.write');
  await holdRoom(work, keyedBlueprint.table, workspaceId);
  const ids: string[] = [];
  for (const blueprint of serviceBlueprints) {
    const there = await keyedBlueprint.find(work.tx, { workspaceId, key: blueprint.key });
    ids.push(there?.id ?? (await insert(work, 'seedBlueprints', parseInput(createBlueprintInput, { workspaceId, ...blueprint }))));
  }
  return ids;
}

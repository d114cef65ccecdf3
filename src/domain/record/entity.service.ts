import type { z } from 'zod';
import { newId } from '#platform/ids';
import { AlreadyExistsError, InvalidInputError, NotFoundError } from '#domain/errors';
import { fromClient } from '#domain/event/event.emit.service';
import { parseInput, retold } from '#domain/input';
import { once } from '#domain/tenant/idempotency';
import { assertCan, permitted } from '#domain/tenant/permission';
import type { Work } from '#domain/work';
import { type Blueprints, loadBlueprints } from './blueprint.load.service.js';
import type { BlueprintSpec } from './blueprint.spec.js';
import type { EntityChange } from './entity.apply.js';
import {
  type AddNoteInput,
  type CreateEntityInput,
  type EntityReference,
  type LinkInput,
  type UpdateEntityInput,
  type UpsertEntityInput,
  addNoteInput,
  createEntityInput,
  updateEntityInput,
  upsertEntityInput,
} from './entity.input.js';
import { removeEntity } from './entity.remove.service.js';
import { changeEntity, makeEntity } from './entity.write.service.js';

export type { AddNoteInput, CreateEntityInput, EntityReference, UpdateEntityInput, UpsertEntityInput };

/** Where a record is looked up: by its id, or by its key in a blueprint, which is named by its key or an alias. */
export type EntityPlace = { readonly id: string } | { readonly workspaceId: string; readonly blueprint: string; readonly key: string };

const needs = { see: 'entity.read', change: 'entity.write', noun: 'record' } as const;
const select = { id: true, workspaceId: true, blueprintId: true } as const;

interface Found {
  readonly id: string;
  readonly workspaceId: string;
  readonly blueprintId: string;
}

/** Makes a record and answers its id. */
export async function createEntity(work: Work, raw: CreateEntityInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createEntityInput, raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'entity.write');
  const find = (id: string) => work.tx.entity.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createEntity', key: idempotencyKey, body: input, find }, () => insert(work, input));
}

async function insert(work: Work, input: Omit<z.output<typeof createEntityInput>, 'idempotencyKey'>): Promise<string> {
  const blueprints = await loadBlueprints(work.sql, input.workspaceId);
  const spec = called(blueprints, input.blueprint);
  const change = await changeOf(work, spec, input);
  const { id } = await asGiven(input.links, () => makeEntity(work, spec, { ...change, key: input.key ?? null }, fromClient));
  return id;
}

/** Problems of links, which have their places in the client's list, and of the key, by the name of its field. */
function asGiven<Result>(links: readonly LinkInput[] | null | undefined, write: () => Promise<Result>, keyField = 'key'): Promise<Result> {
  return retold(write, (field) => {
    const [first, name] = field.path;
    if (first === 'key') return { ...field, path: [keyField] };
    const index = first === 'links' ? (links ?? []).findIndex(({ link }) => link === name) : -1;
    return index < 0 ? field : { ...field, path: ['links', String(index)] };
  });
}

/** Changes what is given and answers the record's id. */
export async function updateEntity(work: Work, place: EntityPlace, raw: UpdateEntityInput): Promise<string> {
  const { newKey, ...input } = parseInput(updateEntityInput, raw);
  const found = await permittedEntity(work, place);
  const change = await changeOf(work, await specOf(work, found), input);
  const whole = { ...change, ...(newKey === undefined ? {} : { key: newKey }) };
  await asGiven(input.links, () => changeEntity(work, found.id, whole, fromClient), 'newKey');
  return found.id;
}

/** Makes the record with this key, or changes what is given of the one that has it. Answers its id. */
export async function upsertEntity(work: Work, raw: UpsertEntityInput): Promise<string> {
  const input = parseInput(upsertEntityInput, raw);
  const { workspaceId, blueprint, key, ...changes } = input;
  assertCan(work.viewer, workspaceId, 'entity.write');
  const place = { workspaceId, blueprint, key };
  if ((await findEntity(work, place)) === null) {
    try {
      return await insert(work, input);
    } catch (error) {
      // Another one has just made it: this one changes what that one made.
      if (!(error instanceof AlreadyExistsError)) throw error;
    }
  }
  return updateEntity(work, place, changes);
}

/** Deletes a record with its notes and links, and answers its id. */
export async function deleteEntity(work: Work, place: EntityPlace): Promise<string> {
  const { id } = await permittedEntity(work, place);
  await removeEntity(work, id, fromClient);
  return id;
}

/** Adds a note to a record and answers the note's id. */
export async function addNote(work: Work, place: EntityPlace, raw: AddNoteInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(addNoteInput, raw);
  const found = await permittedEntity(work, place);
  const { workspaceId } = found;
  const find = (id: string) => work.tx.note.findUnique({ where: { id }, select: { id: true } });
  const body = { entityId: found.id, ...input };
  return once(work, { workspaceId, operation: 'addNote', key: idempotencyKey, body, find }, async () => {
    const id = newId();
    await changeEntity(work, found.id, { notes: [{ id, text: input.text, mentions: input.mentions ?? [] }] }, fromClient);
    return id;
  });
}

/** Adds to the records of a link, or takes away from them; answers the id of the record that has the link. */
export async function relinkEntity(
  work: Work,
  place: EntityPlace,
  how: 'add' | 'remove',
  given: { readonly link: string; readonly to: readonly EntityReference[] },
): Promise<string> {
  return asRelinked(async () => {
    const { links } = parseInput(updateEntityInput, { links: [given] });
    const found = await permittedEntity(work, place);
    const ids = await idsOf(work, await specOf(work, found), links ?? []);
    await changeEntity(work, found.id, { links: { [how]: ids } }, fromClient);
    return found.id;
  });
}

/** Problems of the one link in the words of its own input, `link` and `to`. */
function asRelinked<Result>(write: () => Promise<Result>): Promise<Result> {
  return retold(write, (field) => {
    const [first, , ...rest] = field.path;
    if (first !== 'links') return field;
    const ofName = field.code === 'UNKNOWN_LINK' || field.code === 'READ_ONLY';
    return { ...field, path: rest.length > 0 ? rest : [ofName ? 'link' : 'to'] };
  });
}

async function permittedEntity(work: Work, place: EntityPlace): Promise<Found> {
  return permitted(work.viewer, await findEntity(work, place), needs);
}

async function findEntity(work: Work, place: EntityPlace): Promise<Found | null> {
  if ('id' in place) return work.tx.entity.findUnique({ where: { id: place.id }, select });
  const { workspaceId, blueprint, key } = place;
  const spec = (await loadBlueprints(work.sql, workspaceId)).called(blueprint);
  if (spec === null) return null;
  return work.tx.entity.findUnique({ where: { blueprintId_key: { blueprintId: spec.id, key } }, select });
}

async function specOf(work: Work, { workspaceId, blueprintId }: Found): Promise<BlueprintSpec> {
  const spec = (await loadBlueprints(work.sql, workspaceId)).byId.get(blueprintId);
  if (spec === undefined) throw new NotFoundError('No such record.');
  return spec;
}

function called(blueprints: Blueprints, name: string): BlueprintSpec {
  const spec = blueprints.called(name);
  if (spec === null) throw new NotFoundError(`There is no blueprint ${name}.`);
  return spec;
}

interface Changes {
  readonly status?: string | null | undefined;
  readonly properties?: EntityChange['properties'] | null | undefined;
  readonly labels?: readonly string[] | null | undefined;
  readonly links?: readonly LinkInput[] | null | undefined;
  readonly notes?: readonly { readonly text: string; readonly mentions?: readonly string[] | null | undefined }[] | null | undefined;
}

/** Null is as absent, but for the labels, where it is none. */
async function changeOf(work: Work, spec: BlueprintSpec, { status, properties, labels, links, notes }: Changes): Promise<EntityChange> {
  return {
    ...(status == null ? {} : { status }),
    ...(properties == null ? {} : { properties }),
    ...(labels === undefined ? {} : { labels: labels ?? [] }),
    ...(links == null ? {} : { links: { set: await idsOf(work, spec, links) } }),
    ...(notes == null ? {} : { notes: notes.map(({ text, mentions }) => ({ text, mentions: mentions ?? [] })) }),
  };
}

/** The ids of what links are to lead to. Throws NotFoundError for a key that no record of the link's blueprint has. */
async function idsOf(work: Work, spec: BlueprintSpec, links: readonly LinkInput[]): Promise<Record<string, string[]>> {
  const twice = links.findIndex(({ link }, index) => links.findIndex((one) => one.link === link) < index);
  if (twice >= 0)
    throw new InvalidInputError([
      { path: ['links', String(twice), 'link'], message: 'The same link stands here twice.', code: 'DUPLICATE' },
    ]);
  // Links that are unknown, or not to be written, lead to nothing here: whoever writes them tells of it, with all else that is wrong.
  const leading = links.map(({ link, to }) => {
    const known = spec.links.find(({ name, aliases }) => name === link || aliases.includes(link));
    const leadsTo = known?.kind === 'INVERSE' ? undefined : known?.blueprint;
    return { link, to: leadsTo === undefined ? [] : to, leadsTo };
  });
  const wanted = leading.flatMap(({ to, leadsTo }) =>
    to.flatMap((one) => ('key' in one && leadsTo !== undefined ? [{ key: one.key, blueprint: { key: leadsTo } }] : [])),
  );
  const found =
    wanted.length === 0
      ? []
      : await work.tx.entity.findMany({
          where: { workspaceId: spec.workspaceId, OR: wanted },
          select: { id: true, key: true, blueprint: { select: { key: true } } },
        });
  return Object.fromEntries(
    leading.map(({ link, to, leadsTo }) => {
      const ids = to.map((one) => {
        if ('id' in one) return one.id;
        const target = found.find(({ key, blueprint }) => key === one.key && blueprint.key === leadsTo);
        if (target !== undefined) return target.id;
        throw new NotFoundError(`There is no record with the key "${one.key}" for the link ${link}.`);
      });
      return [link, ids];
    }),
  );
}

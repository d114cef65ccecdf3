import { z } from 'zod';
import type { Json } from '#plan/plan';
import { wellFormed } from '#domain/input';
import { entityLimits } from './entity.apply.js';
import { wordInput } from './blueprint.input.js';

/** How a client names a record that a link leads to: by its id, or by its key in the blueprint of the link. */
export const entityReference = z.union([z.strictObject({ id: z.guid() }), z.strictObject({ key: wellFormed(z.string()) })]);
export type EntityReference = z.output<typeof entityReference>;

/** The records of one link, in their order. */
const linkInput = z.strictObject({ link: wordInput, to: z.array(entityReference).max(entityLimits.links) });
export type LinkInput = z.output<typeof linkInput>;

const noteText = wellFormed(
  z
    .string()
    .max(entityLimits.note)
    .refine((text) => text.trim() !== '', { message: 'A note has some text.', params: { code: 'TOO_SHORT' } }),
);
const mentionsInput = z.array(z.guid()).max(entityLimits.mentions);

export const noteInput = z.strictObject({ text: noteText, mentions: mentionsInput.nullish() });

/** A patch: what is absent stays. Values are checked against the blueprint. */
const changes = {
  status: z.string().nullish(),
  properties: z.custom<Readonly<Record<string, Json>>>((value) => typeof value === 'object' && value !== null).nullish(),
  labels: z.array(z.string()).nullish(),
  links: z.array(linkInput).max(100).nullish(),
  notes: z.array(noteInput).max(entityLimits.notes).nullish(),
};

export const createEntityInput = z.strictObject({
  workspaceId: z.uuid(),
  blueprint: z.string(),
  key: z.string().nullish(),
  ...changes,
  idempotencyKey: z.string().nullish(),
});
export type CreateEntityInput = z.input<typeof createEntityInput>;

export const updateEntityInput = z.strictObject({ newKey: z.string().nullish(), ...changes });
export type UpdateEntityInput = z.input<typeof updateEntityInput>;

export const upsertEntityInput = z.strictObject({ workspaceId: z.uuid(), blueprint: z.string(), key: z.string(), ...changes });
export type UpsertEntityInput = z.input<typeof upsertEntityInput>;

export const addNoteInput = z.strictObject({ text: noteText, mentions: mentionsInput.nullish(), idempotencyKey: z.string().nullish() });
export type AddNoteInput = z.input<typeof addNoteInput>;

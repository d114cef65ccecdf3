import { z } from 'zod';
import { descriptionInput, nameInput, unique } from '#domain/input';

/** Words of the rule language that are no names there. */
const reserved = new Set('or and not then else true false nil not_in in contains starts_with ends_with'.split(' '));
/** What rules read as the old value of a field ends so. */
const oldValue = '_was';

/** A name that rules use as it stands. */
export const wordInput = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'A name has 1 to 64 characters of a-z, 0-9 and _, a letter first.')
  .refine((word) => !reserved.has(word) && !word.endsWith(oldValue), {
    message: 'The rule language reads this word otherwise.',
    params: { code: 'RESERVED' },
  });

const aliasInput = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'An alias has 1 to 64 characters of a-z, 0-9 and _, a letter first.');

export const mostIndexed = 20;
const mostStatuses = 50;
const mostLinks = 50;
const mostAliases = 10;

const flag = z
  .boolean()
  .nullish()
  .transform((given) => given ?? false);
const aliases = (name: typeof aliasInput) =>
  z
    .array(name)
    .max(mostAliases)
    .refine(...unique<string>((alias) => alias, 'alias'));
const noList = <Item>(given: Item[] | null | undefined): Item[] => given ?? [];

const statusInput = z.strictObject({
  name: wordInput,
  final: flag,
  derived: flag,
  when: z
    .strictObject({ link: wordInput, status: wordInput })
    .nullish()
    .transform((given) => given ?? null),
});

const linkInput = z
  .strictObject({
    name: wordInput,
    aliases: z
      .array(wordInput)
      .max(mostAliases)
      .refine(...unique<string>((alias) => alias, 'alias'))
      .nullish()
      .transform(noList),
    kind: z.enum(['ONE', 'MANY', 'INVERSE']),
    blueprint: wordInput,
    inverseOf: wordInput.nullish(),
  })
  .transform(({ inverseOf, ...link }) => (inverseOf == null ? link : { ...link, inverseOf }));

/** What a blueprint holds beside its key; null is as the default. */
const content = {
  description: descriptionInput.nullish(),
  aliases: aliases(aliasInput).nullish(),
  schema: z.record(z.string(), z.unknown()).nullish(),
  statuses: z
    .array(statusInput)
    .max(mostStatuses)
    .refine(...unique<{ name: string }>(({ name }) => name, 'status'))
    .nullish(),
  links: z.array(linkInput).max(mostLinks).nullish(),
  displayField: wordInput.nullish(),
  indexed: z
    .array(wordInput)
    .max(mostIndexed)
    .refine(...unique<string>((name) => name, 'property'))
    .nullish(),
  release: z.strictObject({ link: wordInput, from: wordInput, to: wordInput }).nullish(),
  template: z
    .strictObject({
      blueprint: wordInput,
      parent: wordInput.nullish().transform((given) => given ?? null),
      parentTemplate: wordInput.nullish().transform((given) => given ?? null),
      members: wordInput.nullish().transform((given) => given ?? null),
    })
    .nullish(),
};

export const createBlueprintInput = z.strictObject({
  workspaceId: z.uuid(),
  key: wordInput,
  name: nameInput,
  ...content,
  idempotencyKey: z.string().nullish(),
});
export type CreateBlueprintInput = z.input<typeof createBlueprintInput>;

/** `force`: also where records lose something by it. */
export const updateBlueprintInput = z.strictObject({ name: nameInput.nullish(), ...content, force: flag });
export type UpdateBlueprintInput = z.input<typeof updateBlueprintInput>;

export const upsertBlueprintInput = z.strictObject({ workspaceId: z.uuid(), key: wordInput, name: nameInput, ...content, force: flag });
export type UpsertBlueprintInput = z.input<typeof upsertBlueprintInput>;

export const seedBlueprintsInput = z.strictObject({ workspaceId: z.uuid(), set: z.enum(['SERVICE']) });

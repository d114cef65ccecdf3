import type { Blueprint as BlueprintRow, Prisma } from '#platform/db/generated/prisma/client';
import { type BlueprintSpec, blueprintSpec } from '#domain/record/blueprint.spec';
import { readableBlueprints } from '#domain/record/record.policy';
import { builder } from '#schema/builder';
import { enumType } from '#schema/enums';
import { keyed, searchField } from '#schema/keyed';

type Part<Name extends 'statuses' | 'links'> = BlueprintSpec[Name][number];
type Whole<Name extends 'release' | 'template'> = NonNullable<BlueprintSpec[Name]>;

export const LinkKind = enumType<Part<'links'>['kind']>('LinkKind', 'How many records a link leads to.', {
  ONE: 'To one at most.',
  MANY: 'To any number, in an order.',
  INVERSE: 'To those whose own link leads here: it changes with theirs.',
});

const DerivedWhen = builder.objectRef<NonNullable<Part<'statuses'>['when']>>('DerivedWhen').implement({
  description: 'When a record gets a derived status: when every record of a link, and at least one, has a status.',
  fields: (t) => ({
    link: t.exposeString('link', { description: 'The name of the link.' }),
    status: t.exposeString('status', { description: 'The status of the records that it leads to.' }),
  }),
});

const BlueprintStatus = builder.objectRef<Part<'statuses'>>('BlueprintStatus').implement({
  description: 'A status of records.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called; rules use it as it stands.' }),
    final: t.exposeBoolean('final', { description: 'Whether nothing follows it by itself.' }),
    derived: t.exposeBoolean('derived', { description: 'Whether records get it by themselves, and nobody can set it.' }),
    when: t.field({
      type: DerivedWhen,
      nullable: true,
      description: 'When they get it, from any status that is not final.',
      resolve: ({ when }) => when ?? null,
    }),
  }),
});

const BlueprintLink = builder.objectRef<Part<'links'>>('BlueprintLink').implement({
  description: 'A link from records to others.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called; rules use it as it stands.' }),
    aliases: t.field({ type: ['String'], description: 'Other names by which rules call it.', resolve: ({ aliases }) => [...aliases] }),
    kind: t.expose('kind', { type: LinkKind, description: 'How many records it leads to.' }),
    blueprint: t.exposeString('blueprint', { description: 'The key of the blueprint of those records.' }),
    inverseOf: t.string({
      nullable: true,
      description: 'Of an INVERSE: which of their links leads here.',
      resolve: ({ inverseOf }) => inverseOf ?? null,
    }),
  }),
});

const BlueprintRelease = builder.objectRef<Whole<'release'>>('BlueprintRelease').implement({
  description: 'When every record of a link, and at least one, has a final status, a record moves from one status to another.',
  fields: (t) => ({
    link: t.exposeString('link', { description: 'The name of the link.' }),
    from: t.exposeString('from', { description: 'In which status the record waits.' }),
    to: t.exposeString('to', { description: 'To which it moves.' }),
  }),
});

const BlueprintTemplate = builder.objectRef<Whole<'template'>>('BlueprintTemplate').implement({
  description: 'What the `new` of a rule makes records of.',
  fields: (t) => ({
    blueprint: t.exposeString('blueprint', { description: 'The key of the blueprint whose records are the templates.' }),
    parent: t.exposeString('parent', { nullable: true, description: "The link that a new record shares with the rule's own." }),
    parentTemplate: t.exposeString('parentTemplate', { nullable: true, description: 'The link of that parent to its own template.' }),
    members: t.exposeString('members', {
      nullable: true,
      description: 'The link of that template to the templates that may be used.',
    }),
  }),
});

const BlueprintFilter = builder.inputType('BlueprintFilter', {
  description: 'Which blueprints are wanted.',
  fields: (t) => searchField(t),
});

const blueprints = keyed<
  Prisma.BlueprintWhereInput,
  Prisma.BlueprintOrderByWithRelationInput,
  BlueprintRow,
  typeof BlueprintFilter.$inferInput
>({
  name: 'Blueprint',
  one: 'blueprint',
  many: 'blueprints',
  see: 'blueprint.read',
  description: 'A type of records: which properties they have, which statuses they go through and how they are linked.',
  fields: (t) => ({
    description: t.exposeString('description', { description: 'What its records are; empty when nobody said.' }),
    aliases: t.exposeStringList('aliases', { description: 'Other names by which rules call it: `Req`.' }),
    schema: t.field({
      type: 'JSONObject',
      description:
        'JSON Schema 2020-12 of an object: the properties. Beside its keywords, `readOnly` keeps a property as it was when the record was made, and `derived` computes it.',
      resolve: (row) => blueprintSpec(row).schema,
    }),
    statuses: t.field({
      type: [BlueprintStatus],
      description: 'The statuses, in the order of the life cycle; none: its records have no status.',
      resolve: (row) => [...blueprintSpec(row).statuses],
    }),
    links: t.field({ type: [BlueprintLink], description: 'The links.', resolve: (row) => [...blueprintSpec(row).links] }),
    displayField: t.exposeString('displayField', { description: 'The property that names a record.' }),
    indexed: t.exposeStringList('indexed', {
      description: 'The properties that lists can be sorted and filtered by, however many records there are.',
    }),
    release: t.field({
      type: BlueprintRelease,
      nullable: true,
      description: 'What releases a record; null: nothing.',
      resolve: (row) => blueprintSpec(row).release,
    }),
    template: t.field({
      type: BlueprintTemplate,
      nullable: true,
      description: 'What `new` makes records of; null: rules make none.',
      resolve: (row) => blueprintSpec(row).template,
    }),
  }),
  find: (prisma, asked) => prisma.blueprint.findMany(asked),
  count: (prisma, asked) => prisma.blueprint.count(asked),
  visible: readableBlueprints,
  filter: BlueprintFilter,
  searched: ['name', 'key', 'description'],
});

export const { node: Blueprint, load: loadBlueprint } = blueprints;

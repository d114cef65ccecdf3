import type { Json } from '#plan/plan';
import { type BlueprintSpec, derivedTemplate, propertiesOf } from '#domain/record/blueprint.spec';
import type { EntityChange } from '#domain/record/entity.write.service';
import { ActionFault } from './rule.failure.js';
import type { StoredRecord } from './rule.records.js';
import type { RecordReader } from './rule.reader.js';
import { assertScope, type Scopes } from './rule.scope.js';
import { linkCalled } from './rule.world.js';

/**
 * What `new` makes of a template: it has the template's properties and links of the same names, and the parent of the rule's record. Where
 * that parent was itself made of a template, the template must be one of its. Throws ActionFault.
 */
export async function newFromTemplate(
  reader: RecordReader,
  scopes: Scopes,
  own: StoredRecord,
  blueprint: BlueprintSpec,
  name: string,
): Promise<EntityChange> {
  const { template: rules } = blueprint;
  const templates = rules === null ? null : reader.blueprint(rules.blueprint);
  if (rules === null || templates === null) throw new ActionFault('TYPE', `No ${blueprint.name} is made from a template.`);
  assertScope(scopes, 'entity.read', templates.key);
  const template = await reader.find(templates, name);
  if (template === null) throw new ActionFault('NOT_FOUND', `There is no template “${name}”.`);
  const parent = rules.parent === null ? null : await followed(reader, own, rules.parent);
  const origin = parent === null || rules.parentTemplate === null ? null : await followed(reader, parent, rules.parentTemplate);
  if (origin !== null && rules.members !== null) {
    const members = await membersOf(reader, origin, rules.members);
    if (!members.some(({ entity }) => entity === template.entity))
      throw new ActionFault('NOT_FOUND', `“${template.name}” is no template of ${origin.name}.`);
  }
  return {
    properties: copied(template, templates, blueprint),
    links: {
      set: {
        ...(await copiedLinks(reader, template, templates, blueprint)),
        ...(parent === null || rules.parent === null ? {} : { [rules.parent]: [parent.entity] }),
      },
    },
  };
}

async function followed(reader: RecordReader, from: StoredRecord, link: string): Promise<StoredRecord | null> {
  return (await membersOf(reader, from, link))[0] ?? null;
}

async function membersOf(reader: RecordReader, from: StoredRecord, name: string): Promise<readonly StoredRecord[]> {
  const blueprint = reader.blueprint(from.blueprint);
  const link = blueprint === null ? null : linkCalled(blueprint, name);
  return link === null ? [] : reader.linked(from.entity, link);
}

function copied(template: StoredRecord, templates: BlueprintSpec, blueprint: BlueprintSpec): Record<string, Json> {
  const taken = new Map<string, Json>();
  const known = propertiesOf(templates);
  for (const [name, property] of propertiesOf(blueprint)) {
    const value = known.has(name) && derivedTemplate(property) === null ? template.properties[name] : undefined;
    if (value !== undefined) taken.set(name, value);
  }
  // Called by another property than the template is: `subject` by its `name`.
  const { displayField } = blueprint;
  if (!known.has(displayField) && propertiesOf(blueprint).has(displayField)) taken.set(displayField, template.name);
  return Object.fromEntries(taken);
}

async function copiedLinks(
  reader: RecordReader,
  template: StoredRecord,
  templates: BlueprintSpec,
  blueprint: BlueprintSpec,
): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const link of blueprint.links) {
    const same = templates.links.find((other) => other.name === link.name && other.blueprint === link.blueprint);
    if (link.kind === 'INVERSE' || same === undefined || same.kind === 'INVERSE') continue;
    const members = await reader.linked(template.entity, same);
    if (members.length > 0) found[link.name] = members.map(({ entity }) => entity);
  }
  return found;
}

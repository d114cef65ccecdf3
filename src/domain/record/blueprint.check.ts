import { jsonProblem } from '#platform/json';
import type { JsonValue } from '#language/value';
import { SchemaError, compileSchema } from '#language/json-schema';
import { namesUsed } from '#language/names';
import { LanguageError, compileTemplate } from '#language/template';
import type { FieldProblem } from '#domain/errors';
import { wordInput } from './blueprint.input.js';
import { type BlueprintSpec, type Link, builtInFields, indexColumn, isObject, propertiesOf, pseudoTypes } from './blueprint.spec.js';

/** Longest schema, in characters of its JSON. */
const mostSchema = 64_000;
const mostProperties = 200;
const mostDepth = 32;

type Report = (path: readonly string[], message: string, code: string) => void;

/** What the parts of a blueprint say of each other and is not so. `others`: the other blueprints of the workspace, by key. */
export function blueprintProblems(spec: BlueprintSpec, others: ReadonlyMap<string, BlueprintSpec>): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const report: Report = (path, message, code) => problems.push({ path, message, code });
  if (pseudoTypes.has(spec.key)) report(['key'], `Rules know another ${spec.key}.`, 'RESERVED');
  checkSchema(spec.schema, report);
  if (problems.length > 0) return problems;
  const properties = propertiesOf(spec);
  const named = (key: string) => (key === spec.key ? spec : others.get(key));
  checkNames(spec, report);
  for (const [index, link] of spec.links.entries()) checkInverse(link, spec.key, named(link.blueprint), ['links', String(index)], report);
  checkStatuses(spec, named, report);
  const shown = properties.get(spec.displayField);
  if (!['string', 'number', 'integer'].some((type) => shown?.['type'] === type))
    report(['displayField'], `There is no property ${spec.displayField} that holds a text or a number.`, 'UNKNOWN_FIELD');
  for (const [index, name] of spec.indexed.entries())
    if (indexColumn(properties.get(name) ?? {}) === null)
      report(['indexed', String(index)], `There is no property ${name} that holds a text, a number or a boolean.`, 'UNKNOWN_FIELD');
  const { template } = spec;
  if (template?.parent != null && !spec.links.some(({ name, kind }) => name === template.parent && kind === 'ONE'))
    report(['template', 'parent'], `There is no link ${template.parent} to one.`, 'UNKNOWN_LINK');
  if (template != null && (template.parentTemplate === null) !== (template.members === null))
    report(['template', 'members'], 'The template of the parent and its members are given together.', 'ONE_OF');
  if (template != null && template.parentTemplate !== null && template.parent === null)
    report(['template', 'parent'], 'Without a parent there is no template of it.', 'REQUIRED');
  return problems;
}

function checkSchema(schema: BlueprintSpec['schema'], report: Report): void {
  const problem = jsonProblem(schema, mostDepth);
  if (problem !== null) return void report(['schema'], problem.message, problem.code);
  if (JSON.stringify(schema).length > mostSchema)
    return void report(['schema'], `A schema has at most ${mostSchema} characters of JSON.`, 'TOO_LONG');
  try {
    compileSchema(schema);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    // What the schema of schemas refuses has no place of its own: the first property that is refused by itself is at fault.
    const place = error.path.length > 0 ? [] : refusedProperty(schema);
    return void report(['schema', ...error.path, ...place], error.message, 'JSON_SCHEMA');
  }
  const { type, properties, required } = schema;
  if (type !== undefined && type !== 'object') report(['schema', 'type'], 'Properties are those of an object.', 'JSON_SCHEMA');
  if (properties !== undefined && !isObject(properties)) return void report(['schema', 'properties'], 'This is an object.', 'JSON_SCHEMA');
  const known = Object.entries(properties ?? {});
  if (known.length > mostProperties) report(['schema', 'properties'], `A blueprint has at most ${mostProperties} properties.`, 'TOO_LONG');
  for (const [name, property] of known) checkProperty(name, property, report);
  for (const [index, name] of (Array.isArray(required) ? (required as readonly JsonValue[]) : []).entries())
    if (!known.some(([one]) => one === name))
      report(['schema', 'required', String(index)], `There is no property ${JSON.stringify(name)}.`, 'UNKNOWN_FIELD');
}

function refusedProperty({ properties }: BlueprintSpec['schema']): readonly string[] {
  const refused = Object.entries(isObject(properties) ? properties : {}).find(([, property]) => {
    try {
      compileSchema(property);
      return false;
    } catch (error) {
      // A reference leads to what stands outside of the property.
      return error instanceof SchemaError && error.path.length === 0;
    }
  });
  if (refused === undefined) return [];
  const [name, property] = refused;
  return ['properties', name, ...(isObject(property) && !isType(property['type']) ? ['type'] : [])];
}

const types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
const isType = (type: JsonValue | undefined): boolean =>
  type === undefined ||
  (Array.isArray(type) ? (type as readonly JsonValue[]).every(isType) : typeof type === 'string' && types.includes(type));

function checkProperty(name: string, property: JsonValue, report: Report): void {
  const path = ['schema', 'properties', name];
  const word = wordInput.safeParse(name);
  if (!word.success) report(path, word.error.issues[0]?.message ?? 'This is no name.', 'NAME');
  if ((builtInFields as readonly string[]).includes(name)) report(path, `Every record has its ${name}.`, 'RESERVED');
  if (!isObject(property)) return;
  const { readOnly, derived, type, enum: choices } = property;
  if (Array.isArray(choices) && type === undefined)
    report([...path, 'type'], 'A choice has a type, that of its values: rules and lists go by it.', 'REQUIRED');
  if (readOnly !== undefined && typeof readOnly !== 'boolean') report([...path, 'readOnly'], 'This is true or false.', 'INVALID');
  if (derived === undefined) return;
  if (typeof derived !== 'string') return void report([...path, 'derived'], 'This is a template.', 'INVALID');
  try {
    for (const used of namesUsed(compileTemplate(derived)))
      if (!['properties', 'status', 'name'].includes(used.name))
        report([...path, 'derived'], `There is no ${used.name} here, but properties, status and name.`, 'UNKNOWN_NAME');
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    report([...path, 'derived'], error.message, error.code);
  }
}

/** Properties, links and their aliases are fields of one record. */
function checkNames(spec: BlueprintSpec, report: Report): void {
  const taken = new Set<string>([...builtInFields, 'name', ...propertiesOf(spec).keys()]);
  const take = (name: string, path: readonly string[]) => {
    if (taken.has(name)) report(path, `Another field is called ${name}.`, 'DUPLICATE');
    taken.add(name);
  };
  for (const [index, link] of spec.links.entries()) {
    take(link.name, ['links', String(index), 'name']);
    for (const [nth, alias] of link.aliases.entries()) take(alias, ['links', String(index), 'aliases', String(nth)]);
  }
  for (const [index, alias] of spec.aliases.entries())
    if (pseudoTypes.has(alias) || alias === spec.key) report(['aliases', String(index)], `Another type is called ${alias}.`, 'DUPLICATE');
}

function checkInverse(link: Link, key: string, other: BlueprintSpec | undefined, path: readonly string[], report: Report): void {
  if ((link.kind === 'INVERSE') !== (link.inverseOf !== undefined))
    return void report([...path, 'inverseOf'], 'A link is INVERSE when it is the inverse of another one.', 'ONE_OF');
  // The other blueprint may come later.
  if (link.inverseOf === undefined || other === undefined) return;
  const wanted = other.links.find(({ name }) => name === link.inverseOf);
  if (wanted === undefined || wanted.kind === 'INVERSE' || wanted.blueprint !== key)
    report([...path, 'inverseOf'], `A ${other.key} has no link ${link.inverseOf} to a ${key}.`, 'UNKNOWN_LINK');
}

function checkStatuses(spec: BlueprintSpec, named: (key: string) => BlueprintSpec | undefined, report: Report): void {
  const { statuses, release } = spec;
  const linkOf = (name: string) => spec.links.find((link) => link.name === name);
  const statusOf = (name: string) => statuses.find((status) => status.name === name);
  if (statuses.length > 0 && statuses.every(({ derived }) => derived))
    report(['statuses'], 'A new record needs a status that is not derived.', 'REQUIRED');
  for (const [index, { derived, when }] of statuses.entries()) {
    if (when == null) continue;
    const path = ['statuses', String(index), 'when'];
    if (!derived) report(path, 'Only a derived status has this.', 'NOT_DERIVED');
    const link = linkOf(when.link);
    const other = link === undefined ? undefined : named(link.blueprint);
    if (link === undefined) report([...path, 'link'], `There is no link ${when.link}.`, 'UNKNOWN_LINK');
    else if (other !== undefined && !other.statuses.some(({ name }) => name === when.status))
      report([...path, 'status'], `A ${other.key} has no status ${when.status}.`, 'UNKNOWN_STATUS');
  }
  if (release === null) return;
  if (linkOf(release.link) === undefined) report(['release', 'link'], `There is no link ${release.link}.`, 'UNKNOWN_LINK');
  for (const end of ['from', 'to'] as const)
    if (statusOf(release[end]) === undefined) report(['release', end], `There is no status ${release[end]}.`, 'UNKNOWN_STATUS');
  if (release.from === release.to) report(['release', 'to'], 'It moves to another status.', 'SAME');
  if (statusOf(release.from)?.final === true) report(['release', 'from'], 'Nothing follows a final status.', 'FINAL');
}

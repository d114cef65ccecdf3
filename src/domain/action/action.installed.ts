import type { Automation, IntegrationRelease } from '#platform/db/generated/prisma/client';
import { ConflictError, type FieldProblem, InvalidInputError } from '#domain/errors';
import type { SecretsInput } from '#domain/secret/secret.input';
import type { Work } from '#domain/work';
import type { SpecFields } from './action.spec.js';

/** What whoever installs an integration has to give. */
export interface Requirement {
  readonly name: string;
  /** What a form calls it. */
  readonly label: string;
  readonly description: string;
}

export interface ConfigurationRequirement extends Requirement {
  /** Null: it has to be given. */
  readonly default: string | null;
}

/** What a release asks for. */
export function requirementsOf({
  requiredSecrets,
  requiredConfiguration,
}: Pick<IntegrationRelease, 'requiredSecrets' | 'requiredConfiguration'>): {
  readonly secrets: readonly Requirement[];
  readonly configuration: readonly ConfigurationRequirement[];
} {
  // Written by the integration's service, in this form.
  return {
    secrets: requiredSecrets as unknown as Requirement[],
    configuration: requiredConfiguration as unknown as ConfigurationRequirement[],
  };
}

type Configuration = Readonly<Record<string, string>>;

/** The whole configuration for a release: what is given, and the defaults of the rest. */
export function configured(release: IntegrationRelease, given: Configuration): Configuration {
  const { configuration } = requirementsOf(release);
  const defaults = configuration.flatMap(({ name, default: value }) => (value === null ? [] : [[name, value] as const]));
  return { ...Object.fromEntries(defaults), ...given };
}

/** What a release asks for and is not given, by name; `secrets` are the names that will have a value. */
export function missing(
  release: IntegrationRelease,
  given: { readonly secrets?: readonly string[] | undefined; readonly configuration?: Configuration | undefined },
): FieldProblem[] {
  const wanted = requirementsOf(release);
  const required = (field: string, { name, label }: Requirement): FieldProblem => ({
    path: [field, name],
    message: `The integration needs this: ${label}.`,
    code: 'REQUIRED',
  });
  const { secrets, configuration } = given;
  const known = new Set(wanted.configuration.map(({ name }) => name));
  return [
    ...(secrets === undefined ? [] : wanted.secrets.filter(({ name }) => !secrets.includes(name)).map((one) => required('secrets', one))),
    ...(configuration === undefined
      ? []
      : wanted.configuration.filter(({ name }) => configuration[name] === undefined).map((one) => required('configuration', one))),
    ...Object.keys(configuration ?? {})
      .filter((name) => !known.has(name))
      .map((name) => ({ path: ['configuration', name], message: 'The integration knows no such value.', code: 'UNEXPECTED' })),
  ];
}

/** What belongs to the release and not to the action. */
const released = [
  'code',
  'language',
  'runtime',
  'dependencies',
  'modules',
  'transform',
  'endpoint',
] as const satisfies (keyof SpecFields)[];

interface Given extends SpecFields {
  readonly secrets?: SecretsInput | null | undefined;
}

/** A change of an action as it may be where that comes from an integration: what the release decides stays, and what it asks for stays given. */
export async function keepInstalled<Change extends Given>(
  work: Work,
  { releaseId }: Pick<Automation, 'releaseId'>,
  given: Change,
): Promise<Change> {
  if (releaseId === null) return given;
  const release = await work.tx.integrationRelease.findUniqueOrThrow({ where: { id: releaseId } });
  const configuration = given.configuration === undefined ? undefined : configured(release, given.configuration ?? {});
  const problems = [
    ...released
      .filter((field) => given[field] !== undefined)
      .map(
        (field): FieldProblem => ({
          path: [field],
          message: `The action comes from an integration, whose release ${release.version} decides this: install another release.`,
          code: 'UNEXPECTED',
        }),
      ),
    ...missing(release, { secrets: given.secrets?.map(({ name }) => name), configuration }),
  ];
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { ...given, configuration };
}

/** Throws ConflictError (INCOMPLETE) for an installed action that has lost a secret which its release asks for. */
export async function assertComplete(work: Work, { id, releaseId }: Pick<Automation, 'id' | 'releaseId'>): Promise<void> {
  if (releaseId === null) return;
  const release = await work.tx.integrationRelease.findUniqueOrThrow({ where: { id: releaseId } });
  const owned = await work.tx.secret.findMany({ where: { ownerId: id }, select: { name: true } });
  const lost = missing(release, { secrets: owned.map(({ name }) => name) }).map(({ path }) => path[1]);
  if (lost.length > 0) throw new ConflictError(`The integration needs secrets that are no longer set: ${lost.join(', ')}.`, 'INCOMPLETE');
}

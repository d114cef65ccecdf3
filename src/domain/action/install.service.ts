import { z } from 'zod';
import type { Config } from '#platform/config/config';
import type { IntegrationRelease, Prisma } from '#platform/db/generated/prisma/client';
import { type AutomationPlace, type Noun, lockAutomation } from '#domain/automation/automation.service';
import { ConflictError, InvalidInputError } from '#domain/errors';
import { descriptionInput, invalid, keyInput, nameInput, parseInput } from '#domain/input';
import { secretsInput } from '#domain/secret/secret.input';
import { assertCan } from '#domain/tenant/permission';
import { savedSpec } from '#domain/automation/version.service';
import type { Work } from '#domain/work';
import { buildOf } from './action.build.js';
import { type Dependency, codeFields } from './action.code.js';
import { configured, missing } from './action.installed.js';
import { changeRelease, insertAction } from './action.service.js';
import { type ActionSpec, noRetry, normalPriority } from './action.spec.js';

export { type ConfigurationRequirement, type Requirement, requirementsOf } from './action.installed.js';

const action: Noun = { kind: 'ACTION', type: 'Action', noun: 'action' };

type Limits = Pick<Config, 'secrets'>;

const installInput = (config: Limits) =>
  z.strictObject({
    key: keyInput.nullish(),
    name: nameInput,
    description: descriptionInput.nullish(),
    secrets: secretsInput(config).nullish(),
    configuration: codeFields.configuration,
    deploy: z.boolean().nullish(),
  });
export type InstallInput = z.input<ReturnType<typeof installInput>>;

const moveInput = (config: Limits) =>
  z.strictObject({
    secrets: secretsInput(config).nullish(),
    configuration: codeFields.configuration,
    deploy: z.boolean().nullish(),
  });
export type MoveInput = z.input<ReturnType<typeof moveInput>>;

/** What a release decides of the actions that come from it. */
function contentOf({ language, code, dependencies }: IntegrationRelease) {
  // Written by the integration's service, in this form.
  return { language, code, dependencies: dependencies as unknown as Dependency[] };
}

/** Makes an action of a release that the viewer may see, and answers its id. Throws InvalidInputError naming all that the release asks for and is not given. */
export async function installAction(work: Work, workspaceId: string, release: IntegrationRelease, raw: InstallInput): Promise<string> {
  assertCan(work.viewer, workspaceId, 'automation.write');
  const input = parseInput(installInput(work.platform.config), raw);
  const secrets = input.secrets ?? [];
  const configuration = configured(release, input.configuration ?? {});
  refuse(missing(release, { secrets: secrets.flatMap(({ name, value }) => (value == null ? [] : [name])), configuration }));
  const { id: releaseId, triggerPoint } = release;
  const whole = { ...input, ...contentOf(release), workspaceId, triggerPoint, releaseId, publishPolicy: 'MANUAL', configuration } as const;
  return insertAction(work, 'installIntegration', { ...whole, secrets: secrets.length === 0 ? null : secrets, transform: null }, null);
}

/**
 * Moves the draft of an installed action to another release of its integration and answers its id. What it has of secrets and
 * configuration stays, as far as nothing else is given.
 */
export async function moveAction(
  work: Work,
  place: AutomationPlace,
  raw: MoveInput,
  /** The release, of the integration that the action comes from. */
  find: (installed: IntegrationRelease) => Promise<IntegrationRelease>,
): Promise<string> {
  const input = parseInput(moveInput(work.platform.config), raw);
  const before = await lockAutomation(work, action, place, 'automation.write');
  if (before.releaseId === null) throw new ConflictError('The action comes from no integration.', 'NOT_INSTALLED');
  const installed = await work.tx.integrationRelease.findUniqueOrThrow({ where: { id: before.releaseId } });
  const release = await find(installed);
  const { id: releaseId, triggerPoint, version } = release;
  if (triggerPoint !== before.triggerPoint)
    throw invalid(['release'], `The release ${version} is made for the trigger point "${triggerPoint}": install it anew.`, 'TRIGGER_POINT');
  const saved = (await savedSpec(work, before.id)) as unknown as ActionSpec | null;
  const configuration = configured(release, input.configuration ?? known(release, saved?.configuration ?? {}));
  const owned = await work.tx.secret.findMany({ where: { ownerId: before.id }, select: { name: true } });
  refuse(missing(release, { secrets: (input.secrets ?? owned).map(({ name }) => name), configuration }));
  await changeRelease(work, before, {
    ...contentOf(release),
    transform: null,
    configuration,
    releaseId,
    secrets: input.secrets ?? undefined,
    deploy: input.deploy ?? false,
  });
  return before.id;
}

/** What of a configuration the release knows. */
function known(release: IntegrationRelease, configuration: Readonly<Record<string, string>>) {
  const unknown = new Set(missing(release, { configuration }).flatMap(({ path, code }) => (code === 'UNEXPECTED' ? path.slice(1) : [])));
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => !unknown.has(name)));
}

function refuse(problems: ReturnType<typeof missing>): void {
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** Has the code of a new release built before anybody installs it. Throws InvalidInputError where that can be told at once. */
export async function buildRelease(
  work: Work,
  workspaceId: string,
  {
    triggerPoint,
    language,
    code,
    dependencies,
  }: Omit<Prisma.IntegrationReleaseUncheckedCreateInput, 'dependencies'> & {
    readonly dependencies: readonly Dependency[];
  },
): Promise<void> {
  const spec: ActionSpec = {
    code,
    ...(language === 'TYPESCRIPT' ? { language } : {}),
    ...(dependencies.length === 0 ? {} : { dependencies }),
    retry: noRetry,
    timeoutMs: null,
    priority: normalPriority,
  };
  // AUTO refuses what cannot be built, where a draft would keep it.
  await buildOf(work, { workspaceId, publishPolicy: 'AUTO', triggerPoint }, spec);
}

import { z } from 'zod';
import type { App, AppInstance, Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { jsonProblem } from '#platform/json';
import { AlreadyExistsError, InvalidInputError, NotFoundError } from '#domain/errors';
import { invalid, parseInput, referenceInput, wellFormed } from '#domain/input';
import { assertRoom, lockKeyed } from '#domain/keyed';
import type { Work } from '#domain/work';
import { keyedApp } from './app.service.js';
import { assertCan, permitted } from './permission.js';
import { covers, scopesInput } from './scope.policy.js';
import { audit, differences } from './tenant.audit.js';

const needs = { see: 'app.read', change: 'app.write', noun: 'app instance' } as const;

const mostCustomBytes = 65_536;
const mostCustomDepth = 8;

const customFields = z.record(z.string(), z.unknown()).superRefine((given, check) => {
  const problem = jsonProblem(given, mostCustomDepth);
  if (problem !== null) check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
  else if (Buffer.byteLength(JSON.stringify(given)) > mostCustomBytes)
    check.addIssue({
      code: 'custom',
      message: `Custom fields are at most ${mostCustomBytes} bytes of JSON.`,
      params: { code: 'TOO_LONG' },
    });
});

const fields = {
  enabled: z.boolean().nullish(),
  suspended: z.boolean().nullish(),
  suspendedComment: wellFormed(z.string().max(2_000)).nullish(),
  scopes: scopesInput.nullish(),
  customFields: customFields.nullish(),
};

const createInput = z.strictObject({ workspaceId: z.uuid(), app: referenceInput, ...fields });
export type CreateAppInstanceInput = z.input<typeof createInput>;

const updateInput = z.strictObject(fields);
export type UpdateAppInstanceInput = z.input<typeof updateInput>;

/**
 * Lets an app act in a workspace of the same organization, for a viewer who may write apps in both, and answers the id of its instance there.
 * Throws AlreadyExistsError (`app`) when it has one, InvalidInputError (`scopes`) for more than the app may do.
 */
export async function createAppInstance(work: Work, raw: CreateAppInstanceInput): Promise<string> {
  const input = parseInput(createInput, raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'app.write');
  const app = await lockKeyed(work, keyedApp, 'id' in input.app ? input.app : { ...input.app, workspaceId });
  await assertSameOrganization(work, app, workspaceId);
  assertCovered(app, input.scopes ?? []);
  await assertRoom(work, { table: 'AppInstance', noun: needs.noun }, workspaceId);
  const id = newId();
  const { count } = await work.tx.appInstance.createMany({
    data: {
      id,
      appId: app.id,
      workspaceId,
      enabled: input.enabled ?? true,
      suspended: input.suspended ?? false,
      suspendedComment: input.suspendedComment ?? '',
      scopes: input.scopes ?? app.scopes,
      customFields: (input.customFields ?? {}) as Prisma.InputJsonObject,
      createdAt: work.now,
      updatedAt: work.now,
    },
    skipDuplicates: true,
  });
  if (count === 0) throw new AlreadyExistsError('app', 'The app has an instance in this workspace.');
  await auditInstance(work, 'createAppInstance', { id, workspaceId }, { app: app.key });
  return id;
}

/** What is of another organization is not found. */
async function assertSameOrganization(work: Work, app: App, workspaceId: string): Promise<void> {
  if (app.workspaceId === workspaceId) return;
  const workspaces = await work.tx.workspace.findMany({
    where: { id: { in: [app.workspaceId, workspaceId] } },
    select: { organizationId: true },
  });
  if (new Set(workspaces.map(({ organizationId }) => organizationId)).size !== 1) throw new NotFoundError('No such app.');
}

function assertCovered(app: App, scopes: readonly string[]): void {
  const problems = scopes.flatMap((scope, index) =>
    covers(app.scopes, scope)
      ? []
      : [{ path: ['scopes', String(index)], message: `The app does not have the scope ${scope}.`, code: 'NOT_GRANTED' }],
  );
  if (problems.length > 0) throw new InvalidInputError(problems);
}

/** Changes what is given and answers the id. Scopes that are null are those of the app. */
export async function updateAppInstance(work: Work, instanceId: string, raw: UpdateAppInstanceInput): Promise<string> {
  const input = parseInput(updateInput, raw);
  const { app, ...before } = await lockInstance(work, instanceId);
  const { id, workspaceId, enabled, suspended, suspendedComment } = before;
  if (input.enabled === null) throw invalid(['enabled'], 'This is true or false.', 'INVALID');
  const columns = {
    ...(input.enabled === undefined ? {} : { enabled: input.enabled }),
    ...(input.suspended === undefined ? {} : { suspended: input.suspended ?? false }),
    ...(input.suspendedComment === undefined ? {} : { suspendedComment: input.suspendedComment ?? '' }),
  };
  if (input.scopes != null) assertCovered(app, input.scopes);
  const scopes = input.scopes === undefined ? undefined : (input.scopes ?? app.scopes);
  const custom = input.customFields === undefined ? undefined : ((input.customFields ?? {}) as Prisma.InputJsonObject);
  const customChanged = custom !== undefined && JSON.stringify(custom) !== JSON.stringify(before.customFields);
  const change = {
    ...differences({ enabled, suspended, suspendedComment, scopes: before.scopes.join(' ') }, { ...columns, scopes: scopes?.join(' ') }),
    ...(customChanged ? { customFields: true } : {}),
  };
  if (Object.keys(change).length === 0) return id;
  const data = {
    ...columns,
    ...(scopes === undefined ? {} : { scopes }),
    ...(custom === undefined ? {} : { customFields: custom }),
    updatedAt: work.now,
  };
  await work.tx.appInstance.update({ where: { id }, data });
  await auditInstance(work, 'updateAppInstance', { id, workspaceId }, change);
  return id;
}

/** Ends what an app does in a workspace, and answers the id. */
export async function deleteAppInstance(work: Work, instanceId: string): Promise<string> {
  const { app, id, workspaceId } = await lockInstance(work, instanceId);
  await work.tx.appInstance.delete({ where: { id } });
  await auditInstance(work, 'deleteAppInstance', { id, workspaceId }, { app: app.key });
  return id;
}

/** The instance, for a viewer who may write apps where it acts; its app does not change until the end of the work, and neither does it. */
async function lockInstance(work: Work, instanceId: string): Promise<AppInstance & { readonly app: App }> {
  const found = await work.tx.appInstance.findUnique({ where: { id: instanceId } });
  const { appId } = permitted(work.viewer, found, needs);
  await work.sql.query({ name: 'instance.lock', text: 'SELECT id FROM "App" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [appId]);
  const locked = await work.tx.appInstance.findUnique({ where: { id: instanceId }, include: { app: true } });
  if (locked === null) throw new NotFoundError('No such app instance.');
  return locked;
}

function auditInstance(
  work: Work,
  operation: string,
  { id, workspaceId }: Pick<AppInstance, 'id' | 'workspaceId'>,
  change: Prisma.InputJsonObject,
): Promise<void> {
  return audit(work, { workspaceId, operation, subjectType: 'AppInstance', subjectId: id, change });
}

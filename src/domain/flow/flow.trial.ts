import { LanguageError } from '#language/template';
import type { Database } from '#platform/db/database';
import type { Platform } from '#platform/platform';
import type { Json } from '#plan/plan';
import { listedAutomations } from '#domain/automation/automation.policy';
import { assertPayload } from '#domain/code/test.service';
import { ConflictError, InvalidInputError, NotFoundError } from '#domain/errors';
import { invalid, parseInput } from '#domain/input';
import { readViews } from '#domain/record/entity.view.service';
import { seenEvent, workspacesOfRecords } from '#domain/event/event.seen.policy';
import { assertCan, can, type Permission, permitted } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { type UpdateFlowInput, updateInput } from './flow.input.js';
import { triggersMet, type UnmetCondition } from './flow.evaluate.js';
import { readSpec } from './flow.service.js';
import { type FlowSpec, specOf } from './flow.spec.js';
import { tellEvent } from './flow.told.js';

/** A flow that is tried out: saved, or being written. */
export interface TriedFlow {
  /** Null: it was never saved. */
  readonly automationId: string | null;
  readonly workspaceId: string;
  readonly name: string;
  readonly spec: FlowSpec;
}

/** What is live of a saved flow. Throws NotFoundError, ForbiddenError, and ConflictError for one that is not live. */
export async function savedFlow(
  { prisma }: Pick<Database, 'prisma'>,
  viewer: Viewer,
  id: string,
  permission: Permission,
): Promise<TriedFlow> {
  const found = await prisma.automation.findFirst({
    where: { AND: [listedAutomations(viewer), { id, kind: 'FLOW' }] },
    select: {
      id: true,
      workspaceId: true,
      name: true,
      deployments: { where: { environment: { key: 'production' } }, select: { version: { select: { spec: true } } } },
    },
  });
  const { deployments, ...flow } = permitted(viewer, found, { see: 'automation.read', change: permission, noun: 'flow' });
  const live = deployments[0]?.version;
  if (live === undefined) throw new ConflictError('The flow is not deployed.', 'NOT_DEPLOYED');
  return { automationId: flow.id, workspaceId: flow.workspaceId, name: flow.name, spec: specOf(live.spec) };
}

/** What a flow that is being written says; with a saved one it stands for that. Throws InvalidInputError (`draft`), NotFoundError and ForbiddenError. */
export function draftFlow(
  { config }: Pick<Platform, 'config'>,
  viewer: Viewer,
  workspaceId: string,
  saved: TriedFlow | null,
  raw: UpdateFlowInput,
): TriedFlow {
  if (!can(viewer, workspaceId, 'automation.read')) throw new NotFoundError('No such workspace.');
  assertCan(viewer, workspaceId, 'automation.write');
  if (saved !== null && saved.workspaceId !== workspaceId)
    throw invalid(['draft', 'workspace'], 'The flow is in another workspace.', 'OTHER_WORKSPACE');
  try {
    const input = parseInput(updateInput(config), raw);
    return {
      automationId: saved?.automationId ?? null,
      workspaceId,
      name: input.name ?? saved?.name ?? 'Draft',
      spec: readSpec(null, input),
    };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.fields.map((field) => ({ ...field, path: ['draft', ...field.path] })));
  }
}

/** What a flow is tried out on. */
export interface FlowSubject {
  readonly input: Json;
  readonly eventId: string | null;
  readonly entityId: string | null;
  readonly depth: number;
  /** Whether the event starts the flow, and else why not; null: it is no event. */
  readonly triggered: { readonly met: boolean; readonly failed: UnmetCondition | null } | null;
}

export type FlowSubjectPlace = { readonly event: string } | { readonly entity: string } | { readonly inputs: Json };

/** The event, the record or the inputs. Throws NotFoundError for what the viewer may not see, and InvalidInputError (`inputs`). */
export async function flowSubject(
  platform: Platform,
  viewer: Viewer,
  { spec, workspaceId }: TriedFlow,
  place: FlowSubjectPlace,
): Promise<FlowSubject> {
  const { prisma, sql } = platform.db;
  const base = { eventId: null, entityId: null, depth: 0, triggered: null };
  if ('inputs' in place) {
    assertPayload({ platform }, 'inputs', place.inputs);
    return { ...base, input: place.inputs };
  }
  const seen = workspacesOfRecords(viewer).includes(workspaceId);
  if ('event' in place) {
    const row = seen ? await prisma.event.findFirst({ where: { id: place.event, workspaceId } }) : null;
    if (row === null) throw new NotFoundError('No such event in the workspace of the flow.');
    const told = await tellEvent(sql, seenEvent(row));
    const { id: eventId, entityId, depth } = row;
    return { input: { ...told }, eventId, entityId, depth: depth + 1, triggered: triggeredBy(spec, seenEvent(row), told) };
  }
  const row = seen ? await prisma.entity.findFirst({ where: { id: place.entity, workspaceId }, select: { id: true } }) : null;
  if (row === null) throw new NotFoundError('No such record in the workspace of the flow.');
  const [data = null] = await readViews(sql, workspaceId, [row.id]);
  const event = { type: 'flow.triggered', action: 'trigger', resource: 'entity', at: platform.clock.now().toISOString() };
  return { ...base, entityId: row.id, depth: 1, input: { event, data, previous: null } };
}

/** A condition that cannot be evaluated is not met, and says why. */
function triggeredBy(...asked: Parameters<typeof triggersMet>): NonNullable<FlowSubject['triggered']> {
  try {
    return triggersMet(...asked);
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    return { met: false, failed: { text: [...error.path, error.message].join(': '), values: [] } };
  }
}

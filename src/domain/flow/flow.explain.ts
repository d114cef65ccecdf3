import type { Evaluation, Event, Prisma } from '#platform/db/generated/prisma/client';
import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import { can } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

type SeenEvent = Pick<Event, 'id' | 'workspaceId' | 'type' | 'blueprint' | 'at'>;

/** Why a flow was, or was not, started by an event. */
export type FlowReason = EvaluationOutcome | 'PENDING' | 'OTHER_TRIGGER' | 'DISABLED' | 'LATER';

/** What became of a flow at an event. */
export interface FlowConsideration {
  readonly automationId: string;
  readonly position: number;
  readonly appId: string | null;
  readonly readable: boolean;
  readonly reason: FlowReason;
  readonly message: string;
  readonly evaluation: Evaluation | null;
}

type Reader = Pick<Prisma.TransactionClient, 'flow' | 'evaluation'>;

const chosen = {
  automationId: true,
  position: true,
  automation: {
    select: {
      workspaceId: true,
      appId: true,
      enabled: true,
      createdAt: true,
      deployments: { where: { environment: { key: 'production' } }, select: { deployedAt: true } },
    },
  },
} as const satisfies Prisma.FlowSelect;

/** The flows that events of this type, about this type of record, may start; and those that were asked. */
async function aboutEvent(reader: Reader, { id, workspaceId, type, blueprint }: SeenEvent) {
  const evaluations = new Map((await reader.evaluation.findMany({ where: { eventId: id } })).map((row) => [row.automationId, row]));
  const trigger: Prisma.EventTriggerWhereInput = {
    eventType: type,
    OR: [{ blueprint: null }, ...(blueprint === null ? [] : [{ blueprint }])],
  };
  const where: Prisma.FlowWhereInput = {
    workspaceId,
    OR: [{ automation: { deletedAt: null, eventTriggers: { some: trigger } } }, { automationId: { in: [...evaluations.keys()] } }],
  };
  return { evaluations, where };
}

export async function countFlowConsiderations(reader: Reader, event: SeenEvent): Promise<number> {
  return reader.flow.count({ where: (await aboutEvent(reader, event)).where });
}

/** A page of them, in the order in which they have their turn. */
export async function listFlowConsiderations(
  reader: Reader,
  viewer: Viewer,
  { event, pending }: { readonly event: SeenEvent; readonly pending: boolean },
  page: { readonly where: Prisma.FlowWhereInput; readonly orderBy: Prisma.FlowOrderByWithRelationInput[]; readonly take: number },
): Promise<readonly (FlowConsideration & { readonly id: string })[]> {
  const { evaluations, where } = await aboutEvent(reader, event);
  const { orderBy, take } = page;
  const rows = await reader.flow.findMany({ where: { AND: [where, page.where] }, orderBy, take, select: chosen });
  return rows.map(({ automationId, position, automation }) => {
    const evaluation = evaluations.get(automationId) ?? null;
    const [deployment] = automation.deployments;
    const late = automation.createdAt > event.at || (deployment !== undefined && deployment.deployedAt > event.at);
    const reason: FlowReason =
      evaluation?.outcome ??
      (pending && automation.enabled ? 'PENDING' : late ? 'LATER' : automation.enabled ? 'OTHER_TRIGGER' : 'DISABLED');
    return {
      id: automationId,
      automationId,
      position,
      appId: automation.appId,
      readable: can(viewer, automation.workspaceId, 'automation.read'),
      reason,
      message: messages[reason],
      evaluation,
    };
  });
}

const messages = {
  MET: 'Its conditions were met, and it was started.',
  NOT_MET: 'Its conditions were not met.',
  FAILED: 'Its conditions could not be evaluated.',
  REPEATED: 'It had led to this event itself.',
  TOO_DEEP: 'Too many automations had led to this event.',
  SUSPENDED: 'It might not act then.',
  GONE: 'It was no longer there.',
  PENDING: 'It has not had its turn yet.',
  OTHER_TRIGGER: 'Its conditions demand another value of a property.',
  DISABLED: 'It is switched off.',
  LATER: 'As it is now, it was saved after the event.',
} as const satisfies Record<FlowReason, string>;

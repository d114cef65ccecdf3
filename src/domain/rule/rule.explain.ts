import type { Evaluation, Prisma } from '#platform/db/generated/prisma/client';
import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import { can } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import { dueRule, dueType, triggerKeysOf } from './rule.match.js';
import type { SeenEvent } from '#domain/event/event.seen.policy';

/** Why a rule did, or did not, act on an event. */
export const explanationReasons = [
  'MET',
  'NOT_MET',
  'FAILED',
  'REPEATED',
  'TOO_DEEP',
  'SUSPENDED',
  'GONE',
  'PENDING',
  'OTHER_TRIGGER',
  'DISABLED',
  'LATER',
  'NOT_LIVE',
] as const;
export type ExplanationReason = (typeof explanationReasons)[number];

/** What a rule made of an event, or why nothing. */
export interface Consideration {
  readonly automationId: string;
  /** With the number, its place in the list. */
  readonly position: number;
  readonly number: number;
  /** The app whose it is; null: it is no app's. */
  readonly appId: string | null;
  /** Whether the viewer may read the rule. */
  readonly readable: boolean;
  readonly reason: ExplanationReason;
  readonly message: string;
  readonly evaluation: Evaluation | null;
}

/** An event, and whether all automations that it concerns have had their turn. */
export interface ExplainedEvent {
  readonly event: SeenEvent;
  readonly pending: boolean;
}

type Reader = Pick<Prisma.TransactionClient, 'rule' | 'evaluation'>;

const chosen = {
  automationId: true,
  position: true,
  number: true,
  trigger: true,
  triggerKey: true,
  automation: {
    select: {
      workspaceId: true,
      appId: true,
      enabled: true,
      createdAt: true,
      deletedAt: true,
      deployments: { where: { environment: { key: 'production' } }, select: { deployedAt: true } },
    },
  },
} as const satisfies Prisma.RuleSelect;

/** The rules that could concern an event: those about records of its type, of its workspace and of the apps that have an instance there. */
function aboutEvent({ workspaceId, blueprint }: SeenEvent, evaluated: readonly string[]): Prisma.RuleWhereInput {
  return {
    blueprint: blueprint ?? '',
    AND: [
      { OR: [{ workspaceId, automation: { appId: null } }, { automation: { app: { instances: { some: { workspaceId } } } } }] },
      { OR: [{ automation: { deletedAt: null } }, { automationId: { in: [...evaluated] } }] },
    ],
  };
}

async function evaluationsOf(reader: Reader, { id }: SeenEvent): Promise<ReadonlyMap<string, Evaluation>> {
  const rows = await reader.evaluation.findMany({ where: { eventId: id } });
  return new Map(rows.map((row) => [row.automationId, row]));
}

/** How many rules could concern an event. */
export async function countConsiderations(reader: Reader, { event }: ExplainedEvent): Promise<number> {
  const evaluated = await evaluationsOf(reader, event);
  return reader.rule.count({ where: aboutEvent(event, [...evaluated.keys()]) });
}

/** A page of them, in the order in which they have their turn. */
export async function listConsiderations(
  reader: Reader,
  viewer: Viewer,
  { event, pending }: ExplainedEvent,
  page: { readonly where: Prisma.RuleWhereInput; readonly orderBy: Prisma.RuleOrderByWithRelationInput[]; readonly take: number },
): Promise<readonly Consideration[]> {
  const evaluated = await evaluationsOf(reader, event);
  const { where, orderBy, take } = page;
  const rows = await reader.rule.findMany({
    where: { AND: [aboutEvent(event, [...evaluated.keys()]), where] },
    orderBy,
    take,
    select: chosen,
  });
  return rows.map((row) => {
    const { automationId, position, number, automation } = row;
    const evaluation = evaluated.get(automationId) ?? null;
    const reason = evaluation?.outcome ?? reasonOf(row, event, pending);
    return {
      automationId,
      position,
      number,
      appId: automation.appId,
      readable: can(viewer, automation.workspaceId, 'automation.read'),
      reason,
      message: messageOf(reason, row, event),
      evaluation,
    };
  });
}

type Row = Prisma.RuleGetPayload<{ select: typeof chosen }>;

/** Why there is no evaluation. */
function reasonOf(
  { automationId, triggerKey, automation }: Row,
  event: SeenEvent,
  pending: boolean,
): Exclude<ExplanationReason, EvaluationOutcome> {
  const due = dueRule(event);
  if (event.type === dueType ? due !== automationId : !triggerKeysOf(event).includes(triggerKey)) return 'OTHER_TRIGGER';
  if (pending && automation.enabled) return 'PENDING';
  const [deployment] = automation.deployments;
  if (automation.createdAt > event.at || (deployment !== undefined && deployment.deployedAt > event.at)) return 'LATER';
  return automation.enabled ? 'NOT_LIVE' : 'DISABLED';
}

function messageOf(reason: ExplanationReason, { trigger }: Row, event: SeenEvent): string {
  switch (reason) {
    case 'MET':
      return 'Its condition was met, and its actions were done.';
    case 'NOT_MET':
      return 'Its condition was not met.';
    case 'FAILED':
      return 'It failed, and nothing of it was done.';
    case 'REPEATED':
      return 'It had led to this event itself: it is not evaluated for the same record again.';
    case 'TOO_DEEP':
      return 'Too many automations had led to this event.';
    case 'SUSPENDED':
      return 'It might not act then: it, its app or the instance of its app was disabled, suspended or paused.';
    case 'GONE':
      return 'The record, or the rule, was no longer there.';
    case 'PENDING':
      return 'It has not had its turn yet.';
    case 'OTHER_TRIGGER':
      return otherTrigger(trigger, event);
    case 'DISABLED':
      return 'It is disabled.';
    case 'LATER':
      return 'As it is now, it was saved after the event.';
    case 'NOT_LIVE':
      return 'It might not act when the event had its turn: it was disabled then, or its app was not there yet.';
  }
}

/** Names that a message tells; a record may have many fields. */
const mostNames = 20;

function otherTrigger(trigger: string, { type, changed }: SeenEvent): string {
  if (type === dueType) return 'The event makes another rule due.';
  const names = changed.slice(0, mostNames).join(', ');
  const what = changed.length === 0 ? '' : `, and what changed is: ${names}${changed.length > mostNames ? ' …' : ''}`;
  return `It is evaluated ${trigger.trim().toLowerCase()}. The event is ${type}${what}.`;
}

import { type Prisma, type Automation } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import type { Json } from '#plan/plan';
import type { Noun } from '#domain/automation/automation.service';
import { publishVersion, type Published, type VersionContent } from '#domain/automation/version.service';
import { InvalidInputError } from '#domain/errors';
import { putOwnSchedule } from '#domain/schedule/schedule.service';
import { createWebhook } from '#domain/trigger/trigger.service';
import type { Work } from '#domain/work';
import { compileFlow } from './flow.compile.js';
import { scheduleOf } from './flow.merge.js';
import type { FlowSpec } from './flow.spec.js';
import { blueprintsOf, eventTriggersOf } from './flow.trigger.js';

export const flow: Noun = { kind: 'FLOW', type: 'Flow', noun: 'flow' };

/** What a flow has beside its versions. */
export interface FlowColumns {
  readonly icon: string | null;
  readonly position: number;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

const contentOf = (spec: FlowSpec): VersionContent => ({
  spec: spec as unknown as Json,
  plan: () => compileFlow(spec),
  stepKind: 'flow',
  maxAttempts: 1,
  priority: 3,
  endpointId: null,
  namespaceId: null,
  buildHash: null,
  threadMode: 'NEW_EACH_RUN',
  needsApproval: spec.needsApproval,
  selfReview: spec.selfReview ?? false,
});

type Written = Pick<Automation, 'id' | 'workspaceId' | 'enabled' | 'name'>;

/** Makes a locked or new automation do what a checked spec says, live at once: its version, what starts it, and its columns. */
export async function writeFlow(work: Work, automation: Written, spec: FlowSpec, columns: FlowColumns): Promise<Published> {
  const { id: automationId, workspaceId } = automation;
  const published = await publishVersion(work, automation, contentOf(spec));
  const rows = eventTriggersOf(spec);
  const row = {
    type: spec.type,
    needsApproval: spec.needsApproval,
    icon: columns.icon,
    position: columns.position,
    tags: columns.tags.map(({ key, value }) => ({ key, value })),
    blueprints: blueprintsOf(rows),
  };
  await work.tx.flow.upsert({ where: { automationId }, create: { automationId, workspaceId, ...row }, update: row });
  await work.tx.eventTrigger.deleteMany({ where: { automationId } });
  await work.tx.eventTrigger.createMany({
    data: rows.map(({ conditions, ...trigger }) => ({
      id: newId(),
      workspaceId,
      automationId,
      ...trigger,
      conditions: conditions as unknown as Prisma.InputJsonValue,
    })),
  });
  await putSchedule(work, automation, spec);
  await putWebhook(work, automation, spec);
  return published;
}

/** The schedule of the trigger; without one, that of an earlier trigger goes. */
async function putSchedule(work: Work, automation: Written, spec: FlowSpec): Promise<void> {
  const wanted = scheduleOf(spec);
  const known = await work.tx.schedule.count({ where: { automationId: automation.id, own: true } });
  if (wanted === null && known === 0) return;
  try {
    await putOwnSchedule(work, automation, wanted?.input ?? null);
  } catch (error) {
    if (!(error instanceof InvalidInputError) || wanted === null) throw error;
    throw new InvalidInputError(error.fields.map((field) => ({ ...field, path: ['triggers', String(wanted.place), ...field.path] })));
  }
}

/** An address for the trigger, where there is none; one that is there stays, with its secret. */
async function putWebhook(work: Work, { id, name }: Written, { triggers }: FlowSpec): Promise<void> {
  if (!triggers.some(({ type }) => type === 'WEBHOOK')) return;
  if ((await work.tx.webhook.count({ where: { automationId: id } })) > 0) return;
  await createWebhook(work, { automation: { id }, name, verification: 'STANDARD_WEBHOOKS' });
}

import type { z } from 'zod';
import type { Webhook } from '#platform/db/generated/prisma/client';
import type { WebhookVerification } from '#platform/db/generated/prisma/enums';
import { assertAction } from '#domain/automation/automation.policy';
import { newId } from '#platform/ids';
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '#domain/errors';
import { invalid, keyPattern, parseInput } from '#domain/input';
import { former } from '#domain/secret/overlap.policy';
import { dropSecrets, openSecrets, putSecrets } from '#domain/secret/secret.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { mintHookToken } from './trigger.address.js';
import {
  type CreateWebhookInput,
  createInput,
  type RotateSecretInput,
  rotateInput,
  secretProblems,
  type Settings,
  settingProblems,
  type UpdateWebhookInput,
  updateInput,
} from './trigger.input.js';
import { current, mintSigningSecret, overlapMs, previous } from './trigger.secret.js';

export type { CreateWebhookInput, RotateSecretInput, UpdateWebhookInput } from './trigger.input.js';

const needs = { see: 'webhook.read', change: 'webhook.write', noun: 'webhook' } as const;

/** Webhooks of one automation, or for one type of events: each address of it is one more that can leak. */
export const mostWebhooks = 20;

/** A webhook that was written, and its new secret where it got one: shown this once. */
export interface Written {
  readonly id: string;
  readonly secret: string | null;
}

/** Makes an address that triggers an automation or emits an event. Its secret is the given one, or a new one, or none where nothing is verified. */
export async function createWebhook(work: Work, raw: CreateWebhookInput): Promise<Written> {
  const { idempotencyKey, secret: given, ...input } = parseInput(createInput(work.platform.config), raw);
  const target = await targetOf(work, input);
  const { workspaceId, automationId, eventType } = target;
  const wanted: Settings = {
    verification: input.verification,
    header: input.header ?? null,
    idHeader: input.idHeader ?? null,
    responseStatus: input.responseStatus ?? 202,
    responseBody: input.responseBody ?? null,
    responseFormat: input.responseFormat ?? 'JSON',
  };
  check(wanted, { ...input, secret: given });
  let shown: string | null = null;
  const find = (id: string) => work.tx.webhook.findUnique({ where: { id }, select: { id: true } });
  // Whether there is a secret, and not a hash of it, which could be guessed from.
  const body = { ...input, automation: automationId, workspaceId, secret: given != null };
  const id = await once(work, { workspaceId, operation: 'createWebhook', key: idempotencyKey, body, find }, async () => {
    await assertRoom(work, target);
    const webhookId = newId();
    await work.tx.webhook.create({
      data: {
        id: webhookId,
        workspaceId,
        automationId,
        eventType,
        environmentId: await environmentOf(work, workspaceId, input.environmentKey ?? 'production'),
        name: input.name,
        enabled: input.enabled ?? true,
        token: mintHookToken(),
        ...wanted,
        ...(input.encoding == null ? {} : { encoding: input.encoding }),
        ...(input.tolerance == null ? {} : { toleranceMs: input.tolerance }),
        createdAt: work.now,
        updatedAt: work.now,
      },
    });
    shown = await setSecret(work, { id: webhookId, workspaceId, verification: wanted.verification }, given);
    const change = { name: input.name, ...aim(target), verification: wanted.verification };
    await audit(work, { workspaceId, operation: 'createWebhook', subjectType: 'Webhook', subjectId: webhookId, change });
    return webhookId;
  });
  return { id, secret: shown };
}

/** What a webhook is for: exactly one of an automation and a type of events. */
interface Target {
  readonly workspaceId: string;
  readonly automationId: string | null;
  readonly eventType: string | null;
}

const aim = ({ automationId, eventType }: Target) => (automationId === null ? { emits: eventType } : { automationId });

type GivenTarget = Pick<z.output<ReturnType<typeof createInput>>, 'automation' | 'emits' | 'workspaceId' | 'environmentKey'>;

async function targetOf(work: Work, { automation, emits, workspaceId, environmentKey }: GivenTarget): Promise<Target> {
  if (automation != null && emits == null) {
    const found = await work.tx.automation.findFirst({ where: { ...automation, deletedAt: null } });
    const { id, workspaceId: place } = permitted(work.viewer, found, { ...needs, see: 'automation.read', noun: 'automation' });
    if (found !== null) assertAction(found, 'A webhook triggers an action.');
    return { workspaceId: place, automationId: id, eventType: null };
  }
  if (automation != null || emits == null || workspaceId == null)
    throw invalid(['automation'], 'Give exactly one of automation, automationKey and emits.', 'ONE_OF');
  assertCan(work.viewer, workspaceId, needs.change);
  if (environmentKey != null) throw invalid(['environment'], 'An event is of no environment.', 'NOT_APPLICABLE');
  return { workspaceId, automationId: null, eventType: emits };
}

/** Two that are made at once count each other. */
async function assertRoom(work: Work, { workspaceId, automationId, eventType }: Target): Promise<void> {
  const table = automationId === null ? 'Workspace' : 'Automation';
  const hold = { name: `webhook.hold.${table}`, text: `SELECT id FROM "${table}" WHERE id = $1::uuid FOR NO KEY UPDATE` };
  await work.sql.query(hold, [automationId ?? workspaceId]);
  if ((await work.tx.webhook.count({ where: { workspaceId, automationId, eventType } })) >= mostWebhooks)
    throw new LimitExceededError(
      automationId === null
        ? `At most ${mostWebhooks} webhooks emit events of one type.`
        : `An action has at most ${mostWebhooks} webhooks.`,
      mostWebhooks,
    );
}

/** Changes what is given. Another verification comes with a new secret, and ends the old ones. */
export async function updateWebhook(work: Work, webhookId: string, raw: UpdateWebhookInput): Promise<Written> {
  const input = parseInput(updateInput(work.platform.config), raw);
  const before = await lockWebhook(work, webhookId);
  const { workspaceId } = before;
  const verification = input.verification ?? before.verification;
  const changed = verification !== before.verification;
  const kept = <Value>(given: Value | undefined, value: Value): Value => (given === undefined ? value : given);
  const wanted: Settings = {
    verification,
    // What belonged to the other verification goes with it.
    header: kept(input.header, changed ? null : before.header),
    idHeader: kept(input.idHeader, changed && verification === 'STANDARD_WEBHOOKS' ? null : before.idHeader),
    responseStatus: input.responseStatus ?? before.responseStatus,
    responseBody: kept(input.responseBody, before.responseBody),
    responseFormat: input.responseFormat ?? before.responseFormat,
  };
  if (input.secret != null && !changed)
    throw invalid(['secret'], 'rotateWebhookSecret changes the secret; here it comes with another verification.', 'NOT_APPLICABLE');
  check(wanted, input);
  if (before.eventType === null && input.emits != null)
    throw invalid(['emits'], 'This webhook triggers an automation and emits no event.', 'NOT_APPLICABLE');
  if (before.eventType !== null && input.environmentKey != null)
    throw invalid(['environment'], 'An event is of no environment.', 'NOT_APPLICABLE');
  const rest = {
    eventType: input.emits ?? before.eventType,
    name: input.name ?? before.name,
    enabled: input.enabled ?? before.enabled,
    encoding: input.encoding ?? before.encoding,
    toleranceMs: input.tolerance ?? before.toleranceMs,
    environmentId: input.environmentKey == null ? before.environmentId : await environmentOf(work, workspaceId, input.environmentKey),
  };
  const change = differences(before, { ...wanted, ...rest });
  if (Object.keys(change).length === 0) return { id: webhookId, secret: null };
  await work.tx.webhook.update({ where: { id: webhookId }, data: { ...wanted, ...rest, updatedAt: work.now } });
  if (changed) await dropSecrets(work, webhookId);
  const secret = changed ? await setSecret(work, { id: webhookId, workspaceId, verification }, input.secret) : null;
  await audit(work, { workspaceId, operation: 'updateWebhook', subjectType: 'Webhook', subjectId: webhookId, change });
  return { id: webhookId, secret };
}

/** Deletes a webhook with its log and its secrets; its runs stay. Answers the id. */
export async function deleteWebhook(work: Work, webhookId: string): Promise<string> {
  const webhook = await lockWebhook(work, webhookId);
  const { workspaceId, name } = webhook;
  await work.tx.webhook.delete({ where: { id: webhookId } });
  await dropSecrets(work, webhookId);
  const change = { name, ...aim(webhook) };
  await audit(work, { workspaceId, operation: 'deleteWebhook', subjectType: 'Webhook', subjectId: webhookId, change });
  return webhookId;
}

/** Gives a webhook a new address; the old one is gone at once. Answers the id. */
export async function rotateWebhookToken(work: Work, webhookId: string): Promise<string> {
  const { workspaceId } = await lockWebhook(work, webhookId);
  await work.tx.webhook.update({ where: { id: webhookId }, data: { token: mintHookToken(), updatedAt: work.now } });
  await audit(work, { workspaceId, operation: 'rotateWebhookToken', subjectType: 'Webhook', subjectId: webhookId });
  return webhookId;
}

/**
 * Gives a webhook another secret, the given or a new one. The one before stays valid for a day, unless it is not to be kept; what was
 * before that ends. Throws ConflictError (`NONE`) where nothing is verified.
 */
export async function rotateWebhookSecret(work: Work, webhookId: string, raw: RotateSecretInput): Promise<Written> {
  const { secret: given, keepPrevious } = parseInput(rotateInput(work.platform.config), raw);
  const webhook = await lockWebhook(work, webhookId);
  const { workspaceId, verification } = webhook;
  if (verification === 'NONE') throw new ConflictError('This webhook verifies nothing: it has no secret.', 'NONE');
  const problems = given == null ? [] : secretProblems(verification, given);
  if (problems.length > 0) throw new InvalidInputError(problems);
  const old = (await openSecrets(work.platform, [webhookId], work.tx)).get(webhookId)?.get(current);
  const until = new Date(work.now.getTime() + overlapMs);
  await dropSecrets(work, webhookId, [previous]);
  if (keepPrevious && old !== undefined)
    await putSecrets(work, { workspaceId, owner: 'WEBHOOK', ownerId: webhookId }, { [previous]: former(old, until) });
  const secret = await setSecret(work, webhook, given);
  const change = { previousUntil: keepPrevious ? until.toISOString() : null };
  await audit(work, { workspaceId, operation: 'rotateWebhookSecret', subjectType: 'Webhook', subjectId: webhookId, change });
  return { id: webhookId, secret };
}

/** Keeps the given secret or a new one, and answers it; null where nothing is verified. */
async function setSecret(
  work: Work,
  webhook: { readonly id: string; readonly workspaceId: string; readonly verification: WebhookVerification },
  given: string | null | undefined,
): Promise<string | null> {
  const { id, workspaceId, verification } = webhook;
  if (verification === 'NONE') return null;
  const secret = given ?? mintSigningSecret(verification);
  await putSecrets(work, { workspaceId, owner: 'WEBHOOK', ownerId: id }, { [current]: secret });
  return secret;
}

function check(wanted: Settings, asked: Parameters<typeof settingProblems>[1]): void {
  const problems = settingProblems(wanted, asked);
  if (problems.length > 0) throw new InvalidInputError(problems);
}

async function environmentOf(work: Work, workspaceId: string, key: string): Promise<string> {
  const where = { workspaceId_key: { workspaceId, key } };
  const found = keyPattern.test(key) ? await work.tx.environment.findUnique({ where, select: { id: true } }) : null;
  if (found === null) throw invalid(['environment'], 'There is no such environment in the workspace.', 'UNKNOWN_ENVIRONMENT');
  return found.id;
}

/** The webhook, locked until the end of the work, so that two changes follow each other. */
async function lockWebhook(work: Work, webhookId: string): Promise<Webhook> {
  permitted(work.viewer, await work.tx.webhook.findUnique({ where: { id: webhookId } }), needs);
  await work.sql.query({ name: 'webhook.lock', text: 'SELECT id FROM "Webhook" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [webhookId]);
  const webhook = await work.tx.webhook.findUnique({ where: { id: webhookId } });
  if (webhook === null) throw new NotFoundError('No such webhook.');
  return webhook;
}

import type { Effect } from '#language/rule/run';
import { displayTime } from '#language/rule/operations';
import type { RuleRecord } from '#language/rule/value';
import { isStorableMoment, jsonProblem, storableText } from '#platform/json';
import type { Json } from '#plan/plan';
import { type JsonObject } from '#domain/record/blueprint.spec';
import { type Applying, type AppliedEffect, targetOf } from './rule.apply.js';
import { appWebhook } from './rule.check.js';
import { ActionFault } from './rule.failure.js';
import { emailProperties } from './rule.reader.js';
import { assertScope } from './rule.scope.js';
import { readDelayedRule } from './rule.timer.js';

/** What is sent once the rule's transaction is committed. */
export interface RuleDelivery {
  readonly kind: 'WEBHOOK' | 'EMAIL';
  readonly address: string;
  /** Whose secret signs it: of an app, or of the rule; null: nobody's. */
  readonly signerId: string | null;
  /** Of a webhook its body as text: stored as an object, its names would lose their order. */
  readonly payload: Json;
}

/** A rule that is due later. */
export interface RuleTimer {
  readonly entityId: string;
  readonly automationId: string;
  readonly dueAt: Date;
}

/** Where a rule comes from, as far as what it sends depends on it. */
export interface RuleHome {
  readonly automationId: string;
  /** The workspace of the rule itself. */
  readonly workspaceId: string;
  readonly blueprint: string;
  readonly app: { readonly id: string; readonly webhookUrl: string | null } | null;
}

/** What goes out of a rule, collected while its effects are applied. */
export interface Outbox {
  readonly deliveries: RuleDelivery[];
  readonly timers: RuleTimer[];
}

/** Longest payload, in characters of JSON: what user code may answer, too. */
const mostPayload = 262_144;
const mostDepth = 32;
const address = /^[^\s@<>"]+@[^\s@<>"]+$/;

const done = (label: string, type: AppliedEffect['type'], told: JsonObject, record: AppliedEffect['record'] = null): AppliedEffect => ({
  label,
  type,
  record,
  changed: [],
  before: null,
  after: null,
  told,
});

export function callWebhook(on: Applying, home: RuleHome, outbox: Outbox, effect: Extract<Effect, { type: 'webhook' }>): AppliedEffect {
  assertScope(on.scopes, 'webhook.call', null);
  const url = effect.webhook === appWebhook ? (home.app?.webhookUrl ?? null) : effect.webhook;
  if (url === null) throw new ActionFault('NOT_FOUND', 'The app has no webhook.');
  const payload = effect.payload ?? {};
  const problem = jsonProblem(payload, mostDepth);
  if (problem !== null) throw new ActionFault('TYPE', `The payload cannot be sent: ${problem.message}`);
  const text = JSON.stringify(payload);
  if (text.length > mostPayload) throw new ActionFault('TOO_LONG', `A payload has at most ${String(mostPayload)} characters.`);
  outbox.deliveries.push({ kind: 'WEBHOOK', address: url, signerId: home.app?.id ?? home.automationId, payload: text });
  return done(effect.label, 'webhook', { url, payload });
}

export async function sendEmail(on: Applying, outbox: Outbox, effect: Extract<Effect, { type: 'email' }>): Promise<AppliedEffect> {
  assertScope(on.scopes, 'mail.send', null);
  const subject = effect.subject.replace(/\s+/g, ' ').trim().slice(0, 250).toWellFormed();
  const to: string[] = [];
  for (const recipient of effect.to) {
    const found = typeof recipient === 'string' ? recipient.trim() : await emailOf(on, recipient);
    if (typeof recipient === 'string' && !address.test(recipient.trim()))
      throw new ActionFault('TYPE', `“${recipient.slice(0, 100)}” is no e-mail address.`);
    if (found !== null && !to.includes(found)) to.push(found);
  }
  for (const one of to)
    outbox.deliveries.push({
      kind: 'EMAIL',
      address: one,
      signerId: null,
      payload: { type: 'rule.mail', data: { subject: storableText(subject), body: storableText(effect.body) } },
    });
  return done(effect.label, 'email', { to, subject, body: effect.body });
}

/** Tells persons that a note mentions them. */
export async function tellMentioned(on: Applying, outbox: Outbox, effect: Extract<Effect, { type: 'note' }>): Promise<void> {
  if (effect.mentions.length === 0) return;
  const { name, id, type } = effect.target;
  for (const person of effect.mentions) {
    const to = await emailOf(on, person);
    if (to === null) continue;
    const record = { id: typeof id === 'number' ? id : null, name, type };
    const author = on.work.viewer.actor.name;
    outbox.deliveries.push({
      kind: 'EMAIL',
      address: to,
      signerId: null,
      payload: { type: 'note.mention', data: { record, author, text: effect.text } },
    });
  }
}

/** The address of a person; null: it has none. */
async function emailOf(on: Applying, person: RuleRecord): Promise<string | null> {
  const { entity, blueprint } = targetOf(on, person);
  assertScope(on.scopes, 'entity.read', blueprint.key);
  const row = await on.reader.record(entity);
  for (const property of emailProperties(blueprint)) {
    const value = row?.properties[property];
    if (typeof value === 'string' && address.test(value)) return value;
  }
  return null;
}

export async function setTimer(
  on: Applying,
  home: RuleHome,
  outbox: Outbox,
  effect: Extract<Effect, { type: 'trigger' }>,
): Promise<AppliedEffect> {
  const { entity, id, name, blueprint } = targetOf(on, effect.record);
  const automationId = await readDelayedRule(on.work.sql, { ...home, appId: home.app?.id ?? null }, effect.rule);
  if (automationId === null)
    throw new ActionFault('NOT_FOUND', `There is no rule “${effect.rule}” with the trigger “after delay” any more.`);
  const dueAt = new Date(effect.due.ms);
  if (!isStorableMoment(dueAt)) throw new ActionFault('TYPE', 'That is too far away.');
  outbox.timers.push({ entityId: entity, automationId, dueAt });
  return done(effect.label, 'trigger', { rule: effect.rule, due: displayTime(effect.due) }, { entity, type: blueprint.key, id, name });
}

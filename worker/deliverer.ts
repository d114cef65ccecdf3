import { createPulse } from '#platform/events/pulse';
import { mailMs } from '#platform/mail/mail';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import {
  type ClaimedDelivery,
  claimDeliveries,
  countPendingDeliveries,
  forgetSigningSecrets,
  giveUpDelivery,
  nextDeliveryMs,
  postponeDelivery,
  settleDelivery,
} from '#domain/notification/delivery.claim';
import { type Outcome, appWebhookEnd, failingMs, nextDelayMs, rotationMs } from '#domain/notification/delivery.retry';
import { disableAppWebhook } from '#domain/notification/app-webhook.service';
import { disableRecipient } from '#domain/notification/recipient.service';
import { type Viewer, systemActor } from '#domain/tenant/viewer';
import { sendDelivery } from './delivery.js';
import { untilAnswered } from './until-answered.js';

/** Sends what is due, in any number of workers at once. */
export interface Deliverer {
  /** Something is due. */
  poke(): void;
  /** Takes no more, lets what is under way end within a moment, and gives the rest back. */
  close(): Promise<void>;
}

/** Deliveries that one worker sends at once, of those the most to one recipient, and the most of one workspace that are for none, as calls of rules. */
const mostAtOnce = 16;
const mostPerRecipient = 2;
const mostPerWorkspace = 4;
/** Longest sleep: what another process made due is found within it. */
const longestMs = 1_000;
/** Time for writing the outcome, beyond the longest attempt: after it another worker takes the attempt for lost. */
const marginMs = 30_000;
/** A stopping worker gives attempts under way so long. */
const graceMs = 3_000;
const countEveryMs = 15_000;
const forgetEveryMs = 600_000;

const system: Viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };

export function createDeliverer(platform: Platform): Deliverer {
  const { clock, config, db, log, metrics } = platform;
  const leaseMs = Math.max(config.outgoing.ms, mailMs) + marginMs;
  /** Whose places they take: the recipient's or, for none, the workspace's. */
  const sending = new Map<string, { readonly whose: string; readonly ended: Promise<void> }>();
  /** Recipients that are left alone, until when: what waits for them is not even claimed. */
  const resting = new Map<string, number>();
  const ending = new AbortController();
  let closed = false;
  let pauseMs = longestMs;
  let countAt = clock.elapsed();
  let forgetAt = clock.elapsed();

  async function pass(): Promise<void> {
    pauseMs = longestMs;
    const free = closed ? 0 : mostAtOnce - sending.size;
    if (free > 0) {
      const claimed = await claimDeliveries(db.sql, { held: held(), mostPerRecipient, mostPerWorkspace, most: free, leaseMs });
      for (const delivery of claimed) start(delivery);
      // What is due and was not taken waits for a place, which pokes when it is free.
      if (claimed.length > 0 && claimed.length < free) pauseMs = 0;
    }
    // What is due to those that are left alone is not to be looked for all the time.
    if (sending.size === 0 && resting.size === 0) pauseMs = Math.min(Math.max((await nextDeliveryMs(db.sql)) ?? longestMs, 50), longestMs);
    await keepHouse();
  }

  function held(): string[] {
    for (const [recipientId, until] of resting) if (until <= clock.elapsed()) resting.delete(recipientId);
    const left = [...resting.keys()].flatMap((recipientId) => Array<string>(mostPerRecipient).fill(recipientId));
    return [...left, ...[...sending.values()].map(({ whose }) => whose)];
  }

  async function keepHouse(): Promise<void> {
    const now = clock.elapsed();
    if (now >= countAt) {
      countAt = now + countEveryMs;
      metrics.deliveriesPending.set(await countPendingDeliveries(db.sql));
    }
    if (now >= forgetAt) {
      forgetAt = now + forgetEveryMs;
      await forgetSigningSecrets(db.sql, rotationMs);
    }
  }

  function start(delivery: ClaimedDelivery): void {
    const ended = attempt(delivery)
      .catch((error: unknown) =>
        log.error({ err: error, delivery: delivery.id }, 'the outcome of a delivery was lost, and it is sent again'),
      )
      .finally(() => {
        sending.delete(delivery.id);
        pulse.poke();
      });
    sending.set(delivery.id, { whose: delivery.recipientId ?? delivery.workspaceId, ended });
  }

  async function attempt(delivery: ClaimedDelivery): Promise<void> {
    if (!delivery.enabled) return answered(() => giveUpDelivery(db.sql, delivery));
    const at = clock.now();
    const begun = clock.elapsed();
    const outcome = await sendDelivery(platform, delivery, ending.signal);
    const durationMs = Math.round(clock.elapsed() - begun);
    if (outcome.kind === 'POSTPONED') {
      if (delivery.recipientId !== null && outcome.ms > 0) resting.set(delivery.recipientId, clock.elapsed() + outcome.ms);
      await answered(() => postponeDelivery(db.sql, delivery, outcome.ms));
    } else await settle(delivery, outcome, at, durationMs);
  }

  const answered = <Result>(statement: () => Promise<Result>): Promise<Result> => untilAnswered(platform, ending.signal, statement);

  async function settle(
    delivery: ClaimedDelivery,
    outcome: Exclude<Outcome, { kind: 'POSTPONED' }>,
    at: Date,
    durationMs: number,
  ): Promise<void> {
    const { statusCode } = outcome;
    const error = outcome.kind === 'DELIVERED' ? null : outcome.error;
    const nextMs = outcome.kind === 'DELIVERED' ? null : nextDelayMs(delivery.tries, outcome, Math.random());
    const status = outcome.kind === 'DELIVERED' ? 'SUCCEEDED' : nextMs === null ? 'FAILED' : 'PENDING';
    const settled = await answered(() => settleDelivery(db.sql, delivery, status, { at, durationMs, statusCode, error }, nextMs));
    if (settled === null) return;
    metrics.deliveries.inc({ kind: delivery.kind, outcome: status === 'PENDING' ? 'retried' : status.toLowerCase() });
    const { recipientId, signerId, address } = delivery;
    const { appFailing } = settled;
    if (signerId !== null && appFailing !== null && appFailing.failures >= appWebhookEnd.failures && appFailing.ms >= appWebhookEnd.ms) {
      const why = `${String(appFailing.failures)} calls in a row failed over ${String(Math.floor(appFailing.ms / 86_400_000))} days.`;
      await transact(platform, system, (work) => disableAppWebhook(work, signerId, address, why));
    }
    if (recipientId === null || outcome.kind === 'DELIVERED') return;
    // Of many that wait for a recipient which is left alone, none may come to its last attempt for long.
    const late = status === 'FAILED' || delivery.now.getTime() - delivery.createdAt.getTime() >= failingMs;
    const reason = outcome.gone ? 'The receiver answered 410: it is gone.' : givenUp(late ? settled.failingMs : null);
    if (reason !== null) await transact(platform, system, (work) => disableRecipient(work, recipientId, reason));
  }

  const pulse = createPulse({ name: 'deliveries', log, work: pass, pauseMs: () => pauseMs });
  pulse.poke();
  return {
    poke: () => pulse.poke(),
    close: async () => {
      closed = true;
      await pulse.close();
      const timer = setTimeout(() => ending.abort(), graceMs);
      await Promise.allSettled([...sending.values()].map(({ ended }) => ended));
      clearTimeout(timer);
    },
  };
}

/** Why a recipient is switched off when another delivery was given up, or is late, after nothing could be delivered for so long; null: it is not. */
function givenUp(failedForMs: number | null): string | null {
  if (failedForMs === null || failedForMs < failingMs) return null;
  return `Nothing could be delivered for ${Math.floor(failedForMs / 86_400_000)} days.`;
}

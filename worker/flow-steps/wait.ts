import { parseDuration } from '#domain/duration';
import { awaitedEvent, waitForEvent as storeWait } from '#domain/flow/flow.event-wait';
import type { FlowCondition } from '#domain/flow/flow.spec';
import { findAnywhere } from '#domain/record/entity.named';
import { askApproval, readAnswer } from '#domain/run/approval.ask.service';
import type { Json } from '#plan/plan';
import { isObject } from '#worker/chain.commands';
import { asStepError } from './fault.js';
import { flowOf } from './record.js';
import { type FlowLink, StepCancels, StepError, type StepImplementation, type StepWait, StepWaits } from '#worker/steps/step';

const dayMs = 86_400_000;
/** Longest wait: a year. */
const longestMs = 366 * dayMs;

/** What a step waits for that goes on; null: it has just begun. */
export function waitOf({ left }: FlowLink): StepWait | null {
  return isObject(left) && typeof left['kind'] === 'string' ? (left as unknown as StepWait) : null;
}

export const isOver = ({ until }: StepWait, now: Date): boolean => until !== null && new Date(until) <= now;

function lengthOf(text: unknown, name: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  const ms = typeof text === 'string' ? parseDuration(text) : null;
  if (ms === null || ms > longestMs)
    throw new StepError({
      code: 'ARGUMENT',
      message: `${name}: a duration in ISO 8601 of at most a year, such as PT30S.`,
      retryable: false,
    });
  return ms;
}

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

/** Lets a time pass. */
export const delay: StepImplementation = {
  // A promise as the others have it: what is thrown rejects it.
  execute: async (call) => {
    const flow = flowOf(call);
    const left = waitOf(flow);
    const now = flow.now();
    const wait = left ?? { kind: 'DELAY' as const, until: momentOf(call.args, now).toISOString(), detail: `Step ${call.path}` };
    if (isOver(wait, now)) return Promise.resolve(null);
    throw new StepWaits(wait);
  },
};

function momentOf({ for: length, until }: { readonly [name: string]: Json }, now: Date): Date {
  if ((length === undefined) === (until === undefined))
    throw new StepError({ code: 'ARGUMENT', message: 'Give exactly one of for and until.', retryable: false });
  if (length !== undefined) return later(now, lengthOf(length, 'for', 0));
  const moment = new Date(typeof until === 'string' ? until : NaN);
  if (Number.isNaN(moment.getTime()) || moment.getTime() - now.getTime() > longestMs)
    throw new StepError({ code: 'ARGUMENT', message: 'until: a moment in RFC 3339 that is at most a year away.', retryable: false });
  return moment;
}

/** Waits for an event. */
export const waitForEvent: StepImplementation = {
  execute: async (call) => {
    const flow = flowOf(call);
    const {
      type,
      entity,
      conditions = [],
      timeout,
      failOnTimeout,
    } = call.args as {
      readonly type?: string;
      readonly entity?: string;
      readonly conditions?: readonly FlowCondition[];
      readonly timeout?: string;
      readonly failOnTimeout?: boolean;
    };
    const left = waitOf(flow);
    if (left !== null) {
      const told = await awaitedEvent(flow.sql, call.runId, call.path);
      if (told !== null) return { ...told };
      if (!isOver(left, flow.now())) throw new StepWaits(left);
      if (failOnTimeout === false) return null;
      throw new StepError({ code: 'WAIT_TIMEOUT', message: 'The event did not come in time.', retryable: false });
    }
    const until = later(flow.now(), lengthOf(timeout, 'timeout', dayMs));
    const wait: StepWait = { kind: 'EVENT', until: until.toISOString(), detail: `${type ?? ''} for step ${call.path}` };
    const asked = { anew: true };
    await asStepError(() =>
      flow.commit(async (work) => {
        const { workspaceId, runId, path } = call;
        const entityId = entity === undefined ? null : await findAnywhere(work.sql, workspaceId, entity);
        asked.anew = await storeWait(work.sql, { runId, path, workspaceId, eventType: type ?? '', entityId, conditions, until });
        return { wait, asks: true };
      }),
    );
    const told = asked.anew ? null : await awaitedEvent(flow.sql, call.runId, call.path);
    if (told !== null) return { ...told };
    throw new StepWaits(wait, true);
  },
};

/** Waits for a person. */
export const approval: StepImplementation = {
  execute: async (call) => {
    const flow = flowOf(call);
    const { title, message, timeout, onReject, selfReview } = call.args as {
      readonly title?: string;
      readonly message?: string;
      readonly timeout?: string;
      readonly onReject?: 'FAIL' | 'CONTINUE';
      readonly selfReview?: boolean;
    };
    let left = waitOf(flow);
    if (left === null) {
      const expiresAt = later(flow.now(), lengthOf(timeout, 'timeout', 7 * dayMs));
      const wait: StepWait = { kind: 'APPROVAL', until: expiresAt.toISOString(), detail: title ?? `Approval of step ${call.path}` };
      const asked = { anew: true };
      await flow.commit(async (work) => {
        const question = { path: call.path, title: wait.detail, message: message ?? '', selfReview: selfReview ?? false, expiresAt };
        asked.anew = await askApproval(work.sql, flow.run, question);
        return { wait, asks: true };
      });
      if (asked.anew) throw new StepWaits(wait, true);
      left = wait;
    }
    const answer = await readAnswer(flow.sql, call.runId, call.path);
    if (answer === null || answer.status === 'PENDING') throw new StepWaits(left);
    const { status, comment, reviewedBy, reviewedAt } = answer;
    if (status !== 'APPROVED' && onReject !== 'CONTINUE')
      throw status === 'REJECTED'
        ? new StepCancels(
            'REJECTED',
            comment === '' ? `${reviewedBy ?? 'Somebody'} rejected it.` : `${reviewedBy ?? 'Somebody'} rejected it: ${comment}`,
          )
        : new StepCancels('APPROVAL_EXPIRED', 'Nobody approved it in time.');
    return { approved: status === 'APPROVED', comment, reviewedBy, reviewedAt: reviewedAt?.toISOString() ?? null };
  },
};

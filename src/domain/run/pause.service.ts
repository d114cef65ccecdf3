import { z } from 'zod';
import type { Pause } from '#platform/db/generated/prisma/client';
import type { PauseKind } from '#platform/db/generated/prisma/enums';
import { assertAction } from '#domain/automation/automation.policy';
import { newId } from '#platform/ids';
import type { Work } from '#domain/work';
import { LimitExceededError, NotFoundError } from '#domain/errors';
import { invalid, parseInput, wellFormed } from '#domain/input';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import { readHost } from './pause.host.js';

/** What is held back: a workspace with all of its runs, the runs of an app or of an automation, or the calls of a host from a workspace. */
const subjectInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('WORKSPACE'), id: z.uuid() }),
  z.strictObject({ kind: z.literal('APP'), id: z.uuid() }),
  z.strictObject({ kind: z.literal('AUTOMATION'), id: z.uuid() }),
  z.strictObject({ kind: z.literal('HOST'), workspaceId: z.uuid(), host: z.string() }),
]);
export type PauseSubject = z.input<typeof subjectInput>;

const pauseInput = z.strictObject({
  subject: subjectInput,
  reason: wellFormed(z.string().trim().max(500)).optional(),
});
export type PauseInput = z.input<typeof pauseInput>;

/** Pauses are walked over by workers each second: many hosts and automations, not one per run. */
const mostPauses = 500;

/** A subject that is there and that the viewer may pause. */
interface Held {
  readonly workspaceId: string;
  readonly kind: PauseKind;
  readonly subjectId: string | null;
  readonly host: string | null;
}

const appNeeds = { see: 'app.read', change: 'pause.write', noun: 'app' } as const;
const automationNeeds = { see: 'automation.read', change: 'pause.write', noun: 'automation' } as const;

async function heldBy(work: Work, subject: PauseSubject): Promise<Held> {
  switch (subject.kind) {
    case 'WORKSPACE':
      assertCan(work.viewer, subject.id, 'pause.write');
      return { workspaceId: subject.id, kind: 'WORKSPACE', subjectId: subject.id, host: null };
    case 'APP': {
      const app = await work.tx.app.findUnique({ where: { id: subject.id }, select: { workspaceId: true } });
      const { workspaceId } = permitted(work.viewer, app, appNeeds);
      return { workspaceId, kind: 'APP', subjectId: subject.id, host: null };
    }
    case 'AUTOMATION': {
      const automation = await work.tx.automation.findUnique({
        where: { id: subject.id, deletedAt: null },
        select: { workspaceId: true, kind: true },
      });
      const { workspaceId, kind } = permitted(work.viewer, automation, automationNeeds);
      assertAction({ kind }, 'Disable it instead.');
      return { workspaceId, kind: 'AUTOMATION', subjectId: subject.id, host: null };
    }
    case 'HOST': {
      assertCan(work.viewer, subject.workspaceId, 'pause.write');
      const host = readHost(subject.host);
      if (host === null)
        throw invalid(['host'], 'A host is a name such as api.example.com, with a port where it is not the usual one.', 'FORMAT');
      return { workspaceId: subject.workspaceId, kind: 'HOST', subjectId: null, host };
    }
  }
}

const placeOf = ({ workspaceId, subjectId, host }: Held) => ({ workspaceId, ...(host === null ? { subjectId } : { host }) });

/**
 * From now on, what the subject covers is accepted and queued, and not executed; what runs goes on. Answers the pause, or the one that is
 * there already. Throws NotFoundError, ForbiddenError, InvalidInputError (`host`, `reason`) or LimitExceededError.
 */
export async function pause(work: Work, raw: PauseInput): Promise<string> {
  const { subject, reason = '' } = parseInput(pauseInput, raw);
  const held = await heldBy(work, subject);
  const { workspaceId, kind } = held;
  if ((await work.tx.pause.count({ where: { workspaceId } })) >= mostPauses && (await earlier(work, held)) === null)
    throw new LimitExceededError(`A workspace has at most ${mostPauses} pauses.`, mostPauses);
  const id = newId();
  // Of two at once the second waits for the first, and then finds its pause.
  const made = await work.tx.pause.createMany({
    data: { id, ...held, reason, createdAt: work.now, createdBy: work.viewer.actor.name },
    skipDuplicates: true,
  });
  if (made.count === 0) {
    const there = await earlier(work, held);
    // It ended between the two statements: nothing is paused, as whoever ended it wanted last.
    if (there === null) throw new NotFoundError('The pause has just been ended.');
    return there;
  }
  await audit(work, {
    workspaceId,
    operation: 'pause',
    subjectType: 'Pause',
    subjectId: id,
    change: { kind, subject: held.host ?? held.subjectId, reason },
  });
  work.wake('pause', [id]);
  return id;
}

async function earlier(work: Work, held: Held): Promise<string | null> {
  return (await work.tx.pause.findFirst({ where: placeOf(held), select: { id: true } }))?.id ?? null;
}

export type ResumeInput = { readonly id: string } | { readonly subject: PauseSubject };

/**
 * Ends a pause: what it held is queued again within a second, in its order. Answers the pause as it was; null when the subject was not
 * paused. Throws NotFoundError (also for the id of a pause that has ended) or ForbiddenError.
 */
export async function resume(work: Work, input: ResumeInput): Promise<Pause | null> {
  const found = 'id' in input ? await ownPause(work, input.id) : await pauseOf(work, parseInput(subjectInput, input.subject));
  return found !== null && (await end(work, found)) ? found : null;
}

/** Ends the pause of what is deleted, for nobody could tell any more what it holds. */
export async function endPauseOf(work: Work, subject: { readonly workspaceId: string; readonly subjectId: string }): Promise<void> {
  const found = await work.tx.pause.findFirst({ where: { workspaceId: subject.workspaceId, subjectId: subject.subjectId } });
  if (found !== null) await end(work, found);
}

/** Of two at once, one ends it; answers whether it is this one. */
async function end(work: Work, { workspaceId, id, kind, host, subjectId }: Pause): Promise<boolean> {
  const { count } = await work.tx.pause.deleteMany({ where: { id } });
  if (count === 0) return false;
  await audit(work, {
    workspaceId,
    operation: 'resume',
    subjectType: 'Pause',
    subjectId: id,
    change: { kind, subject: host ?? subjectId },
  });
  work.wake('pause', [id]);
  return true;
}

async function ownPause(work: Work, id: string): Promise<Pause> {
  return permitted(work.viewer, await work.tx.pause.findUnique({ where: { id } }), {
    see: 'pause.read',
    change: 'pause.write',
    noun: 'pause',
  });
}

async function pauseOf(work: Work, subject: PauseSubject): Promise<Pause | null> {
  return work.tx.pause.findFirst({ where: placeOf(await heldBy(work, subject)) });
}

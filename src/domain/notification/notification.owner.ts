import { ownerQuietMs } from './delivery.retry.js';

/** A failed run whose automation has an owner who wants to hear of it. */
export interface OwnedFailure {
  readonly runId: string;
  readonly automationId: string;
  readonly address: string;
  /** The last mail to an owner of the automation; null: there was none. */
  readonly last: { readonly id: string; readonly createdAt: Date; readonly leftOut: number } | null;
}

/** A mail to the owner. */
export interface OwnerMail {
  readonly id: string;
  readonly failure: OwnedFailure;
  /** Failures before it that were not told. */
  readonly before: number;
  /** Failures after it, of those at hand, that are not told. */
  readonly after: number;
}

export interface OwnerMails {
  readonly mails: readonly OwnerMail[];
  /** By the id of a mail that was sent before: how many more failures it stands for. */
  readonly counted: ReadonlyMap<string, number>;
}

/** Which of the failures, in their order, become a mail: the first of each automation, unless its last mail is not long ago. */
export function ownerMails(failures: readonly OwnedFailure[], now: Date, newId: () => string): OwnerMails {
  const mails = new Map<string, OwnerMail>();
  const counted = new Map<string, number>();
  for (const failure of failures) {
    const { automationId, last } = failure;
    const mail = mails.get(automationId);
    if (mail !== undefined) mails.set(automationId, { ...mail, after: mail.after + 1 });
    else if (last !== null && now.getTime() - last.createdAt.getTime() < ownerQuietMs)
      counted.set(last.id, (counted.get(last.id) ?? 0) + 1);
    else mails.set(automationId, { id: newId(), failure, before: last?.leftOut ?? 0, after: 0 });
  }
  return { mails: [...mails.values()], counted };
}

import { describe, expect, it } from 'vitest';
import { type OwnedFailure, ownerMails } from '#domain/notification/notification.owner';

const now = new Date('2026-11-27T10:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function failure(automationId: string, last: OwnedFailure['last'] = null): OwnedFailure {
  return { runId: `${automationId}-run`, automationId, address: 'owner@example.com', last };
}

function mailsOf(failures: readonly OwnedFailure[]) {
  let ids = 0;
  return ownerMails(failures, now, () => `new-${(ids += 1)}`);
}

describe('mails to owners', () => {
  it('are one for each automation, however many of its runs fail at once', () => {
    const { mails, counted } = mailsOf([failure('a'), failure('b'), failure('a'), failure('a')]);
    expect(mails.map(({ id, failure: { automationId }, before, after }) => ({ id, automationId, before, after }))).toEqual([
      { id: 'new-1', automationId: 'a', before: 0, after: 2 },
      { id: 'new-2', automationId: 'b', before: 0, after: 0 },
    ]);
    expect(counted.size).toBe(0);
  });

  it('are not sent within 15 minutes of the last one, which counts what it left out', () => {
    const last = { id: 'old', createdAt: ago(14), leftOut: 3 };
    const { mails, counted } = mailsOf([failure('a', last), failure('a', last)]);
    expect(mails).toEqual([]);
    expect([...counted]).toEqual([['old', 2]]);
  });

  it('say how many failures the last one left out', () => {
    const { mails } = mailsOf([failure('a', { id: 'old', createdAt: ago(15), leftOut: 3 })]);
    expect(mails).toMatchObject([{ before: 3, after: 0 }]);
  });
});

import { invalid } from '#domain/input';

/** The earlier of two ends; null: never. */
export function noLaterThan(wanted: Date | null, latest: Date | null): Date | null {
  if (wanted === null || latest === null) return wanted ?? latest;
  return wanted < latest ? wanted : latest;
}

/** When a credential shall end: in the future and not later than `mostMs` from now; null when nothing was asked for. */
export function expiryInput(now: Date, expiresAt: Date | null | undefined, mostMs: number): Date | null {
  if (expiresAt === null || expiresAt === undefined) return null;
  if (!(expiresAt > now)) throw invalid(['expiresAt'], 'This time is not in the future.', 'TOO_SMALL');
  if (expiresAt.getTime() - now.getTime() > mostMs)
    throw invalid(['expiresAt'], `This is more than ${Math.floor(mostMs / 86_400_000)} days away.`, 'TOO_BIG');
  return expiresAt;
}

import { invalid } from '#domain/input';

/** When a credential shall end: in the future and not later than `mostMs` from now; null when nothing was asked for. */
export function expiryInput(now: Date, expiresAt: Date | null | undefined, mostMs: number): Date | null {
  if (expiresAt === null || expiresAt === undefined) return null;
  if (!(expiresAt > now)) throw invalid(['expiresAt'], 'This time is not in the future.', 'TOO_SMALL');
  if (expiresAt.getTime() - now.getTime() > mostMs)
    throw invalid(['expiresAt'], `This is more than ${Math.floor(mostMs / 86_400_000)} days away.`, 'TOO_BIG');
  return expiresAt;
}

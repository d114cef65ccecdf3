/** What someone asked for, and what they got of it. */
export interface Share {
  readonly asked: number;
  readonly got: number;
}

/** Jain's index: 1 where all have the same, one part where one has everything of several. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((all, share) => all + share, 0);
  const squares = shares.reduce((all, share) => all + share ** 2, 0);
  return squares === 0 ? 0 : sum ** 2 / (shares.length * squares);
}

/**
 * What each should have got of what all got together: as much as everyone else, but no more than was asked, and what is left of
 * that goes to those who asked for more.
 */
export function entitlements(shares: readonly Share[]): number[] {
  let left = shares.reduce((all, { got }) => all + got, 0);
  const entitled = shares.map(() => 0);
  const byNeed = shares.map(({ asked }, index) => ({ asked, index })).sort((a, b) => a.asked - b.asked);
  for (const [done, { asked, index }] of byNeed.entries()) {
    const part = Math.min(asked, left / (byNeed.length - done));
    entitled[index] = part;
    left -= part;
  }
  return entitled;
}

/** Jain's index of what each got of what it was entitled to. */
export function fairness(shares: readonly Share[]): number {
  const entitled = entitlements(shares);
  return jain(shares.flatMap(({ asked, got }, index) => (asked === 0 ? [] : [got / Math.max(entitled[index] ?? 0, Number.MIN_VALUE)])));
}

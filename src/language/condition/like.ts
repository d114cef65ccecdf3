import { type Fuel, spend } from '#language/fuel';

/** A pattern of SQL's LIKE: `%` is any text, `_` any character, and a backslash takes the meaning from what follows. */
export type LikePattern = readonly LikePiece[];
type LikePiece = { readonly type: 'any' } | { readonly type: 'one' } | { readonly type: 'character'; readonly value: string };

export function readLike(text: string): LikePattern {
  const pieces: LikePiece[] = [];
  let literal = false;
  for (const value of text) {
    if (literal || !'%_\\'.includes(value)) {
      pieces.push({ type: 'character', value });
      literal = false;
    } else if (value === '\\') literal = true;
    else if (value === '_') pieces.push({ type: 'one' });
    else if (pieces.at(-1)?.type !== 'any') pieces.push({ type: 'any' });
  }
  if (literal) pieces.push({ type: 'character', value: '\\' });
  return pieces;
}

/** Whether the whole text fits. Every step is paid for: at worst, each `%` looks through the rest of the text for what follows it. */
export function isLike(text: string, pattern: LikePattern, fuel: Fuel): boolean {
  spend(fuel, 1 + (text.length >> 2), 0);
  const characters = Array.from(text);
  let at = 0;
  let piece = 0;
  // Where the last `%` stands, and how far it reaches by now: an earlier one need never be tried again.
  let anyPiece = -1;
  let anyAt = 0;
  while (at < characters.length) {
    spend(fuel, 0.05, 0);
    const wanted = pattern[piece];
    if (wanted?.type === 'any') {
      anyPiece = piece++;
      anyAt = at;
    } else if (wanted?.type === 'one' || (wanted?.type === 'character' && wanted.value === characters[at])) {
      piece++;
      at++;
    } else if (anyPiece >= 0) {
      piece = anyPiece + 1;
      at = ++anyAt;
    } else return false;
  }
  while (pattern[piece]?.type === 'any') piece++;
  return piece === pattern.length;
}

import { AlreadyExistsError } from '#domain/errors';
import { invalid, keyFromName } from '#domain/input';

export interface KeyWish {
  /** Chosen by the client: this one or none. */
  readonly key?: string | null | undefined;
  /** What a key is derived from when the client chose none. */
  readonly name: string;
}

// Enough for people who give the same name again and again; beyond it they choose a key.
const derivedTries = 50;

/**
 * Takes the wished key or, without a wish, the first free one of `greet`, `greet-2`, `greet-3` ... `take` answers false for a key that
 * is taken, without breaking the transaction. Answers the key. Throws AlreadyExistsError (`key`), or InvalidInputError for a name without
 * any letter that a key may have.
 */
export async function takeKey(wish: KeyWish, take: (key: string) => Promise<boolean>): Promise<string> {
  if (wish.key !== null && wish.key !== undefined) {
    if (await take(wish.key)) return wish.key;
    throw new AlreadyExistsError('key', `The key "${wish.key}" is taken.`);
  }
  const base = keyFromName(wish.name)?.slice(0, 120);
  if (base === undefined) throw invalid(['key'], 'No key can be made of this name: choose one.', 'REQUIRED');
  for (let count = 1; count <= derivedTries; count += 1) {
    const key = count === 1 ? base : `${base}-${count}`;
    if (await take(key)) return key;
  }
  throw new AlreadyExistsError('key', `The keys made of this name are taken: choose one.`);
}

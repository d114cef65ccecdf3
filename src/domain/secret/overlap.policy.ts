/** Under which names a secret is kept, and the one before it. */
export interface SecretNames {
  readonly current: string;
  readonly previous: string;
}

/** The former secret with its end, as it is kept: when a row was changed says nothing, for it is encrypted anew when keys are rotated. */
export function former(secret: string, until: Date): string {
  return `${until.toISOString()} ${secret}`;
}

/** The secrets that are valid at a moment, of those that are kept of one owner: the present one first. */
export function validSecrets(kept: ReadonlyMap<string, string> | undefined, { current, previous }: SecretNames, now: Date): string[] {
  const secret = kept?.get(current);
  const [, until = '', old = ''] = /^(\S+) (.+)$/s.exec(kept?.get(previous) ?? '') ?? [];
  return [...(secret === undefined ? [] : [secret]), ...(new Date(until) > now ? [old] : [])];
}

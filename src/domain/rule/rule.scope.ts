/** What a rule may do, at most. Each may be narrowed to a type of records: `entity.write:request`. */
export const scopeNames = ['entity.read', 'entity.write', 'note.write', 'webhook.call', 'mail.send'] as const;
export type ScopeName = (typeof scopeNames)[number];

/** Lists of scopes all of which must hold one; none: everything is allowed, as to a rule without an app. */
export type Scopes = readonly (readonly string[])[];

/** What the rule wants, nothing allows. */
export class ScopeFault extends Error {
  override readonly name = 'ScopeFault';
  readonly scope: string;

  constructor(scope: string) {
    super(`The app has no scope ${scope} here.`);
    this.scope = scope;
  }
}

/** Throws ScopeFault. `blueprint`: the key of the type of records it is about; null: about none. */
export function assertScope(scopes: Scopes, name: ScopeName, blueprint: string | null): void {
  const narrowed = blueprint === null ? null : `${name}:${blueprint}`;
  if (scopes.every((list) => list.some((scope) => scope === name || scope === narrowed))) return;
  throw new ScopeFault(narrowed ?? name);
}

import { covers, type ScopeName } from '#domain/tenant/scope.policy';

/** Lists of scopes all of which must grant one; none: everything is allowed, as to a rule without an app. */
export type Scopes = readonly (readonly string[])[];

/** Nothing grants what the rule wants. */
export class ScopeFault extends Error {
  override readonly name = 'ScopeFault';

  constructor(scope: string) {
    super(`The app has no scope ${scope} here.`);
  }
}

/** Throws ScopeFault. `blueprint`: the key of the type of records it is about; null: about none. */
export function assertScope(scopes: Scopes, name: ScopeName, blueprint: string | null): void {
  if (scopes.length === 0) return;
  const scope = blueprint === null ? name : `${name}:${blueprint}`;
  if (!scopes.every((granted) => covers(granted, scope))) throw new ScopeFault(scope);
}

import { z } from 'zod';
import { keyPattern } from '#domain/input';

/** What rules of an app may do; each also narrowed to the records of one blueprint: `entity.write:request`. */
export const scopeNames = ['entity.read', 'entity.write', 'note.write', 'webhook.call', 'mail.send'] as const;
export type ScopeName = (typeof scopeNames)[number];

const isScopeName = (name: string): name is ScopeName => (scopeNames as readonly string[]).includes(name);

function isScope(scope: string): boolean {
  const [name = '', ...rest] = scope.split(':');
  return isScopeName(name) && (rest.length === 0 || (rest.length === 1 && keyPattern.test(rest[0] ?? '')));
}

const mostScopes = 100;

/** Each once, in the order given. */
export const scopesInput = z
  .array(
    z.string().refine(isScope, {
      message: `A scope is one of ${scopeNames.join(', ')}, or one with the key of a blueprint behind a colon.`,
      params: { code: 'UNKNOWN_SCOPE' },
    }),
  )
  .max(mostScopes)
  .transform((scopes) => [...new Set(scopes)]);

/** Whether a scope is among those that are granted, by itself or with all blueprints. */
export function covers(granted: readonly string[], scope: string): boolean {
  return granted.includes(scope) || granted.includes(scope.replace(/:.*/, ''));
}

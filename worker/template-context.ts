import type { Json } from '#plan/plan';
import { runIdOf } from '#domain/run/run.context';
import type { OwnedSecrets } from './connections.js';
import type { StepCall } from './steps/step.js';

type TemplateValue = undefined | Json | { readonly [key: string]: TemplateValue };
export type TemplateContext = Readonly<Record<string, TemplateValue>>;

/** What templates of a step may name; `more` adds what only some of them have. */
export function templateContext(call: StepCall, more: TemplateContext = {}): TemplateContext {
  const now = call.clock.now().toISOString();
  return { payload: call.input, input: call.input, run: { id: runIdOf(call.runId) }, now, date: now.slice(0, 10), ...more };
}

/**
 * `secrets` for a template: those of the owners in order, later ones win. A value is decrypted when the template asks for it, and the redactor
 * knows it before the template does.
 */
export function secretNames(
  call: Pick<StepCall, 'redactor'>,
  owners: readonly (OwnedSecrets | undefined)[],
): { readonly [name: string]: Json } {
  const secrets = Object.create(null) as Record<string, Json>;
  for (const owner of owners)
    for (const name of owner?.names ?? [])
      Object.defineProperty(secrets, name, {
        enumerable: true,
        configurable: true,
        get: () => {
          const value = owner?.open(name) ?? null;
          if (value !== null) call.redactor.add(value);
          return value;
        },
      });
  return secrets;
}

import type { Json } from '#plan/plan';

/** What a chain came to. */
export interface Decision {
  readonly kind: 'ALLOW' | 'DENY' | 'REDIRECT';
  /** The key of the action that denied or redirected. */
  readonly action: string | null;
  readonly reason: string | null;
  readonly url: string | null;
}

/** What an action asked whoever fired to do. */
export interface AskedCommand {
  /** The action's key. */
  readonly action: string;
  readonly command: string;
  readonly arguments: readonly Json[];
}

/** The output of a run that is a chain, as the worker writes it. */
export interface ChainOutput {
  /** Null: it was stopped by an error. While a redirect is under way, it names the step that redirected. */
  readonly decision: (Decision & { readonly step?: string }) | null;
  readonly commands: readonly AskedCommand[];
}

/** The output of a run as a chain's; null for any other and before there is one. */
export function chainOutputOf(run: { readonly triggerPoint: string | null }, output: unknown): ChainOutput | null {
  const whole = run.triggerPoint !== null && typeof output === 'object' && output !== null && 'commands' in output && 'decision' in output;
  return whole ? (output as unknown as ChainOutput) : null;
}

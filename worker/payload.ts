import type { Json, Plan } from '#plan/plan';
import type { Platform } from '#platform/platform';
import type { ClaimedRun } from '#domain/run/run.claim';
import { runFactsOf, templateContext } from '#domain/run/run.context';
import { type Rendered, payloadTemplate, renderPayload } from '#domain/run/run.template';

/** What the steps of a run get when nothing has to be made for it; null: its payload template must be rendered. */
export function knownPayload(plan: Plan, run: ClaimedRun): { readonly value: Json } | null {
  if (run.resolved) return { value: run.resolvedPayload as Json };
  return plan.payload === undefined ? { value: (run.input ?? null) as Json } : null;
}

/** Renders the payload template of a run; its plan has one. */
export async function makePayload({ db, clock, config }: Platform, plan: Plan, run: ClaimedRun): Promise<Rendered<Json>> {
  const template = payloadTemplate(plan);
  const facts = await runFactsOf(db.sql, run.id, template?.needsLastRun === true);
  if (template === null || facts === null) throw new Error('There is nothing to render.');
  return renderPayload(template, templateContext(facts, clock.now()), config.run);
}

import type { AutomationDraft as DraftRow } from '#platform/db/generated/prisma/client';
import type { ActionSpec } from '#domain/action/action.spec';
import { loadLive } from '#schema/automation/version';
import { type SignedIn, batched, byKey } from '#schema/context';
import { contentOf, nothing } from './action.content.js';

/** The draft of an automation that the viewer sees, by the automation's UUID. */
export const loadDraft = batched<DraftRow>(async ({ app }, ids) => {
  const rows = await app.db.prisma.automationDraft.findMany({ where: { automationId: { in: [...ids] } } });
  return byKey(rows, (row) => row.automationId);
});

/** What an action does as it was last saved: its draft, or its live version when there is none. */
export async function savedContent(context: SignedIn, automationId: string): Promise<ActionSpec> {
  const draft = await loadDraft(context, automationId);
  // Written by the action's service, in this form.
  if (draft !== null) return draft.spec as unknown as ActionSpec;
  const live = await loadLive(context, automationId);
  return live === null ? nothing : contentOf(context, live.versionId);
}

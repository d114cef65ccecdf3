import type { SubjectPlace, TriedRule } from '#domain/rule/rule.trial';
import { savedRule, triedDraft } from '#domain/rule/rule.trial';
import { invalid } from '#domain/input';
import type { Permission } from '#domain/tenant/permission';
import type { SignedIn } from '#schema/context';
import { decodeId } from '#schema/node';
import { draftOf, type RuleDraftInput } from './draft.js';

interface Given {
  readonly rule?: string | null | undefined;
  readonly draft?: typeof RuleDraftInput.$inferInput | null | undefined;
}

/** The rule to be tried, and the saved one that it is compared with. A draft is tried where both are given. */
export async function triedRule(
  context: SignedIn,
  { rule, draft }: Given,
  saved: Permission,
): Promise<{ readonly tried: TriedRule; readonly saved: TriedRule | null }> {
  const { app, viewer } = context;
  if (rule == null && draft == null) throw invalid(['rule'], 'Give a rule or a draft.', 'REQUIRED');
  const live = rule == null ? null : await savedRule(app.db, viewer, decodeId('Rule', rule, ['rule']), saved);
  if (draft == null && live !== null) return { tried: live, saved: live };
  if (draft == null) throw invalid(['rule'], 'Give a rule or a draft.', 'REQUIRED');
  return { tried: triedDraft(await draftOf(context, 'automation.write', draft), ['draft']), saved: live };
}

/** Exactly one of an event and a record. */
export function subjectPlace(event: string | null | undefined, entity: string | null | undefined): SubjectPlace {
  if (typeof event === 'string' && entity == null) return { event: decodeId('Event', event, ['event']) };
  if (typeof entity === 'string' && event == null) return { entity: decodeId('Entity', entity, ['entity']) };
  throw invalid(['event'], 'Give exactly one of event and entity.', 'ONE_OF');
}

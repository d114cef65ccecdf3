import { draftFlow, type FlowSubjectPlace, savedFlow, type TriedFlow } from '#domain/flow/flow.trial';
import { invalid } from '#domain/input';
import type { Permission } from '#domain/tenant/permission';
import type { Json } from '#plan/plan';
import type { SignedIn } from '#schema/context';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import type { FlowDraftInput } from './flow.inputs.js';
import { triggersOf } from './flow.mutations.js';

interface Given {
  readonly flow?: string | null | undefined;
  readonly draft?: typeof FlowDraftInput.$inferInput | null | undefined;
}

/** The flow to be tried, and the saved one that it stands for. A draft is tried where both are given. */
export async function triedFlow(
  context: SignedIn,
  { flow, draft }: Given,
  permission: Permission,
): Promise<{ readonly tried: TriedFlow; readonly saved: TriedFlow | null }> {
  const { app, viewer } = context;
  const saved = flow == null ? null : await savedFlow(app.db, viewer, decodeId('Flow', flow, ['flow']), permission);
  if (draft != null) {
    const { workspace, triggers, ...content } = draft;
    const workspaceId = workspace == null && saved !== null ? saved.workspaceId : workspaceOf(context, workspace, ['draft', 'workspace']);
    return { tried: draftFlow(app, viewer, workspaceId, saved, { ...content, triggers: triggersOf(triggers) }), saved };
  }
  if (saved === null) throw invalid(['flow'], 'Give a flow or a draft.', 'REQUIRED');
  return { tried: saved, saved };
}

interface SubjectGiven {
  readonly event?: string | null | undefined;
  readonly entity?: string | null | undefined;
  readonly inputs?: unknown;
}

/** At most one of an event, a record and inputs; none: no inputs. */
export function flowSubjectPlace({ event, entity, inputs }: SubjectGiven): FlowSubjectPlace {
  if ([event, entity, inputs].filter((one) => one != null).length > 1)
    throw invalid(['event'], 'Give exactly one of event, entity and inputs.', 'ONE_OF');
  if (event != null) return { event: decodeId('Event', event, ['event']) };
  if (entity != null) return { entity: decodeId('Entity', entity, ['entity']) };
  return { inputs: (inputs ?? null) as Json };
}

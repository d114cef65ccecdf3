import { readDraft, type RuleDraft } from '#domain/rule/rule.draft';
import type { Permission } from '#domain/tenant/permission';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { workspaceOf, workspacesOf } from '#schema/scope';
import { referenceOf } from '#schema/written';

export const RuleDraftInput = builder.inputType('RuleDraftInput', {
  description: 'A rule that is being written. Nothing of it is saved.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it would belong; not needed when the viewer belongs to one workspace.' }),
    app: t.id({ description: 'The app on whose behalf it would act: its id, or its key.' }),
    recordType: t.string({
      required: true,
      description: 'The type of records that it is about: the key of a blueprint, or one of its aliases.',
    }),
    trigger: t.string({ description: 'When it is evaluated: `on status update`.' }),
    expressions: t.string({ description: 'Its expressions, a line for each: `name: what it says`.' }),
    condition: t.string({ description: 'When its actions are done; empty: always.' }),
    actions: t.string({ description: 'What is done, a line for each: `label: what it says`.' }),
  }),
});

/** The draft, with the types of records that it knows. `path` leads to it in the input. */
export function draftOf(
  context: SignedIn,
  permission: Permission,
  { workspace, app, ...texts }: typeof RuleDraftInput.$inferInput,
  path: readonly string[] = ['draft'],
): Promise<RuleDraft> {
  return readDraft(context.app.db, context.viewer, permission, {
    ...texts,
    workspaceId: workspaceOf(context, workspace, [...path, 'workspace']),
    app: referenceOf('App', app, [...path, 'app']),
  });
}

/** The draft for a query of an editor; null in a workspace that the viewer does not see. */
export async function visibleDraft(context: SignedIn, draft: typeof RuleDraftInput.$inferInput): Promise<RuleDraft | null> {
  const { workspace } = draft;
  const isHidden = typeof workspace === 'string' && workspacesOf(context, 'automation.read', workspace).length === 0;
  return isHidden ? null : draftOf(context, 'automation.read', draft);
}

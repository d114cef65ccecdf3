import type { Suggestion as SuggestionRow } from '#platform/db/generated/prisma/client';
import { readableSuggestions } from '#domain/suggestion/suggestion.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder, type JsonObject } from '#schema/builder';
import { byKey } from '#schema/context';
import { enumType } from '#schema/enums';
import { invalid } from '#domain/input';
import { Node, encodeId, nodeType } from '#schema/node';
import { Entity, loadEntity } from '#schema/record/entity';
import { Run, loadRun } from '#schema/run/run';
import { idOrKey, workspacesOf } from '#schema/scope';
import { actorFields } from '#schema/tenant/actor';

const OriginType = enumType<'AUTOMATION'>('SuggestionOriginType', 'What made a suggestion.', { AUTOMATION: 'A flow.' });
const ResourceType = enumType<'ENTITY'>('ResourceType', 'What a suggestion is about.', { ENTITY: 'A record.' });

export const loadSuggestion = nodeType<SuggestionRow>('Suggestion', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.suggestion.findMany({ where: { AND: [{ id: { in: [...ids] } }, readableSuggestions(viewer)] } });
  return byKey(rows, (row) => row.id);
});

interface Acted {
  readonly actorKind: SuggestionRow['creatorKind'];
  readonly actorId: string | null;
  readonly actorName: string;
}

const SuggestionActor = builder.objectRef<Acted>('SuggestionActor').implement({
  description: 'Who made or changed a suggestion.',
  fields: (t) => actorFields(t),
});

export const Suggestion = builder.objectRef<SuggestionRow>('Suggestion').implement({
  description: 'A change of a record, or a new one, that a flow found and a person may apply.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Suggestion', id) }),
    key: t.exposeString('key', { description: 'The name that programs use, unique in the workspace: free text.' }),
    title: t.exposeString('title', { description: 'What it says, in short.' }),
    description: t.exposeString('description', { description: 'What it says; empty when nobody said more.' }),
    originType: t.field({ type: OriginType, description: 'What made it.', resolve: () => 'AUTOMATION' as const }),
    originId: t.exposeString('originId', { description: 'The key of the flow that it comes from; it may be gone.' }),
    origin: t.field({
      type: Automation,
      nullable: true,
      description: 'The flow that it comes from.',
      resolve: ({ automationId }, _args, context) => (automationId === null ? null : loadAutomation(context, automationId)),
    }),
    sourceType: t.field({ type: ResourceType, description: 'What was observed.', resolve: () => 'ENTITY' as const }),
    sourceId: t.exposeString('sourceId', { description: 'The name of what was observed: the key of a record, or its id.' }),
    source: t.field({
      type: Entity,
      nullable: true,
      description: 'The record that was observed; null when it is gone, or of another system.',
      resolve: ({ sourceEntityId }, _args, context) => (sourceEntityId === null ? null : loadEntity(context, sourceEntityId)),
    }),
    sourceContext: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What was observed, as it was then.',
      resolve: ({ sourceContext }) => sourceContext,
    }),
    targetType: t.field({ type: ResourceType, description: 'What would be changed or made.', resolve: () => 'ENTITY' as const }),
    targetId: t.exposeString('targetId', { description: 'The key of the record that would be changed or made.' }),
    targetBlueprint: t.exposeString('targetBlueprint', { description: 'The key of its blueprint.' }),
    targetContext: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The target, as it was then.',
      resolve: ({ targetContext }) => targetContext,
    }),
    targetIdOverride: t.exposeString('targetIdOverride', {
      nullable: true,
      description: 'The record to which it is applied in place of the target: its key, or its id.',
    }),
    data: t.field({ type: 'JSONObject', description: 'What is written.', resolve: ({ data }) => data as JsonObject }),
    ignored: t.exposeBoolean('ignored', {
      description: 'Whether nobody wants it: it is not applied, and its flow does not make it again.',
    }),
    autoApply: t.exposeBoolean('autoApply', { description: 'Whether it is applied as soon as it is made or changed.' }),
    lastAppliedAt: t.expose('lastAppliedAt', { type: 'DateTime', nullable: true, description: 'When it was last applied; null: never.' }),
    appliedTo: t.field({
      type: Entity,
      nullable: true,
      description: 'The record to which it was last applied.',
      resolve: ({ appliedEntityId }, _args, context) => (appliedEntityId === null ? null : loadEntity(context, appliedEntityId)),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that made it, while it is kept.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    createdBy: t.field({
      type: SuggestionActor,
      description: 'Who made it.',
      resolve: ({ creatorKind, creatorId, creatorName }) => ({ actorKind: creatorKind, actorId: creatorId, actorName: creatorName }),
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    updatedBy: t.field({
      type: SuggestionActor,
      description: 'Who changed it last.',
      resolve: ({ updaterKind, updaterId, updaterName }) => ({ actorKind: updaterKind, actorId: updaterId, actorName: updaterName }),
    }),
  }),
});

builder.queryField('suggestion', (t) =>
  t.field({
    type: Suggestion,
    nullable: true,
    description: 'One suggestion by its id or its key; null when there is none that the viewer may see.',
    args: {
      id: t.arg.id({ description: 'Its id. Give exactly one of id and key.' }),
      key: t.arg.string({ description: 'Its key.' }),
      workspace: t.arg.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    },
    resolve: (_root, args, context) => {
      const place = idOrKey('Suggestion', args);
      const workspaceIds = workspacesOf(context, 'entity.read', args.workspace);
      if ('key' in place && typeof args.workspace !== 'string' && workspaceIds.length > 1)
        throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
      return context.app.db.prisma.suggestion.findFirst({ where: { AND: [readableSuggestions(context.viewer, workspaceIds), place] } });
    },
  }),
);

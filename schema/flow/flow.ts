import type { Automation as AutomationRow, Flow as FlowRow } from '#platform/db/generated/prisma/client';
import { listedAutomations } from '#domain/automation/automation.policy';
import { flowMermaid } from '#domain/flow/flow.picture.mermaid';
import { flowSvg } from '#domain/flow/flow.picture.svg';
import { invalid } from '#domain/input';
import { Automation } from '#schema/automation/automation';
import { builder, heavyComplexity } from '#schema/builder';
import { batched, byKey } from '#schema/context';
import { Node, encodeId } from '#schema/node';
import { idOrKey, workspacesOf } from '#schema/scope';
import { contentFields, liveContent } from './flow.content.js';
import { Tag, type TagValue } from './tag.js';

/** What lists know of a flow, by the UUID of its automation. */
const loadRow = batched<FlowRow>(async ({ app }, ids) => {
  const rows = await app.db.prisma.flow.findMany({ where: { automationId: { in: [...ids] } } });
  return byKey(rows, (row) => row.automationId);
});

export const Flow = builder.objectRef<AutomationRow>('Flow').implement({
  description:
    'An automation of steps: one after the other, with conditions, branches, loops, approvals and waits. Every save is live at once, as a new version; runs keep the version that they began with.',
  interfaces: [Automation, Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Flow', id) }),
    icon: t.string({
      nullable: true,
      description: 'The name of an icon: `github`.',
      resolve: async ({ id }, _args, context) => (await loadRow(context, id))?.icon ?? null,
    }),
    position: t.int({
      description:
        'Of several flows for one event, the one with the lowest position goes first, and where it is equal the one that comes first by key.',
      resolve: async ({ id }, _args, context) => (await loadRow(context, id))?.position ?? 0,
    }),
    tags: t.field({
      type: [Tag],
      description: 'Its tags.',
      resolve: async ({ id }, _args, context) => ((await loadRow(context, id))?.tags ?? []) as unknown as TagValue[],
    }),
    svg: t.string({
      description:
        'A picture of it as an SVG document: what starts it, its steps from top to bottom, its branches side by side, its loops as frames. It holds no scripts and no links.',
      complexity: 2 * heavyComplexity,
      resolve: async ({ id, name }, _args, context) => flowSvg({ id, name, spec: await liveContent(context, id), run: null }),
    }),
    mermaid: t.string({
      description: 'The same as a diagram in the language of Mermaid, for documents that draw it.',
      complexity: 2 * heavyComplexity,
      resolve: async ({ id, name }, _args, context) => flowMermaid({ name, spec: await liveContent(context, id), run: null }),
    }),
    ...contentFields<AutomationRow>(t, ({ id }, context) => liveContent(context, id)),
  }),
});

builder.queryField('flow', (t) =>
  t.field({
    type: Flow,
    nullable: true,
    description: 'One flow by its id or its key; null when there is none that the viewer may see.',
    args: {
      id: t.arg.id({ description: 'Its id. Give exactly one of id and key.' }),
      key: t.arg.string({ description: 'Its key.' }),
      workspace: t.arg.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    },
    resolve: (_root, args, context) => {
      const place = idOrKey('Flow', args);
      const workspaceIds = workspacesOf(context, 'automation.read', args.workspace);
      if ('key' in place && typeof args.workspace !== 'string' && workspaceIds.length > 1)
        throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
      return context.app.db.prisma.automation.findFirst({
        where: { AND: [listedAutomations(context.viewer, workspaceIds), { kind: 'FLOW', ...place }] },
        orderBy: { id: 'asc' },
      });
    },
  }),
);

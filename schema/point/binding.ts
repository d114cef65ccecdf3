import type { Binding as BindingRow, Secret } from '#platform/db/generated/prisma/client';
import { readableBindings } from '#domain/point/point.policy';
import { can } from '#domain/tenant/permission';
import { Action } from '#schema/action/action';
import { loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { forParents } from '#schema/connection';
import { type SignedIn, batched, byKey, groupedBy } from '#schema/context';
import { Node, encodeId, nodeType } from '#schema/node';
import { type ShownPoint, TriggerPoint, loadPoint } from './trigger-point.js';

export const loadBinding = nodeType<BindingRow>('Binding', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.binding.findMany({ where: { AND: [{ id: { in: [...ids] } }, readableBindings(viewer)] } });
  return byKey(rows, (row) => row.id);
});

type NamedSecret = Pick<Secret, 'ownerId' | 'name' | 'updatedAt'>;

const BindingSecret = builder.objectRef<NamedSecret>('BindingSecret').implement({
  description: 'A secret of a binding. Its value is never given back.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name by which the action finds it: `event.secrets.NAME`.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last set.' }),
  }),
});

const loadSecrets = batched<readonly NamedSecret[]>(async ({ app }, ids) => {
  const rows = await app.db.prisma.secret.findMany({
    where: { owner: 'BINDING', ownerId: { in: [...ids] } },
    orderBy: { name: 'asc' },
    select: { ownerId: true, name: true, updatedAt: true },
  });
  return groupedBy(rows, (row) => row.ownerId);
});

export const Binding = builder.objectRef<BindingRow>('Binding').implement({
  description: "An action's place at a trigger point.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Binding', id) }),
    triggerPoint: t.field({
      type: TriggerPoint,
      nullable: true,
      description: 'Where it is bound.',
      resolve: ({ workspaceId, triggerPoint }, _args, context) => loadPoint(context, workspaceId, triggerPoint),
    }),
    action: t.field({
      type: Action,
      nullable: true,
      description: 'What is bound. Each execution runs the version that was live when it was fired.',
      resolve: ({ automationId }, _args, context) => loadAutomation(context, automationId),
    }),
    displayName: t.exposeString('displayName', { description: 'How it is called here.' }),
    position: t.exposeInt('position', { description: 'From 0, in the order in which the actions run.' }),
    secrets: t.field({
      type: [BindingSecret],
      description: 'Its secrets, by name, which stand before those of the action. None for who may not know of them.',
      resolve: async ({ id, workspaceId }, _args, context) =>
        can(context.viewer, workspaceId, 'secret.read') ? [...((await loadSecrets(context, id)) ?? [])] : [],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was bound.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

/** What is bound to a point, in order. */
function bindingsAt(context: SignedIn, { workspaceId, key }: ShownPoint): Promise<readonly BindingRow[]> {
  return forParents<readonly BindingRow[]>(
    context,
    'TriggerPoint.bindings',
    workspaceId,
    key,
    async (keys) => {
      const rows = await context.app.db.prisma.binding.findMany({
        where: { AND: [readableBindings(context.viewer), { workspaceId, triggerPoint: { in: [...keys] } }] },
        orderBy: { position: 'asc' },
      });
      return groupedBy(rows, (row) => row.triggerPoint);
    },
    [],
  );
}

const loadBindingsOf = batched<readonly BindingRow[]>(async ({ app, viewer }, automationIds) => {
  const rows = await app.db.prisma.binding.findMany({
    where: { AND: [readableBindings(viewer), { automationId: { in: [...automationIds] } }] },
    orderBy: { triggerPoint: 'asc' },
  });
  return groupedBy(rows, (row) => row.automationId);
});

builder.objectField(TriggerPoint, 'bindings', (t) =>
  t.field({
    type: [Binding],
    description: 'What is bound to it, in the order in which the actions run: at most 20.',
    complexity: { field: 1, multiplier: 5 },
    resolve: async (point, _args, context) => [...(await bindingsAt(context, point))],
  }),
);

builder.objectField(Action, 'triggerPoint', (t) =>
  t.field({
    type: TriggerPoint,
    nullable: true,
    description: 'The trigger point that it is made for; null when it runs otherwise.',
    resolve: ({ workspaceId, triggerPoint }, _args, context) =>
      triggerPoint === null ? null : loadPoint(context, workspaceId, triggerPoint),
  }),
);

builder.objectField(Action, 'bindings', (t) =>
  t.field({
    type: [Binding],
    description: 'Where it is bound to trigger points.',
    complexity: { field: 1, multiplier: 2 },
    resolve: async ({ id }, _args, context) => [...((await loadBindingsOf(context, id)) ?? [])],
  }),
);

import { knownPoints } from '#domain/point/point.catalogue';
import { type Point, type PointCommand, ownPoint, readablePoints } from '#domain/point/point.policy';
import { invalid } from '#domain/input';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { BindingPolicy, PointMode, PointStatus, enumType } from '#schema/enums';
import { workspacesOf } from '#schema/scope';

/** A trigger point as a workspace sees it. */
export interface ShownPoint extends Point {
  readonly workspaceId: string;
  readonly own: boolean;
}

export const CommandEffect = enumType<PointCommand['effect']>('CommandEffect', 'What a command does to the execution of a trigger point.', {
  COMMAND: 'Nothing: it is for whoever fired.',
  DENY: 'It refuses, and ends the execution.',
  REDIRECT: 'It interrupts the execution until the person is back.',
});

const TriggerPointCommand = builder.objectRef<PointCommand>('TriggerPointCommand').implement({
  description: 'What an action can ask for at a trigger point.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As actions call it at `api`: `access.deny`.' }),
    description: t.exposeString('description', { description: 'What it asks for.' }),
    effect: t.expose('effect', { type: CommandEffect, description: 'What it does to the execution.' }),
    target: t.exposeString('target', {
      nullable: true,
      description: 'The place of the event that a command of a name and a value sets for later actions: `user.app_metadata`.',
    }),
    arguments: t.field({
      type: 'JSONObject',
      description: 'The list of its arguments, as JSON Schema 2020-12.',
      resolve: (command) => command.arguments as Readonly<Record<string, unknown>>,
    }),
  }),
});

export const TriggerPoint = builder.objectRef<ShownPoint>('TriggerPoint').implement({
  description: 'A moment of your own software at which bound actions run in order.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The name that programs use, unique in the workspace.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    description: t.exposeString('description', { description: 'When it is fired.' }),
    own: t.exposeBoolean('own', { description: 'Whether the workspace made it; the others are the same everywhere.' }),
    version: t.exposeString('version', { description: 'Version of its event and its commands.' }),
    status: t.expose('status', { type: PointStatus, description: 'Where it stands.' }),
    mode: t.expose('mode', { type: PointMode, description: 'Whether whoever fires it needs what the actions decide.' }),
    policy: t.expose('policy', { type: BindingPolicy, description: 'Who decides what is bound to it.' }),
    runtimes: t.field({
      type: ['String'],
      description: 'What the code of its actions may be made for.',
      resolve: ({ runtimes }) => [...runtimes],
    }),
    defaultRuntime: t.exposeString('defaultRuntime', { description: 'What it is made for when nobody says.' }),
    handler: t.exposeString('handler', {
      description: 'The export of an action that is called with the event and the API; without it, the default export.',
    }),
    resume: t.exposeString('resume', {
      nullable: true,
      description: 'The export that is called after a redirect; null: there are no redirects.',
    }),
    eventSchema: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The event, as JSON Schema 2020-12; null: any.',
      resolve: ({ eventSchema }) => eventSchema as Readonly<Record<string, unknown>> | null,
    }),
    commands: t.field({
      type: [TriggerPointCommand],
      description: 'What its actions can ask for.',
      resolve: ({ commands }) => [...commands],
    }),
    compatible: t.field({
      type: ['String'],
      description: 'Keys of trigger points whose actions may be bound here, too.',
      resolve: ({ compatible }) => [...compatible],
    }),
  }),
});

/** The one workspace that is meant; null: none in which the viewer may read. */
function readableWorkspace(context: SignedIn, workspace: string | null | undefined): string | null {
  const [only, ...others] = workspacesOf(context, 'point.read', workspace);
  if (others.length > 0) throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
  return only ?? null;
}

/** A trigger point of a workspace; null when the viewer sees none of this key. */
export async function loadPoint(context: SignedIn, workspaceId: string, key: string): Promise<ShownPoint | null> {
  const known = knownPoints.find((point) => point.key === key);
  if (known !== undefined) return { ...known, workspaceId, own: false };
  const row = await context.app.db.prisma.triggerPoint.findFirst({
    where: { AND: [readablePoints(context.viewer), { workspaceId, key }] },
  });
  return row === null ? null : { ...ownPoint(row), workspaceId, own: true };
}

/** The same by the UUID of one that the workspace made. */
export async function loadOwnPoint(context: SignedIn, id: string): Promise<ShownPoint | null> {
  const row = await context.app.db.prisma.triggerPoint.findFirst({ where: { AND: [readablePoints(context.viewer), { id }] } });
  return row === null ? null : { ...ownPoint(row), workspaceId: row.workspaceId, own: true };
}

const workspace = 'Whose bindings are meant; not needed when the viewer belongs to one workspace.';

builder.queryFields((t) => ({
  triggerPoints: t.field({
    type: [TriggerPoint],
    description: 'The well-known trigger points, then those that the workspace made, by their keys.',
    args: { workspace: t.arg.id({ description: workspace }) },
    complexity: { field: 1, multiplier: 20 },
    resolve: async (_root, args, context) => {
      const workspaceId = readableWorkspace(context, args.workspace);
      if (workspaceId === null) return [];
      const own = await context.app.db.prisma.triggerPoint.findMany({ where: { workspaceId }, orderBy: { key: 'asc' } });
      return [
        ...knownPoints.map((point) => ({ ...point, workspaceId, own: false })),
        ...own.map((row) => ({ ...ownPoint(row), workspaceId, own: true })),
      ];
    },
  }),
  triggerPoint: t.field({
    type: TriggerPoint,
    nullable: true,
    description: 'One trigger point; null when there is none of this key that the viewer may see.',
    args: { key: t.arg.string({ required: true, description: 'Its key.' }), workspace: t.arg.id({ description: workspace }) },
    resolve: (_root, { key, workspace: wanted }, context) => {
      const workspaceId = readableWorkspace(context, wanted);
      return workspaceId === null ? null : loadPoint(context, workspaceId, key);
    },
  }),
}));

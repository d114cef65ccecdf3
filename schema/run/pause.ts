import type { Pause as PauseRow, Prisma } from '#platform/db/generated/prisma/client';
import { readablePauses } from '#domain/run/pause.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { type SignedIn, batched, byKey } from '#schema/context';
import { PauseKind } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { Node, encodeId, nodeType } from '#schema/node';
import { workspacesOf } from '#schema/scope';
import { App, loadApp } from '#schema/tenant/app';
import { Workspace, loadWorkspace } from '#schema/tenant/workspace';
import { WaitingFor } from './run.js';

export const loadPause = nodeType<PauseRow>('Pause', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.pause.findMany({ where: { id: { in: [...ids] }, ...readablePauses(viewer) } });
  return byKey(rows, (row) => row.id);
});

const loadHeld = batched<number>(async ({ app }, ids) => {
  const rows = await app.db.prisma.run.groupBy({
    by: ['pauseId'],
    where: { status: 'WAITING', pauseId: { in: [...ids] } },
    _count: true,
  });
  return new Map(rows.map(({ pauseId, _count }) => [pauseId ?? '', _count]));
});

export const Pause = builder.objectRef<PauseRow>('Pause').implement({
  description:
    'While it is there, what it covers is accepted and queued, and not executed. What was running when it was made goes on, and schedules go on ticking.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Pause', id) }),
    kind: t.expose('kind', { type: PauseKind, description: 'What it holds back.' }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'The workspace that it is in.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'The automation whose runs it holds back; null for another kind.',
      resolve: ({ kind, subjectId }, _args, context) =>
        kind === 'AUTOMATION' && subjectId !== null ? loadAutomation(context, subjectId) : null,
    }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app whose automations it holds back; null for another kind.',
      resolve: ({ kind, subjectId }, _args, context) => (kind === 'APP' && subjectId !== null ? loadApp(context, subjectId) : null),
    }),
    host: t.exposeString('host', { nullable: true, description: 'The host whose calls it holds back; null for another kind.' }),
    reason: t.exposeString('reason', { description: 'Why, in the words of who made it; empty when they did not say.' }),
    heldRuns: t.int({
      description: 'Runs that wait for its end now.',
      resolve: async ({ id }, _args, context) => (await loadHeld(context, id)) ?? 0,
    }),
    createdBy: t.exposeString('createdBy', { description: 'The name of who made it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

const PauseConnection = connectionType('Pause', Pause);

const PauseFilter = builder.inputType('PauseFilter', {
  description: 'Which pauses. All that is given must hold.',
  fields: (t) => ({ kind: t.field({ type: [PauseKind], description: 'What they hold back: any of these.' }) }),
});

const newest = [{ column: 'id', direction: 'desc' }] as const;

builder.queryField('pauses', (t) =>
  t.field({
    type: PauseConnection,
    description: 'What is paused now, the newest first.',
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: PauseFilter, description: 'Which ones.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { pause } = context.app.db.prisma;
      const kind = args.filter?.kind;
      const wanted = [
        readablePauses(context.viewer, workspacesOf(context, 'pause.read', args.workspace)),
        kind == null ? {} : { kind: { in: anyOf('kind', kind) } },
      ];
      return connection<Prisma.PauseWhereInput, Prisma.PauseOrderByWithRelationInput, PauseRow>(context, newest, args, {
        find: ({ where, orderBy, take }) => pause.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
        count: () => pause.count({ where: { AND: wanted } }),
      });
    },
  }),
);

/** The broadest pause comes first: it is the one that the runs wait for. */
const breadth: readonly PauseRow['kind'][] = ['WORKSPACE', 'APP', 'AUTOMATION'];

/** The pause over what any of these subjects covers, written as their UUIDs from the broadest to the narrowest, separated by spaces. */
const loadCovering = batched<PauseRow>(async ({ app, viewer }, keys) => {
  const subjects = [...new Set(keys.flatMap((key) => key.split(' ')))];
  const rows = await app.db.prisma.pause.findMany({ where: { AND: [{ subjectId: { in: subjects } }, readablePauses(viewer)] } });
  return new Map(
    keys.flatMap((key) => {
      const over = key.split(' ');
      const covering = rows.filter(({ subjectId }) => over.includes(subjectId ?? ''));
      const broadest = breadth.flatMap((kind) => covering.filter((row) => row.kind === kind))[0];
      return broadest === undefined ? [] : [[key, broadest] as const];
    }),
  );
});

const covering = (context: SignedIn, ...subjects: readonly (string | null)[]) =>
  loadCovering(context, subjects.filter((subject) => subject !== null).join(' '));

builder.objectField(Workspace, 'pause', (t) =>
  t.field({
    type: Pause,
    nullable: true,
    description: 'The pause of the whole workspace; null while it goes on.',
    resolve: ({ id }, _args, context) => covering(context, id),
  }),
);

builder.objectField(App, 'pause', (t) =>
  t.field({
    type: Pause,
    nullable: true,
    description: 'The pause that holds back the runs of its automations, of the workspace or its own. Null while they go on.',
    resolve: ({ id, workspaceId }, _args, context) => covering(context, workspaceId, id),
  }),
);

builder.interfaceField(Automation, 'pause', (t) =>
  t.field({
    type: Pause,
    nullable: true,
    description: 'The pause that holds back its runs, of the workspace, of its app or its own: the broadest one. Null while they go on.',
    resolve: ({ id, appId, workspaceId }, _args, context) => covering(context, workspaceId, appId, id),
  }),
);

builder.objectField(WaitingFor, 'pause', (t) =>
  t.field({
    type: Pause,
    nullable: true,
    description: 'The pause that it waits for; null for another kind of wait, and when the pause has just ended.',
    resolve: ({ pauseId }, _args, context) => (pauseId === null ? null : loadPause(context, pauseId)),
  }),
);

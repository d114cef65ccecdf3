import { NotFoundError } from '#domain/errors';
import { decodeCursor } from '#domain/run/run.feed.cursor';
import { feedFilter } from '#domain/run/run.feed.filter';
import { readableBulkOperations } from '#domain/run/bulk.policy';
import { readableRuns } from '#domain/run/run.policy';
import { builder } from '#schema/builder';
import { RunEventType, RunStatus } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { automationNames, decodeId } from '#schema/node';
import { whilePermitted } from '#schema/subscription';
import { BulkOperation } from './bulk-operation.js';
import { RunEvent } from './run-event.js';
import { Run } from './run.js';

const RunEventFilter = builder.inputType('RunEventFilter', {
  description: 'Which events are wanted; all conditions must hold.',
  fields: (t) => ({
    workspace: t.id({ description: 'Of this workspace; absent: of every workspace whose runs the viewer may read.' }),
    automation: t.id({ description: 'Of runs of this automation.' }),
    automationKey: t.string({ description: 'Of runs of the automation that has this key when the subscription starts.' }),
    runs: t.idList({ description: 'Of these runs, up to 100.' }),
    types: t.field({ type: [RunEventType], description: 'Of these types.' }),
    statuses: t.field({ type: [RunStatus], description: 'With one of these statuses of the run, right after the event.' }),
  }),
});

builder.subscriptionField('runUpdated', (t) =>
  t.field({
    type: Run,
    description: 'The run now, then at each change, the latest state only; completes when it is final.',
    args: { id: t.arg.id({ required: true, description: 'The id of the run.' }) },
    subscribe: async (_root, args, context) => {
      const { app, viewer } = context;
      const id = decodeId('Run', args.id);
      const run = await app.db.prisma.run.findFirst({ where: { id, ...readableRuns(viewer) } });
      if (run === null) throw new NotFoundError(`There is no run with the id ${args.id}.`);
      return whilePermitted(context, app.feed.changes(run));
    },
    resolve: (run) => run,
  }),
);

builder.subscriptionField('bulkOperationUpdated', (t) =>
  t.field({
    type: BulkOperation,
    description: 'The bulk operation now, then as it goes on, the latest state only; completes when it is over.',
    args: { id: t.arg.id({ required: true, description: 'The id of the operation.' }) },
    subscribe: async (_root, args, context) => {
      const { app, viewer } = context;
      const id = decodeId('BulkOperation', args.id);
      const operation = await app.db.prisma.bulkOperation.findFirst({ where: { id, ...readableBulkOperations(viewer) } });
      if (operation === null) throw new NotFoundError(`There is no bulk operation with the id ${args.id}.`);
      return whilePermitted(context, app.feed.bulkChanges(operation));
    },
    resolve: (operation) => operation,
  }),
);

builder.subscriptionField('runEvents', (t) =>
  t.field({
    type: RunEvent,
    description:
      'Every event of the runs that the viewer may read, in one order for all; resumes after a cursor with no gap and no duplicate.',
    args: {
      filter: t.arg({ type: RunEventFilter, description: 'Which events; absent: all.' }),
      after: t.arg({
        type: 'Cursor',
        description: 'Where to go on: the cursor of the last event that was dealt with. Absent: from now on.',
      }),
    },
    subscribe: async (_root, { filter, after }, context) => {
      const { app, viewer } = context;
      const workspaceId = typeof filter?.workspace === 'string' ? decodeId('Workspace', filter.workspace, ['filter', 'workspace']) : null;
      const wanted = await feedFilter(app.db, viewer, {
        workspaceId,
        automationId:
          typeof filter?.automation === 'string' ? decodeId(automationNames, filter.automation, ['filter', 'automation']) : null,
        automationKey: filter?.automationKey ?? null,
        runIds: filter?.runs?.map((id, index) => decodeId('Run', id, ['filter', 'runs', String(index)])) ?? null,
        types: filter?.types == null ? null : anyOf('types', filter.types),
        statuses: filter?.statuses == null ? null : anyOf('statuses', filter.statuses),
      });
      const stream = await app.feed.events({ filter: wanted, after: typeof after === 'string' ? decodeCursor(after) : null });
      return whilePermitted(context, stream);
    },
    resolve: (event) => event,
  }),
);

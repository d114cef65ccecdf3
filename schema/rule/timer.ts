import type { Timer as TimerRow } from '#platform/db/generated/prisma/client';
import { timersOfEntities } from '#domain/rule/rule.lists';
import { readableEntities } from '#domain/record/record.policy';
import { loadRule } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { batched, byKey } from '#schema/context';
import { Event, loadEvent } from '#schema/event/event';
import { pagedList } from '#schema/paged';
import { Entity } from '#schema/record/entity';
import { Run, loadRun } from '#schema/run/run';
import { Rule } from './rule.js';

/** Whoever may read a record may read what is due to it. */
const loadTimer = batched<TimerRow>(async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.timer.findMany({ where: { AND: [{ id: { in: [...ids] } }, readableEntities(viewer)] } });
  return byKey(rows, (row) => row.id);
});

const Timer = builder.objectRef<TimerRow>('Timer').implement({
  description: 'A rule that will be evaluated later: `after 2.days trigger`. Its condition is asked then.',
  fields: (t) => ({
    rule: t.field({
      type: Rule,
      nullable: true,
      description: 'The rule that is due; null when it belongs to a workspace whose rules the viewer may not read.',
      resolve: ({ automationId }, _args, context) => loadRule(context, automationId),
    }),
    dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When it is due.' }),
    setBy: t.field({
      type: Run,
      nullable: true,
      description: 'The run that set it, while it is kept.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
    event: t.field({
      type: Event,
      nullable: true,
      description: 'The event that this run was about, while it is kept.',
      resolve: ({ eventId }, _args, context) => (eventId === null ? null : loadEvent(context, eventId)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was set.' }),
  }),
});

const TimerConnection = connectionType('Timer', Timer);

const timers = pagedList<TimerRow>({
  rows: timersOfEntities,
  order: [
    { column: 'dueAt', direction: 'asc', moment: true },
    { column: 'id', direction: 'asc' },
  ],
  load: loadTimer,
});

builder.objectField(Entity, 'timers', (t) =>
  t.field({
    type: TimerConnection,
    description: 'The rules that will be evaluated for it later, the next one first. What became due is in its events.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => timers(context, id, args),
  }),
);

import type { StepAttempt } from '#domain/run/run.write';
import { timelineSvg } from '#domain/run/run.timeline.svg';
import { mostMarks, type TimelineEffect, type TimelineInput } from '#domain/run/run.timeline';
import { loadAutomation } from '#schema/automation/automation';
import { builder, heavyComplexity } from '#schema/builder';
import { batched, groupedBy } from '#schema/context';
import { Run } from './run.js';
import { loadSteps } from './step-run.js';

type Change = TimelineInput['events'][number];

/** The changes of a run's state. Its log lines are not read. */
const loadChanges = batched<readonly Change[]>(async ({ app }, ids) => {
  const rows = await app.db.prisma.runEvent.findMany({
    where: { runId: { in: [...ids] }, type: { in: ['RUN_QUEUED', 'RUN_STARTED', 'RUN_WAITING', 'RUN_RECLAIMED'] } },
    orderBy: [{ runId: 'asc' }, { sequence: 'asc' }],
    take: mostMarks * ids.length,
    select: { runId: true, type: true, at: true },
  });
  return groupedBy(rows, (row) => row.runId);
});

const loadCalls = batched<readonly TimelineEffect[]>(async ({ app }, ids) => {
  const rows = await app.db.prisma.effect.findMany({
    where: { runId: { in: [...ids] } },
    orderBy: [{ runId: 'asc' }, { startedAt: 'asc' }, { ordinal: 'asc' }],
    take: mostMarks * ids.length,
    select: {
      runId: true,
      stepPath: true,
      method: true,
      host: true,
      status: true,
      statusCode: true,
      errorCode: true,
      startedAt: true,
      finishedAt: true,
    },
  });
  return groupedBy(rows, (row) => row.runId);
});

builder.objectField(Run, 'timelineSvg', (t) =>
  t.string({
    description:
      'A picture of the run as an SVG document: when it was queued, waited and ran, its attempts and its calls. At most 60 lanes and 200 marks; the rest is summed up. It holds no scripts and no links.',
    complexity: 2 * heavyComplexity,
    resolve: async (run, _args, context) => {
      const [automation, steps, events, effects] = await Promise.all([
        run.automationId === null ? null : loadAutomation(context, run.automationId),
        loadSteps(context, run.id),
        loadChanges(context, run.id),
        loadCalls(context, run.id),
      ]);
      return timelineSvg({
        run,
        name: automation?.name ?? null,
        // Attempts are written by the engine, in this form.
        steps: steps.map((step) => ({ ...step, attempts: step.attempts as unknown as StepAttempt[] })),
        events: events ?? [],
        effects: effects ?? [],
        now: context.app.clock.now(),
      });
    },
  }),
);

import type { ReplayEffects as ReplayEffectsValue } from '#platform/db/generated/prisma/enums';
import { firstDifferences, type StepDifference } from '#domain/run/run.difference';
import { replayRun } from '#domain/run/run.replay.service';
import { isFinal } from '#domain/run/run.status';
import { transact } from '#platform/work/work';
import { builder, heavyComplexity } from '#schema/builder';
import { batched } from '#schema/context';
import { ReplayEffects } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { type LightRun, Run, loadRun } from './run.js';
import { loadStep, StepRun } from './step-run.js';

type Replay = LightRun & { readonly replayEffects: ReplayEffectsValue };

interface Difference extends StepDifference {
  readonly earlier: string;
}

/** By the replay's UUID, that of the run that it does again, and whether it is final. */
const loadDifference = batched<StepDifference>(async ({ app }, keys) => {
  const pairs = keys.map((key) => {
    const [now = '', was = '', ended] = key.split(' ');
    return { now, was, ended: ended === 'ended' };
  });
  const found = await firstDifferences(app.db.sql, pairs);
  return new Map(
    keys.flatMap((key, index) => {
      const row = found.get(pairs[index]?.now ?? '');
      return row === undefined ? [] : [[key, row] as const];
    }),
  );
});

const RunDifference = builder.objectRef<Difference>('RunDifference').implement({
  description: 'A step that is not what it was in the run that is done again.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where in the plan it stands.' }),
    was: t.field({
      type: StepRun,
      nullable: true,
      description: 'The step as it was; null: it was not executed.',
      resolve: ({ was, earlier, path }, _args, context) => (was ? loadStep(context, `${earlier} ${path}`) : null),
    }),
    now: t.field({
      type: StepRun,
      nullable: true,
      description: 'The step as it is; null: it is not executed.',
      resolve: ({ now, run, path }, _args, context) => (now ? loadStep(context, `${run} ${path}`) : null),
    }),
  }),
});

const RunReplay = builder.objectRef<Replay>('RunReplay').implement({
  description: 'How a run does an earlier one again.',
  fields: (t) => ({
    replayedFrom: t.field({
      type: Run,
      nullable: true,
      description: 'The run that it does again; null when that is no longer kept.',
      resolve: ({ replayedFromId }, _args, context) => (replayedFromId === null ? null : loadRun(context, replayedFromId)),
    }),
    effects: t.expose('replayEffects', { type: ReplayEffects, description: 'What its steps do outside of it.' }),
    firstDifference: t.field({
      type: RunDifference,
      nullable: true,
      description:
        'The first step whose status or output is not what it was, or that only one of the runs has; null while there is none. Steps that hold others come last.',
      complexity: heavyComplexity,
      resolve: async ({ id, replayedFromId, status }, _args, context) => {
        if (replayedFromId === null) return null;
        const found = await loadDifference(context, `${id} ${replayedFromId} ${isFinal(status) ? 'ended' : 'open'}`);
        return found === null ? null : { ...found, earlier: replayedFromId };
      },
    }),
  }),
});

const isReplay = (run: LightRun): run is Replay => run.replayEffects !== null;

builder.objectField(Run, 'replay', (t) =>
  t.field({
    type: RunReplay,
    nullable: true,
    description: 'Of a run that `replayRun` made; null of others.',
    resolve: (run) => (isReplay(run) ? run : null),
  }),
);

const ReplayRunInput = builder.inputType('ReplayRunInput', {
  description: 'Which run to do again, and how.',
  fields: (t) => ({
    run: t.id({ required: true, description: 'A final run of a flow or an action.' }),
    from: t.string({
      description:
        'Path of the first step that is done again. Those that had ended before it began are taken over. All are done again when absent.',
    }),
    version: t.id({ description: 'A version of its automation; the one that ran when absent.' }),
    effects: t.field({ type: ReplayEffects, required: true, description: 'What its steps do outside of it.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same run.' }),
  }),
});

mutation<typeof ReplayRunInput.$inferInput, { readonly id: string }>('replayRun', {
  description:
    'Does a final run again, as a new run with the same input. With RECORDED nothing is called, written, sent or started: a step that was given something else than in the run that is done again ends it with the code NO_RECORDING.',
  input: ReplayRunInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The new run is queued.',
  fields: (t) => ({
    run: t.field({ type: Run, nullable: true, description: 'The new run.', resolve: ({ id }, _args, context) => loadRun(context, id) }),
  }),
  run: async ({ run, from, version, effects, idempotencyKey }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) =>
      replayRun(work, {
        runId: decodeId('Run', run, ['run']),
        from: from ?? null,
        versionId: version == null ? null : decodeId('AutomationVersion', version, ['version']),
        effects,
        idempotencyKey: idempotencyKey ?? null,
      }),
    ),
  }),
});

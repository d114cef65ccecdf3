import type { Json } from '#plan/plan';
import type { Sql } from '#platform/db/database';
import { InvalidInputError } from '#domain/errors';
import { checkedInputs } from '#domain/flow/flow.inputs';
import { assertFlows, readChildRun, spawningOf, spawnRun, spawnRuns, type Spawned, type Spawning } from '#domain/run/run.spawn.service';
import { queryEntities, type StoreCondition } from '#domain/record/entity.query';
import { type EntityView, uuidOfView } from '#domain/record/entity.view.service';
import { isQueueFull } from '#domain/run/run.backlog';
import { runIdOf } from '#domain/run/run.context';
import { isFinal } from '#domain/run/run.status';
import { isObject } from '#worker/chain.commands';
import { asStepError } from './fault.js';
import { committedOutput, flowOf } from './record.js';
import { type StepCall, StepError, type StepImplementation, type StepWait, StepWaits } from '#worker/steps/step';
import { waitOf } from './wait.js';

/** Starts a run of an action. */
export const runAction: StepImplementation = {
  execute: async (call) => {
    const { action, payload, wait } = call.args as { readonly action?: string; readonly payload?: Json; readonly wait?: boolean };
    return spawn(call, { kind: 'ACTION', key: action ?? '', input: payload ?? null, awaited: wait ?? true });
  },
};

/** Starts a run of another flow. */
export const runFlow: StepImplementation = {
  execute: async (call) => {
    const { flow, inputs, wait } = call.args as { readonly flow?: string; readonly inputs?: Json; readonly wait?: boolean };
    return spawn(call, { kind: 'FLOW', key: flow ?? '', input: inputs ?? null, awaited: wait ?? true });
  },
};

async function spawn(call: StepCall, wanted: Spawned): Promise<Json> {
  const flow = flowOf(call);
  const left = waitOf(flow);
  if (left?.child !== undefined) return childOutput(call, left, left.child);
  await asStepError(() => assertRoom(call));
  const made: { child?: string; wait?: StepWait } = {};
  const committed = await asStepError(() =>
    flow.commit(async (work) => {
      const spawning = await spawningOf(work.sql, flow.run, call.path);
      const child = await spawnRun(work, spawning, await checked(work.sql, spawning, wanted));
      if (!wanted.awaited) return { output: { run: runIdOf(child) } };
      made.wait = { kind: 'SUBFLOW', until: null, detail: `${runIdOf(child)} of ${wanted.key}`, child };
      return { wait: made.wait };
    }),
  );
  if (made.wait !== undefined) throw new StepWaits(made.wait, true);
  return committedOutput(committed);
}

/** What is wrong with the inputs is a fault of the arguments. */
async function checked(sql: Sql, { parent, environmentKey }: Spawning, wanted: Spawned): Promise<Spawned> {
  const { kind, key, input } = wanted;
  if (kind !== 'FLOW') return wanted;
  try {
    return { ...wanted, input: await checkedInputs(sql, { workspaceId: parent.workspaceId, id: null, key, environmentKey }, input) };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new StepError({ code: 'ARGUMENT', message: error.message, retryable: false });
  }
}

/** Between two looks whether there is room. */
const fullMs = 5_000;

/** Throws StepWaits while as many runs of the workspace wait as may: those that are there have their turn first. */
async function assertRoom(call: StepCall, progress?: Json): Promise<void> {
  const { sql, now } = flowOf(call);
  if (!(await isQueueFull(sql, call.workspaceId))) return;
  const until = new Date(now().getTime() + fullMs).toISOString();
  throw new StepWaits({
    kind: 'DELAY',
    until,
    detail: `Step ${call.path}: the queue of the workspace is full`,
    ...(progress === undefined ? {} : { progress }),
  });
}

async function childOutput(call: StepCall, wait: StepWait, child: string): Promise<Json> {
  const { sql } = flowOf(call);
  const { status, output, errorCode, errorMessage } = await asStepError(() => readChildRun(sql, call.workspaceId, child));
  if (!isFinal(status)) throw new StepWaits(wait);
  if (status === 'SUCCEEDED' || status === 'PARTIAL') return output;
  throw new StepError({
    code: 'RUN_FAILED',
    message: `${runIdOf(child)} ended as ${status}${errorCode === null ? '' : `: ${errorCode}: ${errorMessage ?? ''}`}`,
    retryable: true,
  });
}

/** How far it has come: the number of the last record. */
interface Progress {
  readonly after: number | null;
  readonly runs: number;
  readonly entities: number;
}

/** Starts flows once for each record that meets conditions: a page of records is a transaction, and so is what it has come to. */
export const triggerAutomations: StepImplementation = {
  execute: async (call) => {
    const flow = flowOf(call);
    const { sql } = flow;
    const { automationIds, entities } = call.args as unknown as {
      readonly automationIds: string | readonly string[];
      readonly entities: { readonly conditions: readonly StoreCondition[] };
    };
    const listed = typeof automationIds === 'string' ? automationIds.split(',').map((key) => key.trim()) : automationIds;
    const keys = [...new Set(listed.filter((key) => key !== ''))];
    const { left } = flow;
    const made = waitOf(flow)?.progress ?? left;
    let progress: Progress = isObject(made) && 'runs' in made ? (made as unknown as Progress) : { after: null, runs: 0, entities: 0 };
    return asStepError(async () => {
      const spawning = await spawningOf(sql, flow.run, call.path);
      await assertFlows(spawning, sql, keys);
      for await (const views of queryEntities(sql, call.workspaceId, entities.conditions, { after: progress.after, most: Infinity })) {
        await assertRoom(call, { ...progress });
        const before = progress;
        await flow.commit(async (work) => {
          const runs = await spawnRuns(
            work,
            spawning,
            views.flatMap((view) => keys.map((key) => spawnedFor(view, key, flow.now()))),
          );
          progress = { after: Number(views.at(-1)?.['number']), runs: before.runs + runs, entities: before.entities + views.length };
          return { progress: { ...progress } };
        });
      }
      return { runs: progress.runs, entities: progress.entities };
    });
  },
};

function spawnedFor(view: EntityView, key: string, now: Date): Spawned {
  const event = { type: 'flow.triggered', action: 'trigger', resource: 'entity', at: now.toISOString() };
  return { kind: 'FLOW', key, input: { event, data: view, previous: null }, awaited: false, entityId: uuidOfView(view) };
}

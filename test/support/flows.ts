import { expect, vi } from 'vitest';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import type { Json } from '#plan/plan';
import { fromClient } from '#domain/event/event.emit.service';
import type { CreateFlowInput } from '#domain/flow/flow.input';
import { createFlow } from '#domain/flow/flow.service';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import { readViews } from '#domain/record/entity.view.service';
import { type EntityChange, changeEntity, makeEntity } from '#domain/record/entity.write.service';
import { cancelRun } from '#domain/run/run.service';
import type { Engine } from './engine.js';

type FlowInput = Partial<Omit<CreateFlowInput, 'workspaceId'>>;

export interface Flows {
  /** Makes a flow and answers its id; its key is `key`. */
  flow(key: string, input: FlowInput): Promise<string>;
  /** Starts one by its key and answers the id of the run. */
  start(key: string, inputs?: unknown): Promise<string>;
  /** A run with its steps in their order. */
  run(id: string): ReturnType<typeof readRun>;
  /** The run once it is final. */
  final(id: string): ReturnType<typeof readRun>;
  /** The run once it waits for something of this kind. */
  waiting(id: string, kind: string): ReturnType<typeof readRun>;
  /** Starts it and waits for its end. */
  outcome(key: string, inputs?: unknown): ReturnType<typeof readRun>;
  /** `fetch SUCCEEDED`, of all steps in their order. */
  steps(id: string): Promise<readonly string[]>;
  make(blueprint: string, key: string | null, change?: EntityChange): Promise<string>;
  change(id: string, change: EntityChange): Promise<void>;
  /** As flows see it. */
  read(blueprint: string, key: string): Promise<Readonly<Record<string, Json>> | null>;
  cancel(id: string): Promise<void>;
  /** Waits until all events have passed. */
  settled(): Promise<void>;
}

const soon = { timeout: 60_000, interval: 15 };

async function readRun({ app }: Pick<Engine, 'app'>, id: string) {
  return await app.db.prisma.run.findUniqueOrThrow({
    where: { id },
    include: { steps: { orderBy: [{ ordinal: 'asc' }, { path: 'asc' }] }, approvals: true },
  });
}

/** What tests of flows need beside an engine: the blueprints `service` and `team`, and flows over their records. */
export async function seedFlows(engine: Engine): Promise<Flows> {
  const { app, viewer } = engine;
  const { workspaceId } = engine.workspace;
  const { prisma } = app.db;
  const text = { type: 'string' };
  for (const { properties = {}, links = [], ...row } of [
    { key: 'team', indexed: ['lead'], properties: { lead: text } },
    {
      key: 'service',
      indexed: ['stage'],
      statuses: ['planned', 'live'].map((name) => ({ name, final: false, derived: false })),
      properties: { stage: text, level: { type: 'integer' }, tags: { type: 'object' }, description: text },
      links: [
        { name: 'owner', aliases: [], kind: 'ONE', blueprint: 'team' },
        { name: 'uses', aliases: [], kind: 'MANY', blueprint: 'service' },
      ],
    },
  ])
    await prisma.blueprint.create({
      data: {
        id: newId(),
        workspaceId,
        name: row.key,
        aliases: [],
        ...row,
        links,
        schema: { type: 'object', properties: { name: text, ...properties } },
      },
    });
  const specOf = async (sql: Parameters<typeof loadBlueprints>[0], blueprint: string) => {
    const spec = (await loadBlueprints(sql, workspaceId)).called(blueprint);
    if (spec === null) throw new Error(`There is no ${blueprint}.`);
    return spec;
  };
  const until = (id: string, reached: (run: Awaited<ReturnType<typeof readRun>>) => void) =>
    vi.waitFor(async () => {
      const run = await readRun(engine, id);
      reached(run);
      return run;
    }, soon);
  const start: Flows['start'] = async (key, inputs) =>
    (await app.triggers.trigger(viewer, { workspaceId, automationKey: key, payload: inputs, trigger: 'API', kind: 'FLOW' })).id;
  const final: Flows['final'] = (id) => until(id, (run) => expect(run.finishedAt, `${run.status} ${String(run.waitKind)}`).not.toBeNull());
  return {
    flow: (key, input) => transact(app, viewer, (work) => createFlow(work, { name: key, key, type: 'AUTOMATION', ...input, workspaceId })),
    start,
    run: (id) => readRun(engine, id),
    final,
    waiting: (id, kind) =>
      until(id, (run) => expect(`${run.status} ${String(run.waitKind)} ${String(run.errorMessage)}`).toContain(`WAITING ${kind}`)),
    outcome: async (key, inputs) => final(await start(key, inputs)),
    steps: async (id) => (await readRun(engine, id)).steps.map(({ path, status }) => `${path} ${status}`),
    make: (blueprint, key, change = {}) =>
      transact(app, viewer, async (work) => (await makeEntity(work, await specOf(work.sql, blueprint), { ...change, key }, fromClient)).id),
    change: (id, change) => transact(app, viewer, (work) => changeEntity(work, id, change, fromClient)).then(() => undefined),
    read: async (blueprint, key) => {
      const row = await prisma.entity.findFirst({ where: { workspaceId, key, blueprint: { key: blueprint } }, select: { id: true } });
      return row === null ? null : ((await readViews(app.db.sql, workspaceId, [row.id]))[0] ?? null);
    },
    cancel: (id) => transact(app, viewer, (work) => cancelRun(work, { runId: id })).then(() => undefined),
    settled: async () => {
      await expect.poll(() => prisma.event.count({ where: { workspaceId, passedAt: null } }), soon).toBe(0);
    },
  };
}

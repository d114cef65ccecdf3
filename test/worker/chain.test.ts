import { describe, expect, it, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { createAction, updateAction } from '#domain/action/action.service';
import { deployAction } from '#domain/action/deploy.service';
import { updateBindings } from '#domain/point/binding.service';
import { chainOutputOf } from '#domain/run/run.decision';
import { stuckRuns } from '#domain/run/run.invariant';
import { type Engine, testEngine } from '#test/support/engine';

const soon = { timeout: 60_000, interval: 20 };

/** Binds actions of these bodies to post-login, in order. */
async function bound({ app, viewer, workspace: { workspaceId } }: Engine, bodies: Readonly<Record<string, string>>): Promise<void> {
  await transact(app, viewer, async (work) => {
    for (const [key, body] of Object.entries(bodies))
      await createAction(work, {
        workspaceId,
        key,
        name: key,
        code: `exports.onExecutePostLogin = async (event, api) => { ${body} };`,
        triggerPoint: 'post-login',
        deploy: true,
      });
    const bindings = Object.keys(bodies).map((actionName) => ({ ref: { actionName } }));
    await updateBindings(work, { workspaceId, triggerPoint: 'post-login', bindings });
  });
}

const fire = ({ app, viewer, workspace: { workspaceId } }: Engine) =>
  app.firings.fire(viewer, { workspaceId, triggerPoint: 'post-login', event: {}, wait: false });

const sets = (value: string) => `api.user.setAppMetadata('${value}', Object.keys(event.user?.app_metadata ?? {}).length);`;

describe('a chain', () => {
  it('loses nothing when its worker is killed in between: what was done stands, and the rest is done by another one', {
    timeout: 150_000,
  }, async () => {
    const engine = await testEngine();
    const { prisma, sql } = engine.app.db;
    await bound(engine, {
      one: sets('one'),
      two: `${sets('two')} await new Promise((resolve) => setTimeout(resolve, 1_500));`,
      three: sets('three'),
    });
    // A lost worker costs a chain of its time: here it is to have plenty.
    const { plan } = await prisma.pointChain.findFirstOrThrow({ include: { plan: true } });
    await prisma.plan.update({ where: { hash: plan.hash }, data: { document: { ...(plan.document as object), budgetMs: 120_000 } } });
    const { run } = await fire(engine);
    const worker = engine.worker();
    const steps = () => prisma.stepRun.findMany({ where: { runId: run.id }, orderBy: { ordinal: 'asc' } });
    await vi.waitFor(async () => expect((await steps()).map(({ status }) => status)).toEqual(['SUCCEEDED', 'RUNNING']), soon);
    await worker.kill('SIGKILL');
    engine.worker();
    await vi.waitFor(
      async () => expect(await prisma.run.findUniqueOrThrow({ where: { id: run.id } })).toMatchObject({ status: 'SUCCEEDED' }),
      soon,
    );
    const ended = await prisma.run.findUniqueOrThrow({ where: { id: run.id } });
    const output = chainOutputOf(ended, ended.output);
    expect(output?.decision).toMatchObject({ kind: 'ALLOW' });
    expect(output?.commands.map(({ action, arguments: values }) => [action, ...values])).toEqual([
      ['one', 'one', 0],
      ['two', 'two', 1],
      ['three', 'three', 2],
    ]);
    expect((await steps()).map(({ attempts }) => (attempts as unknown[]).length)).toEqual([1, 2, 1]);
    expect(await stuckRuns(sql, 5_000)).toEqual([]);
  });

  it('runs the versions that were live when it was fired', async () => {
    const engine = await testEngine();
    const { app, viewer, workspace } = engine;
    const { workspaceId } = workspace;
    await bound(engine, { pinned: sets('first') });
    const { run } = await fire(engine);
    await transact(app, viewer, async (work) => {
      await updateAction(
        work,
        { workspaceId, key: 'pinned' },
        { code: `exports.onExecutePostLogin = async (event, api) => { ${sets('second')} };` },
      );
      await deployAction(work, { workspaceId, key: 'pinned' }, {});
    });
    const { run: later } = await fire(engine);
    engine.work();
    const commandOf = async (id: string) => {
      const ended = await app.db.prisma.run.findUniqueOrThrow({ where: { id } });
      return chainOutputOf(ended, ended.output)?.commands[0]?.arguments[0];
    };
    await vi.waitFor(async () => expect([await commandOf(run.id), await commandOf(later.id)]).toEqual(['first', 'second']), soon);
  });
});

import { type ExecutionResult, parse, subscribe } from 'graphql';
import { expect, test } from 'vitest';
import { newId } from '#platform/ids';
import type { Viewer } from '#domain/tenant/viewer';
import { buildSchema } from '#schema/index';
import { encodeId } from '#schema/node';
import { testEngine } from '#test/support/engine';
import { flowGraph } from '#test/support/flow-graph';
import { seedWorkspace } from '#test/support/tenancy';

const document = parse('subscription ($id: ID!) { approvalUpdated(id: $id) { status title reviewedBy comment stepPath } }');

async function asking() {
  const engine = await testEngine();
  engine.work();
  const { app, workspace } = engine;
  const flows = await flowGraph(engine);
  const schema = buildSchema();
  await flows.flow('asks', { needsApproval: true, steps: [{ kind: 'delay', args: { for: 'PT0S' } }] });
  await flows.flow('expires', { steps: [{ kind: 'approval', id: 'ask', args: { title: 'Ship?', timeout: 'PT2S' } }] });
  return {
    ...flows,
    app,
    workspace,
    reviewer: (await workspace.token('OPERATOR')).viewer,
    /** The open approval of a run that has just been started. */
    asked: async (key: string) => {
      const { approvals } = await flows.waiting(await flows.start(key), 'APPROVAL');
      return encodeId('Approval', approvals[0]?.id ?? '');
    },
    follow: async (viewer: Viewer | null, id: string) => {
      const stream = (await subscribe({
        schema,
        document,
        variableValues: { id },
        contextValue: { app, viewer, requestId: newId(), publicUrl: 'https://millrace.test' },
      })) as AsyncGenerator<ExecutionResult> | ExecutionResult;
      const next = async () => {
        if (!(Symbol.asyncIterator in stream)) return { refused: stream.errors?.[0]?.message };
        const { value, done } = await stream.next();
        if (done === true) return { done };
        const { data, errors } = value;
        expect(errors).toBeUndefined();
        return data?.['approvalUpdated'];
      };
      return next;
    },
  };
}

const approve = 'mutation ($id: ID!) { approveRun(input: { approval: $id, comment: "so be it" }) { __typename } }';

test('an approval is told to those who may read it: that it is asked for, what was decided, that nobody did in time; and to nobody else', async () => {
  const { app, ask, asked, follow, reviewer, workspace } = await asking();
  const id = await asked('asks');
  const stranger = await (await seedWorkspace(app)).token('OWNER');
  expect(await (await follow(stranger.viewer, id))()).toEqual({ refused: `There is no approval with the id ${id}.` });
  expect(await (await follow(null, id))()).toEqual({ refused: expect.stringContaining('Sign in') as string });

  const viewers = [await workspace.token('VIEWER'), await workspace.token('VIEWER')] as const;
  const [next, lost] = [await follow(viewers[0].viewer, id), await follow(viewers[1].viewer, id)];
  const pending = { status: 'PENDING', title: 'asks', reviewedBy: null, comment: '', stepPath: null };
  expect([await next(), await lost()]).toEqual([pending, pending]);
  await app.db.prisma.apiToken.update({ where: { id: viewers[1].tokenId }, data: { revokedAt: new Date() } });
  await expect(lost()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect((await ask(reviewer, approve, { id })).errors).toEqual([]);
  expect(await next()).toEqual({ ...pending, status: 'APPROVED', reviewedBy: 'OPERATOR token', comment: 'so be it' });
  expect([await next(), await lost()]).toEqual([{ done: true }, { done: true }]);

  const late = await follow(reviewer, await asked('expires'));
  expect(await late()).toMatchObject({ status: 'PENDING', title: 'Ship?', stepPath: 'ask' });
  expect(await late()).toMatchObject({ status: 'EXPIRED', reviewedBy: null });
  expect(await late()).toEqual({ done: true });
});

const inbox = parse('subscription { runEvents(filter: { types: [RUN_WAITING, RUN_QUEUED] }) { type run { approvals { status title } } } }');

test('who follows the events of runs sees each approval that is asked for, and that it was decided', async () => {
  const { app, ask, asked, reviewer } = await asking();
  const stream = (await subscribe({
    schema: buildSchema(),
    document: inbox,
    contextValue: { app, viewer: reviewer, requestId: newId(), publicUrl: 'https://millrace.test' },
  })) as AsyncGenerator<ExecutionResult<{ runEvents: { type: string; run: { approvals: { status: string; title: string }[] } } }>>;
  const next = async () => {
    const { data } = (await stream.next()).value as ExecutionResult<{ runEvents: { type: string } }>;
    return data?.runEvents;
  };
  const [waiting, id] = await Promise.all([next(), asked('asks')]);
  expect(waiting).toEqual({ type: 'RUN_WAITING', run: { approvals: [{ status: 'PENDING', title: 'asks' }] } });
  await ask(reviewer, approve, { id });
  expect(await next()).toEqual({ type: 'RUN_QUEUED', run: { approvals: [{ status: 'APPROVED', title: 'asks' }] } });
  await stream.return(undefined);
});

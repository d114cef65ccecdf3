import { expect, test, vi } from 'vitest';
import type { PlanStep } from '#plan/plan';
import { askApproval, readAnswer } from '#domain/run/approval.ask.service';
import { claimRuns } from '#domain/run/run.claim';
import { viewerOf } from '#domain/rule/rule.pass.service';
import { createBuilds } from '#worker/builds';
import { createConnections } from '#worker/connections';
import type { StopReason } from '#worker/holds';
import { createLedger } from '#worker/ledger';
import { createRecorder } from '#worker/recorder';
import { createRedactor } from '#worker/redactor';
import { executeStep } from '#worker/step-runner';
import { createTokens } from '#worker/tokens';
import { createRunWriter } from '#worker/writer';
import type { Sandbox } from '#platform/sandbox/sandbox';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

vi.setConfig({ testTimeout: 60_000 });

/** Executes one step of a claimed run in a worker that is told to stop while the step's transaction commits. */
async function handedOver(kind: PlanStep['kind'], args: PlanStep['args']) {
  const engine = await testEngine();
  const { app } = engine;
  const { flow, start } = await seedFlows(engine);
  const body = { kind: 'transform', id: 'it', args: { mapping: 1 } };
  await flow('child', { steps: [body] });
  await flow('parent', { steps: [body] });
  const id = await start('parent');
  const [run] = await claimRuns(app.db.sql, [id], { owner: app.id, leaseMs: 60_000 });
  if (run === undefined) throw new Error('The run could not be claimed.');
  const controller = new AbortController();
  let reason: StopReason | null = null;
  const hold = { run, signal: controller.signal, reason: () => reason, stop: (why: StopReason) => void (reason ??= why) };
  const writer = createRunWriter(app, new AbortController().signal);
  const recorder = createRecorder(
    run,
    writer,
    () => app.clock.now(),
    () => hold.stop('LOST'),
  );
  const begin = app.db.begin.bind(app.db);
  vi.spyOn(app.db, 'begin').mockImplementation(async (make) => {
    const made = await begin(make);
    reason ??= 'HANDED_OVER';
    controller.abort();
    return made;
  });
  const never = new AbortController().signal;
  const step: PlanStep = {
    id: 'it',
    kind,
    name: 'It',
    args,
    retry: { max: 0, delayMs: 1, backoff: 'FIXED', maxDelayMs: 1, jitter: 0 },
    timeoutMs: null,
    onError: 'FAIL',
  };
  const outcome = await executeStep({
    platform: app,
    sandbox: {} as Sandbox,
    outside: {
      connections: createConnections(app),
      ledger: createLedger(app, never),
      tokens: createTokens(app),
      builds: createBuilds(app.db),
    },
    hold,
    recorder,
    step,
    ordinal: 0,
    input: null,
    earlier: undefined,
    flow: { args: () => args, redactor: createRedactor(), viewer: viewerOf('parent'), now: () => app.clock.now(), grow: () => undefined },
  });
  await recorder.change({ status: 'QUEUED', output: undefined, error: null, wait: null });
  await writer.idle();
  const stored = await app.db.prisma.stepRun.findFirstOrThrow({ where: { runId: id } });
  return { app, id, outcome, stored };
}

test('a worker that is stopped while a step begins to wait leaves the wait to the next one', async () => {
  const { app, id, outcome, stored } = await handedOver('runFlow', { flow: 'child' });
  const child = await app.db.prisma.run.findFirstOrThrow({ where: { parentId: id } });
  expect(outcome).toMatchObject({ kind: 'waits', wait: { kind: 'SUBFLOW', child: child.id } });
  expect(stored).toMatchObject({ status: 'WAITING', wait: { child: child.id } });
});

test('what was decided stays so, whoever asks again', async () => {
  const { app, id, stored } = await handedOver('approval', { title: 'Ship it?' });
  expect(stored).toMatchObject({ status: 'WAITING', wait: { kind: 'APPROVAL' } });
  await app.db.prisma.approval.updateMany({ where: { runId: id }, data: { status: 'APPROVED', reviewedAt: new Date() } });
  const question = { path: 'it', title: 'Again?', message: '', selfReview: false, expiresAt: new Date() };
  expect(await askApproval(app.db.sql, { id }, question)).toBe(false);
  expect(await readAnswer(app.db.sql, id, 'it')).toMatchObject({ status: 'APPROVED' });
});

import { expect, test } from 'vitest';
import type { Sandbox } from '#platform/sandbox/sandbox';
import { SandboxError } from '#platform/sandbox/sandbox-error';
import type { ClaimedRun } from '#domain/run/run.claim';
import type { StepWrite } from '#domain/run/run.write';
import { createBuilds } from '#worker/builds';
import { createConnections } from '#worker/connections';
import { createLedger } from '#worker/ledger';
import { executeStep } from '#worker/step-runner';
import { createTokens } from '#worker/tokens';
import { testEngine } from '#test/support/engine';

test('of an error message without end, the run and the attempt keep the beginning', async () => {
  const { app } = await testEngine();
  const message = `Error: ${'👋'.repeat(5_000)}`;
  const sandbox: Sandbox = {
    ready: Promise.resolve(),
    run: () => Promise.reject(new SandboxError({ code: 'UNCAUGHT', message, line: null, column: null })),
    handle: () => Promise.reject(new Error('A step of an action calls no handler.')),
    close: () => Promise.resolve(),
  };
  const written: StepWrite[] = [];
  const outcome = await executeStep({
    platform: app,
    sandbox,
    outside: {
      connections: createConnections(app),
      ledger: createLedger(app, new AbortController().signal),
      tokens: createTokens(app),
      builds: createBuilds(app.db),
    },
    hold: {
      run: { id: 'run', input: null } as ClaimedRun,
      signal: new AbortController().signal,
      reason: () => null,
      stop: () => undefined,
    },
    recorder: {
      event: () => undefined,
      step: (write) => written.push(write),
      attempt: () => undefined,
      payload: () => undefined,
      change: () => Promise.resolve(null),
      abandon: () => Promise.resolve(null),
      within: () => Promise.resolve(false),
      place: () => ({ runId: 'run', epoch: 1, writes: 0 }),
      know: () => undefined,
      open: () => [],
    },
    step: {
      id: 'main',
      kind: 'code',
      name: 'Main',
      args: { code: 'export default () => 1' },
      retry: { max: 0, delayMs: 1, backoff: 'FIXED', maxDelayMs: 1, jitter: 0 },
      timeoutMs: null,
      onError: 'FAIL',
    },
    ordinal: 0,
    input: null,
    earlier: undefined,
  });
  expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'UNCAUGHT' } });
  const kept = [written.at(-1)?.error?.message, written.at(-1)?.attempts[0]?.error?.message];
  for (const text of kept) {
    expect(text).toMatch(/^Error: 👋👋/);
    expect(text?.length).toBeLessThanOrEqual(2_001);
    expect(text?.isWellFormed()).toBe(true);
  }
});

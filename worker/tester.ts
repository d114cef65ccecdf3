import { createPulse } from '#platform/events/pulse';
import { OutgoingError } from '#platform/http/outgoing';
import { callableUrl } from '#platform/http/redirect';
import { storableText } from '#platform/json';
import type { Platform } from '#platform/platform';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { Json } from '#plan/plan';
import { answerTest, type ClaimedTest, claimTest, forgetTests } from '#domain/code/test.claim';
import type { TestAnswer, TestRequest } from '#domain/code/test.service';
import type { DryRunRequest } from '#domain/run/run.dry.service';
import { hostOf } from '#domain/run/pause.host';
import { pausedHost } from '#domain/run/run.pause';
import type { Calls } from './calls.js';
import { dryRun, refused } from './dry.js';
import { createRedactor, type Redactor } from './redactor.js';
import type { Outside } from './step-runner.js';
import { code } from './steps/code.js';
import { StepError, StepPaused } from './steps/step.js';

/** Runs drafts, and flows that are tried out, for clients who wait for what comes of them. No run, no effect and no event is written. */
export interface Tester {
  /** Ends what is under way. */
  close(): Promise<void>;
}

const pollMs = 1_000;
/** At a time; the sandbox gives its places by turns anyway. */
const mostTests = 4;
const mostLogs = 1_000;
const never = { max: 0, delayMs: 0, backoff: 'FIXED', maxDelayMs: 0, jitter: 0 } as const;

export function createTester(platform: Platform, sandbox: Sandbox, outside: Outside): Tester {
  const { db, log, wake, clock } = platform;
  const ending = new AbortController();
  const running = new Set<Promise<void>>();

  async function answer(test: ClaimedTest): Promise<void> {
    const { request, workspaceId } = test;
    const fault = 'The test failed by a fault of the server.';
    const told = (error: unknown): void => log.error({ err: error, testId: test.id }, 'a test failed by a fault of ours');
    const given =
      'kind' in request
        ? await dryRun({ platform, sandbox, outside, signal: ending.signal }, workspaceId, request as DryRunRequest).catch(
            (error: unknown) => {
              told(error);
              return refused('INTERNAL', fault, 0);
            },
          )
        : await run(test, request).catch((error: unknown): TestAnswer => {
            told(error);
            return { ...nothing, error: { code: 'INTERNAL', message: fault, line: null, column: null } };
          });
    await answerTest(db.sql, test.id, given);
    wake.send('tests', [test.id]);
  }

  async function run({ id, workspaceId, automationId }: ClaimedTest, request: TestRequest): Promise<TestAnswer> {
    const redactor = createRedactor();
    const begun = performance.now();
    const logs: TestAnswer['logs'][number][] = [];
    const calls: TestAnswer['calls'][number][] = [];
    const done = (part: Partial<TestAnswer>): TestAnswer => ({
      ...nothing,
      logs,
      calls,
      durationMs: Math.round(performance.now() - begun),
      ...part,
    });
    try {
      const output = await code.execute({
        runId: id,
        workspaceId,
        automationId,
        path: 'test',
        attempt: 1,
        args: request.args,
        input: request.payload,
        retry: never,
        signal: ending.signal,
        timeoutMs: request.timeoutMs,
        log: (level, message) => {
          if (logs.length < mostLogs)
            logs.push({ level, message: redactor.cut(storableText(message)), afterMs: Math.round(performance.now() - begun) });
        },
        sandbox,
        clock,
        calls: unrecorded(platform, workspaceId, redactor, calls),
        connections: outside.connections,
        tokens: outside.tokens,
        builds: outside.builds,
        link: request.link,
        flow: null,
        redactor,
      });
      return done(request.link === null ? { output: redactor.json(output) } : commanded(redactor.json(output)));
    } catch (error) {
      if (error instanceof StepError || error instanceof StepPaused) return done({ error: failure(error, redactor) });
      throw error;
    }
  }

  async function pass(): Promise<void> {
    await forgetTests(db.sql);
    while (running.size < mostTests && !ending.signal.aborted) {
      const test = await claimTest(db.sql);
      if (test === null) return;
      const one = answer(test)
        .catch((error: unknown) => log.error({ err: error, testId: test.id }, 'a test could not be answered'))
        .finally(() => {
          running.delete(one);
          pulse.poke();
        });
      running.add(one);
    }
  }

  const pulse = createPulse({ name: 'tests', log, work: pass, pauseMs: () => pollMs });
  const unhear = wake.on('tests', (ids) => {
    // With an id it is an answer.
    if (ids.length === 0) pulse.poke();
  });
  pulse.poke();
  return {
    close: async () => {
      unhear();
      await pulse.close();
      ending.abort();
      await Promise.allSettled(running);
    },
  };
}

const nothing: TestAnswer = { output: null, commands: [], logs: [], calls: [], durationMs: 0, error: null };

/** What a handler's step gives: what it commanded, and what it returned. */
function commanded(given: Json): Pick<TestAnswer, 'output' | 'commands'> {
  const { commands, output = null } = given as unknown as { readonly commands: TestAnswer['commands']; readonly output?: Json };
  return { commands, output };
}

function failure(error: StepError | StepPaused, redactor: Redactor): NonNullable<TestAnswer['error']> {
  const message = redactor.cut(storableText(error.message)).slice(0, 2_000).toWellFormed();
  if (error instanceof StepPaused) return { code: 'PAUSED', message, line: null, column: null };
  return { code: error.code, message, line: error.line ?? null, column: error.column ?? null };
}

/** Calls that are really made and of which nothing is written. */
function unrecorded({ db, outgoing }: Platform, workspaceId: string, redactor: Redactor, made: TestAnswer['calls'][number][]): Calls {
  async function assertUnpaused(host: string): Promise<void> {
    const pause = await pausedHost(db.sql, workspaceId, host);
    if (pause !== null) throw new StepPaused(pause.id, host);
  }
  return {
    assertUnpaused: (url) => assertUnpaused(hostOf(callableUrl(url))),
    called: () => made.length > 0,
    send: async (request) => {
      const target = callableUrl(request.url);
      await assertUnpaused(hostOf(target));
      const shown = { method: request.method.toUpperCase().slice(0, 20), url: redactor.text(target.href) };
      try {
        const response = await outgoing.send({ ...request, scope: workspaceId });
        made.push({ ...shown, statusCode: response.status, error: null });
        return response;
      } catch (error) {
        if (error instanceof OutgoingError) made.push({ ...shown, statusCode: null, error: redactor.text(error.message) });
        throw error;
      }
    },
  };
}

import { OutgoingError } from '#platform/http/outgoing';
import { callableUrl } from '#platform/http/redirect';
import type { Sql } from '#platform/db/database';
import type { Platform } from '#platform/platform';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { Json } from '#plan/plan';
import { ConflictError, LimitExceededError } from '#domain/errors';
import { asOneStep, beginDryRun, type DryCall, type DryRunAnswer, type DryRunRequest, readDryEffects } from '#domain/run/run.dry.service';
import { viewerOf } from '#domain/rule/rule.pass.service';
import { hostOf } from '#domain/run/pause.host';
import { pausedHost } from '#domain/run/run.pause';
import type { ClaimedRun } from '#domain/run/run.claim';
import { undone } from '#domain/undone';
import type { PlainWork } from '#domain/work';
import type { Calls } from './calls.js';
import { createShown } from './calls.shown.js';
import { createDryRecorder } from './dry.recorder.js';
import { executeFlow } from './flow.js';
import { createHold } from './holds.js';
import type { RunnerParts } from './runner.js';
import type { CallPlace, StandIn } from './stand-in.js';
import type { Outside } from './step-runner.js';
import { StepPaused } from './steps/step.js';

/** What it does at one go, of the 25 seconds that the transaction may take and that whoever asked waits. */
const mostMs = 20_000;

export interface DryParts {
  readonly platform: Platform;
  readonly sandbox: Sandbox;
  readonly outside: Outside;
  /** Ends it: the worker is stopped. */
  readonly signal: AbortSignal;
}

/** Runs a flow as any run goes, in a transaction that is undone: nothing stays of it. */
export async function dryRun(parts: DryParts, workspaceId: string, request: DryRunRequest): Promise<DryRunAnswer> {
  try {
    return await undone(parts.platform, viewerOf(request.name), (work) => within(parts, workspaceId, request, work));
  } catch (error) {
    if (error instanceof LimitExceededError) return refused('LIMIT_EXCEEDED', error.message, error.limit);
    if (error instanceof ConflictError) return refused('CONFLICT', error.message, 0);
    throw error;
  }
}

async function within(parts: DryParts, workspaceId: string, request: DryRunRequest, work: PlainWork): Promise<DryRunAnswer> {
  const { platform } = parts;
  const run = await beginDryRun(work, workspaceId, request, mostMs * 2);
  const turns = createTurns(work.sql);
  const recorder = createDryRecorder(run, platform.clock.now);
  const hold = createHold(run);
  const timer = setTimeout(() => hold.stop('TIMED_OUT'), mostMs);
  const end = (): void => hold.stop('TIMED_OUT');
  parts.signal.addEventListener('abort', end);
  // Its reads see what its earlier steps have written.
  const seen: Platform = { ...platform, db: { ...platform.db, sql: turns.sql } };
  const dry: RunnerParts = {
    ...notUsed,
    platform: seen,
    sandbox: parts.sandbox,
    outside: parts.outside,
    waiting: () => undefined,
    ends: () => undefined,
  };
  const standIn: StandIn = {
    given: recorder.given,
    calls: (place) => dryCalls(seen, run, place, recorder.called),
    commit: async ({ recorder: told, viewer }, body, commitOf) => {
      const result = await turns.alone(() => asOneStep(work.sql, () => body({ ...work, viewer })));
      const { step, events } = commitOf(result);
      told.step(step);
      for (const { type, stepPath, data } of events) told.event(type, stepPath, data);
      return { result };
    },
  };
  try {
    const deadline = platform.clock.elapsed() + mostMs;
    await executeFlow(dry, { hold, recorder, plan: request.plan, input: request.input, stored: new Map(), deadline, standIn });
  } finally {
    clearTimeout(timer);
    parts.signal.removeEventListener('abort', end);
  }
  // What a statement has made impossible cannot be read any more, and would be told as the failure of a step.
  turns.check();
  return { ...recorder.told(), ...(await readDryEffects(work.sql, run)), refused: null };
}

/** What a run that is not claimed has no use for. */
const notUsed: Pick<RunnerParts, 'holds' | 'plans' | 'writer'> = {
  holds: { add: unused, remove: unused, all: unused, close: unused },
  plans: { get: unused },
  writer: { write: unused, idle: unused },
};

function unused(): never {
  throw new Error('A dry run is in no store.');
}

interface Turns {
  readonly sql: Sql;
  /** Nobody else's statement comes between those of `body`. */
  alone<Result>(body: () => Promise<Result>): Promise<Result>;
  /** Throws what has ended the transaction. */
  check(): void;
}

/** One connection for all steps, of which several may be under way. */
function createTurns(sql: Sql): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let fault: { readonly error: unknown } | null = null;
  const alone: Turns['alone'] = (body) => {
    const turn = last.then(body);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    alone,
    sql: {
      query: (statement, values) =>
        alone(() =>
          sql.query<never>(statement, values).catch((error: unknown) => {
            fault ??= { error };
            throw error;
          }),
        ),
    },
    check: () => {
      if (fault !== null) throw fault.error;
    },
  };
}

const sent: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Calls that only read are made; of others it is told what would be sent, and the answer is empty. */
function dryCalls(
  { db, outgoing, config }: Platform,
  { workspaceId }: ClaimedRun,
  { path, redactor }: CallPlace,
  told: (path: string, call: DryCall) => void,
): Calls {
  const show = createShown(redactor, config.outgoing.storedBytes);
  async function assertUnpaused(host: string): Promise<void> {
    const pause = await pausedHost(db.sql, workspaceId, host);
    if (pause !== null) throw new StepPaused(pause.id, host);
  }
  return {
    assertUnpaused: (url) => assertUnpaused(hostOf(callableUrl(url))),
    called: () => false,
    send: async (request) => {
      const target = callableUrl(request.url);
      await assertUnpaused(hostOf(target));
      const method = request.method.toUpperCase().slice(0, 20);
      const secretHeaders = [...(request.secretHeaders ?? []), ...show.headersWithSecrets(request.headers)];
      const { headers, body } = show.message(request.headers, request.body, secretHeaders);
      const call = { method, url: redactor.text(target.href), headers, body };
      if (!sent.has(method)) {
        const { accepts = () => true } = request;
        const status = [200, 201, 202, 204].find(accepts) ?? Array.from({ length: 500 }, (_, index) => 100 + index).find(accepts) ?? 200;
        told(path, { ...call, sent: false, statusCode: null, error: null });
        return { status, headers: {}, body: Buffer.alloc(0), url: target.href };
      }
      try {
        const response = await outgoing.send({ ...request, secretHeaders, scope: workspaceId });
        told(path, { ...call, sent: true, statusCode: response.status, error: null });
        return response;
      } catch (error) {
        if (error instanceof OutgoingError) told(path, { ...call, sent: true, statusCode: null, error: redactor.text(error.message) });
        throw error;
      }
    },
  };
}

const nothing = {
  stoppedBy: null,
  wait: null,
  output: null as Json,
  error: null,
  steps: [],
  logs: [],
  changes: [],
  suggestions: [],
  deliveries: [],
  runs: [],
};

/** Nothing was found out. */
export function refused(code: NonNullable<DryRunAnswer['refused']>['code'], message: string, limit: number): DryRunAnswer {
  return { status: 'FAILED', ...nothing, refused: { code, message, limit } };
}

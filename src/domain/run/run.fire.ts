import type { Run } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { jsonProblem } from '#platform/json';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { SchemaError, compileSchema } from '#language/json-schema';
import type { Json } from '#plan/plan';
import { ConflictError, type FieldProblem, InvalidInputError, NotFoundError } from '#domain/errors';
import { renewChain } from '#domain/point/chain.service';
import { type Point, chainMs, findPoint } from '#domain/point/point.policy';
import { assertCan } from '#domain/tenant/permission';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Viewer } from '#domain/tenant/viewer';
import { noChain } from './run.outcome.js';
import { readableRuns } from './run.policy.js';
import { resumeRun } from './run.resume.js';
import type { Triggers } from './run.trigger.js';
import { createRunWaits } from './run.wait.js';

export interface FireItem {
  readonly workspaceId: string;
  /** The point's key. */
  readonly triggerPoint: string;
  readonly event: unknown;
  readonly wait: boolean;
  readonly idempotencyKey?: string | undefined;
}

export interface ContinueItem {
  readonly runId: string;
  readonly event: unknown;
  readonly wait: boolean;
}

/** What became of a firing; of one that is waited for, when it is over. */
export interface Fired {
  readonly run: Run;
  /** Whether it was waited for and took too long. */
  readonly timedOut: boolean;
}

/** Fires trigger points: commits before it answers and, where that is wished for, answers when the chain is over. */
export interface Firings {
  /** Rejects with NotFoundError, ForbiddenError, InvalidInputError (`event`, `idempotencyKey`), IdempotencyConflictError or LimitExceededError. */
  fire(viewer: Viewer, item: FireItem): Promise<Fired>;
  /** Goes on after a redirect. Rejects with NotFoundError, ForbiddenError, InvalidInputError (`event`) or ConflictError when the run does not wait for it. */
  continue(viewer: Viewer, item: ContinueItem): Promise<Fired>;
  close(): Promise<void>;
}

/** A chain that ends with its time is still told of. */
const longestMs = chainMs + 2_000;
/** Whoever waits goes first. */
const waitedPriority = 1;

export function createFirings(platform: Platform, triggers: Triggers): Firings {
  const { config, db } = platform;
  const waits = createRunWaits(platform);

  async function compileChain(viewer: Viewer, { workspaceId, triggerPoint }: FireItem): Promise<void> {
    await transact(platform, viewer, (work) => renewChain(work, workspaceId, triggerPoint));
  }

  async function commit(viewer: Viewer, item: FireItem, run: Parameters<Triggers['commit']>[0]): Promise<Run> {
    try {
      return await triggers.commit(run);
    } catch (error) {
      if (!(error instanceof ConflictError && error.state === noChain)) throw error;
      // The first firing of a point that nobody has ever bound.
      await compileChain(viewer, item);
      return triggers.commit(run);
    }
  }

  return {
    fire: async (viewer, item) => {
      const { workspaceId, triggerPoint, wait, idempotencyKey } = item;
      assertCan(viewer, workspaceId, 'automation.trigger');
      const point = await findPoint(db.prisma, workspaceId, triggerPoint);
      if (point === null) throw new NotFoundError(`There is no trigger point "${triggerPoint}".`);
      const id = newId();
      const wanted = {
        id,
        workspaceId,
        automationId: null,
        automationKey: null,
        versionId: null,
        environmentKey: productionKey,
        input: readEvent(item, point, config.run),
        triggerPoint,
        priority: wait ? waitedPriority : null,
        idempotencyKey: idempotencyKey ?? null,
        trigger: 'TRIGGER_POINT',
        actorKind: viewer.actor.kind,
        actorId: viewer.actor.id,
        scheduleId: null,
        retriedFromId: null,
      } as const;
      if (!wait) return { run: await commit(viewer, item, wanted), timedOut: false };
      const own = waits.watchNew(id);
      try {
        const run = await commit(viewer, item, wanted);
        if (run.id === id) return answer(run, await own.settled(longestMs));
        return await attach(run, 0);
      } finally {
        own.end();
      }
    },
    continue: async (viewer, item) => {
      const { runId, wait } = item;
      const found = await db.prisma.run.findFirst({ where: { id: runId, ...readableRuns(viewer) }, select: { workspaceId: true } });
      if (found === null) throw new NotFoundError('No such run.');
      assertCan(viewer, found.workspaceId, 'automation.trigger');
      const problems: FieldProblem[] = [];
      const event = eventText(item.event, config.run, problems) ?? '{}';
      if (problems.length > 0) throw new InvalidInputError(problems);
      const run = await transact(platform, viewer, (work) => resumeRun(work, runId, event));
      return wait ? attach(run, run.sequence) : { run, timedOut: false };
    },
    close: () => {
      waits.close();
      return Promise.resolve();
    },
  };

  /** Waits for a run that is there already. */
  async function attach(run: Run, sequence: number): Promise<Fired> {
    const other = waits.watch(run.id, sequence);
    try {
      return answer(run, await other.settled(longestMs));
    } finally {
      other.end();
    }
  }
}

const answer = (run: Run, settled: Run | null): Fired => ({ run: settled ?? run, timedOut: settled === null });

type Limits = Platform['config']['run'];

/** The event as JSON text. Throws InvalidInputError naming every field at fault. */
function readEvent({ event, idempotencyKey }: FireItem, { eventSchema }: Point, limits: Limits): string {
  const problems: FieldProblem[] = [];
  if (idempotencyKey !== undefined && !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey))
    problems.push({ path: ['idempotencyKey'], message: 'An idempotency key has 1 to 255 printable ASCII characters.', code: 'FORMAT' });
  const text = eventText(event, limits, problems) ?? '{}';
  if (eventSchema !== null && problems.length === 0) problems.push(...schemaProblems(eventSchema, event as Json));
  if (problems.length > 0) throw new InvalidInputError(problems);
  return text;
}

function eventText(event: unknown, { jsonDepth, inputBytes }: Limits, problems: FieldProblem[]): string | null {
  if (event === undefined || event === null) return null;
  const problem = jsonProblem(event, jsonDepth);
  if (problem !== null) {
    problems.push({ path: ['event'], ...problem });
    return null;
  }
  const text = JSON.stringify(event);
  const bytes = Buffer.byteLength(text);
  if (bytes > inputBytes)
    problems.push({ path: ['event'], message: `An event has at most ${inputBytes} bytes; this one has ${bytes}.`, code: 'TOO_LARGE' });
  return text;
}

function schemaProblems(schema: Json, event: Json): FieldProblem[] {
  try {
    return compileSchema(schema)
      .problems(event)
      .map(({ path, message }) => ({ path: ['event', ...path], message: `This ${message}.`, code: 'SCHEMA' }));
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return [{ path: ['event'], message: error.message, code: 'SCHEMA' }];
  }
}

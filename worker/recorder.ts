import type { RunEventType } from '#platform/db/generated/prisma/enums';
import type { Json } from '#plan/plan';
import type { ClaimedRun } from '#domain/run/run.claim';
import type { EventWrite, RunWrite, StepWrite, WrittenRun } from '#domain/run/run.write';
import type { RunWriter } from './writer.js';

/** What a run's end, wait or checkpoint adds to the events and steps recorded so far. */
export type RunChange = Pick<RunWrite, 'status' | 'output' | 'error' | 'wait' | 'stoppedBy' | 'signals'>;

/** What a transaction of a step adds to what was recorded. */
export interface StepCommit {
  readonly step: StepWrite;
  readonly events: readonly EventWrite[];
  /** Whether approvals or events are asked for. */
  readonly asked?: boolean;
}

/**
 * Collects what happens in a run and writes it behind the run's fence. What is recorded is written with the next change of
 * the run, or after 100 ms: a run that is done sooner costs one write, and a watcher of a longer one sees it move.
 */
export interface Recorder {
  event(type: RunEventType, stepPath: string | null, data?: Json): void;
  /** The latest state of a step; earlier unwritten ones of the same path are superseded. */
  step(step: StepWrite): void;
  attempt(number: number): void;
  /** What the steps get in place of the input. */
  payload(value: Json): void;
  /** Writes everything recorded and this change; null: the run is no longer ours. */
  change(change: RunChange): Promise<WrittenRun | null>;
  /**
   * A write in a transaction of its own, between the others: `write` gets what makes it, with all that was recorded, and answers whether it was
   * committed. Nothing that was recorded is lost when it throws. False: the run is no longer ours.
   */
  within(write: (make: (commit: StepCommit) => RunWrite) => Promise<boolean>): Promise<boolean>;
  /** What the next write must find. */
  place(): Pick<RunWrite, 'runId' | 'epoch' | 'writes'>;
  /** Steps of an earlier worker. */
  know(steps: readonly StepWrite[]): void;
  /** The latest state of those steps that are not final. */
  open(): readonly StepWrite[];
  /** Ends the run as failed by a fault of the server, without what was recorded and could not be written. */
  abandon(): Promise<WrittenRun | null>;
}

const collectMs = 100;

const checkpoint: RunChange = { status: 'RUNNING', output: undefined, error: null, wait: null };

export function createRecorder(run: ClaimedRun, writer: RunWriter, now: () => Date, onLost: (error: unknown) => void): Recorder {
  let events: EventWrite[] = [];
  const steps = new Map<string, StepWrite>();
  const open = new Map<string, StepWrite>();
  let attempt = run.attempt;
  let resolvedPayload: Json | undefined;
  let writes = run.writes;
  let timer: NodeJS.Timeout | null = null;
  // Writes of one run follow each other: the fence counts them.
  let last: Promise<WrittenRun | null> = Promise.resolve({ id: run.id, status: 'RUNNING', threadId: null, latencyMs: null });

  function schedule(): void {
    timer ??= setTimeout(() => {
      void change(checkpoint).then((written) => {
        if (written === null) onLost(null);
      }, onLost);
    }, collectMs);
  }

  function change(next: RunChange): Promise<WrittenRun | null> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    last = last.then((before) => {
      if (before === null) return null;
      const write: RunWrite = {
        runId: run.id,
        epoch: run.epoch,
        writes,
        ...next,
        attempt,
        resolvedPayload,
        steps: [...steps.values()],
        events,
      };
      events = [];
      steps.clear();
      resolvedPayload = undefined;
      return writer.write(write).then((written) => {
        writes += 1;
        return written;
      });
    });
    return last;
  }

  function note(step: StepWrite): void {
    if (step.finishedAt === null) open.set(step.path, step);
    else open.delete(step.path);
  }

  function within(write: (make: (commit: StepCommit) => RunWrite) => Promise<boolean>): Promise<boolean> {
    const done = last.then(async (before) => {
      if (before === null) return null;
      let taken: { readonly events: number; readonly steps: readonly StepWrite[]; readonly own: StepWrite } | undefined;
      const committed = await write(({ step, events: more, asked }) => {
        const recorded = [...steps.values()];
        taken = { events: events.length, steps: recorded, own: step };
        return {
          runId: run.id,
          epoch: run.epoch,
          writes,
          ...checkpoint,
          attempt,
          resolvedPayload,
          ...(asked === undefined ? {} : { asked }),
          steps: [...recorded.filter(({ path }) => path !== step.path), step],
          events: [...events, ...more],
        };
      });
      if (!committed || taken === undefined) return null;
      events = events.slice(taken.events);
      for (const step of taken.steps) if (steps.get(step.path) === step) steps.delete(step.path);
      note(taken.own);
      resolvedPayload = undefined;
      writes += 1;
      return before;
    });
    // What throws has written nothing: those that come after go on.
    const before = last;
    last = done.catch(() => before);
    return done.then((written) => written !== null);
  }

  return {
    within,
    place: () => ({ runId: run.id, epoch: run.epoch, writes }),
    know: (known) => {
      for (const step of known) note(step);
    },
    open: () => [...open.values()],
    event: (type, stepPath, data = null) => {
      events.push({ type, at: now(), stepPath, data });
      schedule();
    },
    step: (step) => {
      steps.set(step.path, step);
      note(step);
      schedule();
    },
    attempt: (number) => {
      attempt = number;
    },
    payload: (value) => {
      resolvedPayload = value;
    },
    change,
    abandon: () => {
      events = [];
      steps.clear();
      last = last.catch(() => ({ id: run.id, status: 'RUNNING', threadId: null, latencyMs: null }));
      events.push({ type: 'RUN_FINISHED', at: now(), stepPath: null, data: null });
      return change({
        status: 'FAILED',
        output: undefined,
        error: { code: 'INTERNAL', message: 'The run failed by a fault of the server.', detail: null },
        wait: null,
      });
    },
  };
}

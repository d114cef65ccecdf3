import type { EffectStatus, RunEventType, RunStatus, StepStatus, WaitKind } from '#platform/db/generated/prisma/enums';
import type { StepAttempt } from './run.write.js';

/** What a picture of a run is made of. Rows of the database fit in. */
export interface TimelineInput {
  readonly run: {
    readonly id: string;
    readonly status: RunStatus;
    readonly waitKind: WaitKind | null;
    readonly errorCode: string | null;
    readonly errorMessage: string | null;
    readonly queuedAt: Date;
    readonly startedAt: Date | null;
    readonly finishedAt: Date | null;
  };
  /** Of the automation; null when it is no longer known. */
  readonly name: string | null;
  readonly steps: readonly TimelineStep[];
  /** The oldest first. */
  readonly events: readonly { readonly type: RunEventType; readonly at: Date }[];
  /** The oldest first. */
  readonly effects: readonly TimelineEffect[];
  /** Where what has not ended is cut off. */
  readonly now: Date;
}

export interface TimelineStep {
  readonly path: string;
  readonly name: string;
  readonly kind: string;
  readonly status: StepStatus;
  readonly attempts: readonly StepAttempt[];
}

export interface TimelineEffect {
  readonly stepPath: string;
  readonly method: string;
  readonly host: string;
  readonly status: EffectStatus;
  readonly statusCode: number | null;
  readonly errorCode: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** How a bar looks. */
export type Tone = 'queued' | 'waiting' | 'running' | 'good' | 'bad' | 'late' | 'stopped' | 'lost';

/** A stretch of time, in milliseconds since the run was queued. */
export interface Mark {
  readonly from: number;
  readonly until: number;
  readonly tone: Tone;
  /** What it is, for a person to read. */
  readonly label: string;
  /** The same in a word or two, to stand at the bar; empty: nothing. */
  readonly short: string;
}

export interface Lane {
  readonly name: string;
  readonly note: string;
  readonly tone: Tone;
  /** Attempts, or the states of the run. */
  readonly marks: readonly Mark[];
  readonly calls: readonly Mark[];
}

/** A run as lanes of marks: all that a drawing needs. */
export interface Timeline {
  readonly id: string;
  readonly title: string;
  readonly status: RunStatus;
  readonly tone: Tone;
  /** In milliseconds, at least 1. */
  readonly span: number;
  readonly lanes: readonly Lane[];
  readonly error: string | null;
  /** What was left out, for a person to read; null when nothing was. */
  readonly rest: string | null;
  /** The whole in a few sentences, for who cannot see it. */
  readonly summary: string;
}

/** Lanes and marks of one picture: it stays below 100 kB, and nobody tells more of them apart. */
export const mostLanes = 60;
export const mostMarks = 200;

const toneOfRun = {
  QUEUED: 'queued',
  WAITING: 'waiting',
  RUNNING: 'running',
  SUCCEEDED: 'good',
  PARTIAL: 'late',
  FAILED: 'bad',
  CANCELED: 'stopped',
  TIMED_OUT: 'late',
  DEAD: 'bad',
} as const satisfies Record<RunStatus, Tone>;

const toneOfStep = {
  RUNNING: 'running',
  RETRYING: 'waiting',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  CANCELED: 'stopped',
  TIMED_OUT: 'late',
  SKIPPED: 'stopped',
  WAITING: 'waiting',
} as const satisfies Record<StepStatus, Tone>;

/** What the run does after an event; other events change nothing. */
const stateAfter: Partial<Record<RunEventType, { readonly tone: Tone; readonly label: string }>> = {
  RUN_QUEUED: { tone: 'queued', label: 'Queued' },
  RUN_RECLAIMED: { tone: 'queued', label: 'Queued again, its worker was lost' },
  RUN_WAITING: { tone: 'waiting', label: 'Waiting' },
  RUN_STARTED: { tone: 'running', label: 'Running' },
};

/** Makes the lanes of a run. The same input makes the same lanes. */
export function timelineOf({ run, name, steps, events, effects, now }: TimelineInput): Timeline {
  const begin = run.queuedAt.getTime();
  const end = Math.max((run.finishedAt ?? now).getTime(), begin + 1);
  const span = end - begin;
  // Clocks of workers differ by some milliseconds from the database's.
  const place = (at: Date | string): number => Math.min(Math.max(new Date(at).getTime() - begin, 0), span);
  const stretch = (from: Date | string, until: Date | string | null): { readonly from: number; readonly until: number } => {
    const first = place(from);
    return { from: first, until: until === null ? span : Math.max(place(until), first) };
  };

  let left = mostMarks;
  const take = <Item>(items: readonly Item[]): readonly Item[] => {
    const taken = items.slice(0, left);
    left -= taken.length;
    return taken;
  };

  const states = statesOf(run, events);
  const own: Lane = {
    name: 'Run',
    note: run.status === 'WAITING' && run.waitKind !== null ? `waiting: ${words(run.waitKind)}` : words(run.status),
    tone: toneOfRun[run.status],
    marks: take(states).map(({ from, until, tone, label }) => {
      const mark = stretch(from, until);
      const length = formatSpan(mark.until - mark.from);
      return { ...mark, tone, label: `${label} for ${length}`, short: `${tone} ${length}` };
    }),
    calls: [],
  };
  const shown = steps.slice(0, mostLanes - 1);
  const lanes = shown.map((step): Lane => {
    const calls = effects.filter((effect) => effect.stepPath === step.path);
    return {
      name: step.name,
      note: `${step.kind}, ${words(step.status)}`,
      tone: toneOfStep[step.status],
      marks: take(step.attempts).map((attempt) => {
        const mark = stretch(attempt.startedAt, attempt.finishedAt);
        const short = attempt.error?.code ?? `attempt ${attempt.number}`;
        return { ...mark, tone: toneOfAttempt(attempt), label: labelOfAttempt(attempt, mark.until - mark.from), short };
      }),
      calls: take(calls).map((call) => {
        const mark = stretch(call.startedAt, call.finishedAt);
        return {
          ...mark,
          tone: toneOfCall(call),
          label: `${call.method} ${call.host}: ${outcomeOf(call)}, ${formatSpan(mark.until - mark.from)}`,
          short: '',
        };
      }),
    };
  });

  const drawn = [own, ...lanes];
  const known = new Set(steps.map((step) => step.path));
  const marks =
    states.length +
    steps.reduce((sum, step) => sum + step.attempts.length, 0) +
    effects.filter((effect) => known.has(effect.stepPath)).length;
  const shownMarks = drawn.reduce((sum, lane) => sum + lane.marks.length + lane.calls.length, 0);
  const title = name ?? 'Run';
  const error = run.errorCode === null ? null : `${run.errorCode}: ${run.errorMessage ?? ''}`;
  return {
    id: run.id,
    title,
    status: run.status,
    tone: toneOfRun[run.status],
    span,
    lanes: drawn,
    error,
    rest: restOf(steps.slice(shown.length), marks - shownMarks),
    summary: summaryOf(title, run.status, span, steps, effects.length, error),
  };
}

interface State {
  readonly from: Date;
  readonly until: Date | null;
  readonly tone: Tone;
  readonly label: string;
}

function statesOf(run: TimelineInput['run'], events: TimelineInput['events']): State[] {
  const changes = events.flatMap(({ type, at }) => {
    const state = stateAfter[type];
    return state === undefined ? [] : [{ at, ...state }];
  });
  // Events are kept for a shorter time than runs.
  const told =
    changes.length > 0
      ? changes
      : [
          { at: run.queuedAt, tone: 'queued' as const, label: 'Queued' },
          ...(run.startedAt === null ? [] : [{ at: run.startedAt, tone: 'running' as const, label: 'Running' }]),
        ];
  return told.map(({ at, tone, label }, index) => ({ from: at, until: told[index + 1]?.at ?? run.finishedAt, tone, label }));
}

function toneOfAttempt({ finishedAt, error }: StepAttempt): Tone {
  if (finishedAt === null) return 'running';
  if (error === null) return 'good';
  if (error.code === 'WORKER_LOST' || error.code === 'HANDED_OVER') return 'lost';
  if (error.code === 'CANCELED') return 'stopped';
  return error.code === 'TIMEOUT' || error.code === 'TIMED_OUT' ? 'late' : 'bad';
}

function labelOfAttempt({ number, finishedAt, error }: StepAttempt, ms: number): string {
  if (finishedAt === null) return `Attempt ${number}: running for ${formatSpan(ms)}`;
  return error === null
    ? `Attempt ${number}: done in ${formatSpan(ms)}`
    : `Attempt ${number}: ${error.code} after ${formatSpan(ms)}. ${error.message}`;
}

function toneOfCall({ status, finishedAt }: TimelineEffect): Tone {
  if (status === 'INTENDED') return finishedAt === null ? 'running' : 'lost';
  return status === 'SUCCEEDED' ? 'good' : 'bad';
}

function outcomeOf({ status, statusCode, errorCode }: TimelineEffect): string {
  if (statusCode !== null) return String(statusCode);
  return errorCode ?? (status === 'INTENDED' ? 'no outcome is known' : words(status));
}

const words = (constant: string): string => constant.toLowerCase().replaceAll('_', ' ');
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function restOf(steps: readonly TimelineStep[], marks: number): string | null {
  const byStatus = new Map<string, number>();
  for (const { status } of steps) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  const ends = [...byStatus].map(([status, count]) => `${count} ${words(status)}`).join(', ');
  const parts = [
    ...(steps.length === 0 ? [] : [`${counted(steps.length, 'more step')} (${ends})`]),
    ...(marks === 0 ? [] : [`${marks} attempts, calls or states that are not drawn`]),
  ];
  return parts.length === 0 ? null : `and ${parts.join(', ')}`;
}

function summaryOf(
  title: string,
  status: RunStatus,
  span: number,
  steps: readonly TimelineStep[],
  calls: number,
  error: string | null,
): string {
  const most = steps.slice(0, 10).map((step) => `${step.name}: ${words(step.status)} after ${counted(step.attempts.length, 'attempt')}`);
  return [
    `${title}: ${words(status)}, ${formatSpan(span)} from its start in the queue.`,
    ...(most.length === 0 ? [] : [`${counted(steps.length, 'step')}: ${most.join('; ')}.`]),
    ...(calls === 0 ? [] : [`${counted(calls, 'call')} of other servers.`]),
    ...(error === null ? [] : [error]),
  ].join(' ');
}

/** A length of time for a person to read: `12 ms`, `1.5 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`;
  for (const [unit, size, part, below] of units)
    if (ms >= size) {
      const whole = Math.floor(ms / size);
      const rest = Math.floor((ms - whole * size) / below);
      return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${part}`;
    }
  return `${ms} ms`;
}

const units = [
  ['d', 86_400_000, 'h', 3_600_000],
  ['h', 3_600_000, 'min', 60_000],
  ['min', 60_000, 's', 1_000],
] as const;

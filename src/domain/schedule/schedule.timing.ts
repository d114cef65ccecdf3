import { type FieldProblem, InvalidInputError } from '#domain/errors';
import type { TimedRow } from './schedule.time.js';

/** The columns that say when a schedule fires. */
export type Timing = Omit<TimedRow, 'id'>;

/** What a client wants of it: exactly one of `cron`, `interval` (milliseconds) and `at`, or none to keep what is. */
export interface TimingWish {
  readonly cron?: string | null | undefined;
  readonly interval?: number | null | undefined;
  readonly at?: Date | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly startAt?: Date | null | undefined;
  /** null: no end. */
  readonly endAt?: Date | null | undefined;
  /** In milliseconds. */
  readonly jitter?: number | null | undefined;
}

const kinds = ['cron', 'interval', 'at'] as const;

/**
 * The timing that a wish makes of the one before it. Another kind begins anew; the same kind keeps its start.
 * Throws InvalidInputError naming every field at fault.
 */
export function timingOf(wish: TimingWish, before: Timing | null, now: Date): Timing {
  const given = kinds.filter((kind) => wish[kind] != null);
  if (given.length > 1 || (given.length === 0 && before === null)) {
    const message = 'Give exactly one of cron, interval and at.';
    throw new InvalidInputError((given.length === 0 ? kinds : given).map((field) => ({ path: [field], message, code: 'ONE_OF' })));
  }
  const timing = wished(wish, before, now);
  const problems = [...misfits(wish, timing), ...(wish.at != null || before === null ? pastProblems(timing, now) : [])];
  if (problems.length > 0) throw new InvalidInputError(problems);
  return timing;
}

function wished(wish: TimingWish, before: Timing | null, now: Date): Timing {
  const { cron, interval, at } = wish;
  const shared = {
    timeZone: wish.timeZone ?? before?.timeZone ?? 'UTC',
    jitterMs: wish.jitter === undefined ? (before?.jitterMs ?? 0) : (wish.jitter ?? 0),
  };
  const once = at ?? (before?.kind === 'ONCE' && cron == null && interval == null ? before.startAt : null);
  if (once !== null) return { ...shared, kind: 'ONCE', cron: null, intervalMs: null, startAt: once, endAt: null };
  const endAt = wish.endAt === undefined ? (before?.endAt ?? null) : wish.endAt;
  const expression = cron ?? (interval == null ? before?.cron : null) ?? null;
  if (expression !== null) {
    const startAt = wish.startAt ?? (before?.kind === 'CRON' ? before.startAt : now);
    return { ...shared, kind: 'CRON', cron: expression, intervalMs: null, startAt, endAt };
  }
  const intervalMs = interval == null ? (before?.intervalMs ?? 0n) : BigInt(interval);
  const startAt = wish.startAt ?? (before?.kind === 'INTERVAL' ? before.startAt : new Date(now.getTime() + Number(intervalMs)));
  return { ...shared, kind: 'INTERVAL', cron: null, intervalMs, startAt, endAt };
}

function misfits({ startAt, endAt }: TimingWish, timing: Timing): FieldProblem[] {
  if (timing.kind === 'ONCE') {
    const message = 'A schedule that fires once has neither start nor end: it has `at`.';
    return Object.entries({ startAt, endAt }).flatMap(([field, value]) =>
      value == null ? [] : [{ path: [field], message, code: 'NOT_APPLICABLE' }],
    );
  }
  const problems: FieldProblem[] = [];
  if (timing.endAt !== null && timing.endAt.getTime() < timing.startAt.getTime())
    problems.push({ path: ['endAt'], message: 'The end is before the start.', code: 'OUT_OF_RANGE' });
  if (timing.intervalMs !== null && timing.jitterMs >= Number(timing.intervalMs))
    problems.push({ path: ['jitter'], message: 'The jitter must be shorter than the interval.', code: 'OUT_OF_RANGE' });
  return problems;
}

/** What keeps a schedule from being enabled: a moment that is over. */
export function pastProblems({ kind, startAt }: Pick<Timing, 'kind' | 'startAt'>, now: Date): FieldProblem[] {
  if (kind !== 'ONCE' || startAt.getTime() > now.getTime()) return [];
  return [{ path: ['at'], message: 'This moment is over.', code: 'IN_THE_PAST' }];
}

/** Whether one timing fires at other times than another. A time zone matters to cron only. */
export function differs(a: Timing, b: Timing): boolean {
  return (
    a.kind !== b.kind ||
    a.cron !== b.cron ||
    a.intervalMs !== b.intervalMs ||
    a.jitterMs !== b.jitterMs ||
    a.startAt.getTime() !== b.startAt.getTime() ||
    a.endAt?.getTime() !== b.endAt?.getTime() ||
    (a.kind === 'CRON' && a.timeZone !== b.timeZone)
  );
}

/** Whether a schedule disabled itself: it had one moment, and that is over. */
export function isSpent({ kind, startAt, enabled }: Pick<Timing, 'kind' | 'startAt'> & { readonly enabled: boolean }, now: Date): boolean {
  return kind === 'ONCE' && !enabled && startAt.getTime() <= now.getTime();
}

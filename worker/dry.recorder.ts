import type { Json } from '#plan/plan';
import type { DryCall, DryRunAnswer, DryStep } from '#domain/run/run.dry.service';
import { reasonOf } from '#domain/flow/flow.evaluate';
import type { ClaimedRun } from '#domain/run/run.claim';
import { isFinal } from '#domain/run/run.status';
import type { EventWrite, StepWrite } from '#domain/run/run.write';
import { isObject } from './chain.commands.js';
import type { RunChange, Recorder } from './recorder.js';

const mostLogs = 1_000;

export interface DryRecorder extends Recorder {
  given(path: string, args: Json): void;
  called(path: string, call: DryCall): void;
  told(): Omit<DryRunAnswer, 'changes' | 'suggestions' | 'deliveries' | 'runs' | 'refused'>;
}

/** Keeps what happens in a run that is written nowhere. */
export function createDryRecorder(run: ClaimedRun, now: () => Date): DryRecorder {
  const steps = new Map<string, StepWrite>();
  const events: EventWrite[] = [];
  const args = new Map<string, Json>();
  const calls = new Map<string, DryCall[]>();
  let end: RunChange | null = null;

  function conditionOf(path: string): DryStep['failed'] {
    const skipped = events.find(
      ({ type, stepPath, data }) => type === 'STEP_FINISHED' && stepPath === path && isObject(data) && data['condition'] != null,
    );
    const condition = isObject(skipped?.data) ? skipped.data['condition'] : null;
    // Written by the interpreter, in this form.
    return isObject(condition) ? reasonOf(condition as unknown as Parameters<typeof reasonOf>[0]) : null;
  }

  const stepOf = ({ path, kind, name, status, output, error }: StepWrite): DryStep => ({
    path,
    kind,
    name,
    status,
    failed: status === 'SKIPPED' ? conditionOf(path) : null,
    args: args.get(path) ?? null,
    output: output ?? null,
    error: error === null ? null : { code: error.code, message: error.message },
    calls: calls.get(path) ?? [],
  });

  return {
    event: (type, stepPath, data = null) => void events.push({ type, at: now(), stepPath, data }),
    step: (step) => void steps.set(step.path, step),
    attempt: () => undefined,
    payload: () => undefined,
    change: (change) => {
      if (change.status !== 'RUNNING') end = change;
      return Promise.resolve({ id: run.id, status: change.status, threadId: null, latencyMs: null });
    },
    within: () => Promise.reject(new Error('A dry run is in no store.')),
    place: () => ({ runId: run.id, epoch: run.epoch, writes: run.writes }),
    know: () => undefined,
    open: () => [...steps.values()].filter(({ finishedAt }) => finishedAt === null),
    abandon: () => Promise.reject(new Error('A dry run is in no store.')),
    given: (path, value) => void args.set(path, value),
    called: (path, call) => {
      const own = calls.get(path) ?? [];
      if (own.length < mostLogs) own.push(call);
      calls.set(path, own);
    },
    told: () => {
      const status = end?.status ?? 'FAILED';
      const waiting = [...steps.values()].find((step) => step.status === 'WAITING' || step.status === 'RETRYING');
      const { wait = null, error = null, output = null, stoppedBy = null } = end ?? {};
      return {
        status: isFinal(status) ? status : 'WAITING',
        stoppedBy,
        wait: wait === null ? null : { kind: wait.kind, path: waiting?.path ?? null, ms: wait.ms, detail: wait.detail },
        output,
        error,
        steps: [...steps.values()].sort((a, b) => a.ordinal - b.ordinal || (a.path < b.path ? -1 : 1)).map(stepOf),
        logs: events
          .flatMap(({ type, stepPath, data }) => (type === 'LOG' && isObject(data) ? [logOf(stepPath, data)] : []))
          .slice(0, mostLogs),
      };
    },
  };
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const logOf = (step: string | null, { level, message }: { readonly [name: string]: Json }): DryRunAnswer['logs'][number] => ({
  step,
  level: textOf(level),
  message: textOf(message),
});

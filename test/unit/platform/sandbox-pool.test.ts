import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPool, type Job } from '#platform/sandbox/pool';
import type { SandboxProcess } from '#platform/sandbox/sandbox-process';
import { createLog } from '#platform/telemetry/log';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Made {
  readonly process: SandboxProcess;
  end(): void;
}

function pool() {
  const made: Made[] = [];
  const start = (): SandboxProcess => {
    let alive = true;
    let leave: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (leave = resolve));
    const end = () => {
      alive = false;
      leave();
    };
    const process: SandboxProcess = {
      // Its processor time stands still while timers are not real: it waits and does not compute.
      pid: globalThis.process.pid,
      isAlive: () => alive,
      ready: Promise.resolve(),
      gone,
      call: () => Promise.reject(new Error('Calls are made up here.')),
      bearWith: () => undefined,
      kill: end,
    };
    made.push({ process, end });
    return process;
  };
  return { made, alive: () => made.filter(({ process }) => process.isAlive()), ...usePool(start) };
}

function usePool(start: () => SandboxProcess) {
  const limits = { memoryBytes: 1, outputBytes: 1, consoleBytes: 1 };
  const created = createPool({ processes: 3, spares: 3, log: createLog('silent', {}) }, limits, start);
  let number = 0;
  /** A call of an author of its own that goes on until it is ended. */
  function call() {
    number += 1;
    let end: () => void = () => undefined;
    const seen = { process: null as SandboxProcess | null, end: () => end() };
    const job: Job = {
      owner: { tenant: `tenant ${number}`, name: 'code' },
      start: (process) => {
        seen.process = process;
        return new Promise((resolve) => (end = () => resolve(1)));
      },
      refuse: () => undefined,
    };
    created.add(job);
    return seen;
  }
  return { created, call };
}

it('has processes for a call after those that were too many have gone, and others in their place had ended before', async () => {
  const { alive, call } = pool();
  await vi.advanceTimersByTimeAsync(10);
  const calls = Array.from({ length: 6 }, call);
  // Those that are held long are made up for by spares.
  await vi.advanceTimersByTimeAsync(2_000);
  expect(alive()).toHaveLength(6);
  for (const { end } of calls) {
    end();
    await vi.advanceTimersByTimeAsync(1);
  }
  // The first three are those that would have stayed.
  const first = calls.slice(0, 3).map(({ process }) => process);
  for (const one of alive()) if (first.includes(one.process)) one.end();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(alive()).toHaveLength(3);
  const late = call();
  await vi.advanceTimersByTimeAsync(10);
  expect(late.process?.isAlive()).toBe(true);
});

it('starts no more processes for being asked often, where none can be started', async () => {
  let started = 0;
  const { call } = usePool(() => {
    started += 1;
    const gone = Promise.resolve();
    const ready = Promise.reject(new Error('It ended while it started.'));
    ready.catch(() => undefined);
    return {
      pid: undefined,
      isAlive: () => false,
      ready,
      gone,
      call: () => Promise.reject(new Error('There is nobody.')),
      bearWith: () => undefined,
      kill: () => undefined,
    };
  });
  for (let asked = 0; asked < 90; asked += 1) {
    call();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(started).toBe(3);
  await vi.advanceTimersByTimeAsync(200);
  expect(started).toBeGreaterThan(3);
});

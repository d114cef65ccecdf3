import { clipped, failureOf, Interrupted, moduleName, nowhere, outOfMemory, placeIn, timedOut } from './failure.js';
import { createMachine, loadEngine, type Machine } from './machine.js';
import {
  type AnswerMessage,
  type ConsoleLine,
  consoleLevels,
  type Failure,
  fetchLimits,
  type FetchMessage,
  type GuestLimits,
  type HandleMessage,
  type Outcome,
  type RunMessage,
} from './messages.js';

export interface Guest {
  /** One call at a time. `tell` takes console lines and calls while the code runs; lines of the end come with the outcome. */
  run(message: RunMessage | HandleMessage, tell: Tell): Promise<GuestOutcome>;
  /** What came of a call that the code made; dropped when the code that made it is gone. */
  answer(message: AnswerMessage): void;
  /** Ends the running call at its next await. */
  cancel(): void;
}

export interface Tell {
  lines(lines: readonly ConsoleLine[]): void;
  fetch(message: FetchMessage): void;
}

export interface GuestOutcome extends Outcome {
  /** That nobody was told of yet. */
  readonly lines: readonly ConsoleLine[];
}

/** One call, as the host functions see it. */
interface Call {
  /** By `performance.now()`. Later when the process had no processor, but never after `latest`. */
  deadline: number;
  readonly latest: number;
  readonly run: number;
  readonly tell: Tell;
  /** Calls made so far. */
  calls: number;
  readonly underWay: Set<number>;
  answers: AnswerMessage[];
  lines: ConsoleLine[];
  flushedAt: number;
  consoleBytes: number;
  settled: Settled | null;
  /** The machine was interrupted: whatever came of the call, it is over and the machine is spoiled. */
  interrupted: boolean;
}

interface Settled {
  readonly kind: string;
  readonly text: string;
  readonly stack: string;
  readonly commands: string;
}

/** A process that wakes up so much too late had no processor: that time is not the code's. Less is how timers are. */
const starvedMs = 50;
/** How long console lines may wait for company, in milliseconds. */
const flushMs = 50;
const flushLines = 100;
/** What a console line costs beside its text, so that empty lines are bounded too. */
const lineBytes = 32;

/** Runs user code in this process, one call after another, each on a machine that knows nothing of the earlier ones. */
export async function createGuest(limits: GuestLimits): Promise<Guest> {
  const engine = loadEngine();
  let call: Call | null = null;
  let cancel: (() => void) | null = null;
  let wake: (() => void) | null = null;

  const newMachine = () =>
    createMachine(engine, limits, {
      settle(kind, text, stack, commands) {
        if (call !== null) call.settled ??= { kind, text, stack, commands };
      },
      log(level, text) {
        return call !== null && log(call, level, text);
      },
      fetch(method, url, headers, body) {
        if (call === null || call.calls >= fetchLimits.calls) return -1;
        if (call.underWay.size >= fetchLimits.atOnce) return -2;
        call.calls += 1;
        call.underWay.add(call.calls);
        call.tell.fetch({ type: 'fetch', run: call.run, id: call.calls, method, url, headers, body });
        return call.calls;
      },
      tick() {
        if (call === null) return;
        const now = performance.now();
        if (now > call.deadline) {
          call.interrupted = true;
          throw new Interrupted();
        }
        if (call.lines.length > 0 && now - call.flushedAt > flushMs) flush(call);
      },
    });

  let machine: Machine | null = await newMachine();
  await warmUp();

  return {
    run,
    answer: (message) => {
      if (message.run !== call?.run || !call.underWay.delete(message.id)) return;
      call.answers.push(message);
      wake?.();
    },
    cancel: () => cancel?.(),
  };

  async function run(message: RunMessage | HandleMessage, tell: Tell): Promise<GuestOutcome> {
    const used = machine ?? (await newMachine());
    machine = null;
    const before = process.cpuUsage();
    const now = performance.now();
    const current: Call = {
      deadline: now + message.timeoutMs,
      latest: now + 2 * message.timeoutMs,
      run: message.run,
      tell,
      calls: 0,
      underWay: new Set(),
      answers: [],
      lines: [],
      flushedAt: now,
      consoleBytes: limits.consoleBytes,
      settled: null,
      interrupted: false,
    };
    call = current;
    let failure: Failure | null;
    // The library keeps a handle of every exception that left the engine, so a machine that threw is replaced too.
    let intact = true;
    try {
      failure = await execute(used, message, current);
    } catch (error) {
      failure = failureOf(error, message.timeoutMs, limits.memoryBytes);
      intact = false;
    } finally {
      call = null;
      cancel = null;
      wake = null;
    }
    if (current.interrupted) failure = timedOut(message.timeoutMs);
    else if (intact && used.reset()) machine = used;
    const { user, system } = process.cpuUsage(before);
    const settled = failure === null ? current.settled : null;
    const { text: output = null, commands = '' } = settled ?? {};
    return { output, commands, failure, cpuMs: (user + system) / 1_000, lines: current.lines };
  }

  async function execute(used: Machine, message: RunMessage | HandleMessage, current: Call): Promise<Failure | null> {
    if (message.type === 'run') used.run(message.code, moduleName, message.input, message.context);
    else used.handle(message.code, moduleName, message);
    while (current.settled === null) {
      const waitMs = used.wait();
      const called = current.underWay.size + current.answers.length > 0;
      // Without memory the prelude cannot even tell that it has none.
      if (waitMs < 0 && !called) return used.memoryUsed() > limits.memoryBytes * 0.9 ? outOfMemory(limits.memoryBytes) : stuck;
      flush(current);
      const untilMs = current.answers.length > 0 ? 0 : waitMs < 0 ? Infinity : waitMs;
      const dueAt = performance.now() + untilMs;
      const canceled = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(
          () => {
            resolve(false);
          },
          Math.min(untilMs, Math.max(0, current.deadline - performance.now())),
        );
        wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
        cancel = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      if (canceled) return { code: 'CANCELED', message: 'The run was canceled.', ...nowhere };
      const lateMs = performance.now() - Math.min(dueAt, current.deadline);
      if (lateMs > starvedMs && dueAt < current.deadline) current.deadline = Math.min(current.deadline + lateMs, current.latest);
      if (performance.now() >= current.deadline) throw new Interrupted();
      for (const { id, head, body } of current.answers.splice(0)) used.answer(id, head, body);
      used.fire();
    }
    return failureIn(current.settled);
  }

  function failureIn({ kind, text, stack, commands }: Settled): Failure | null {
    const place = placeIn(stack);
    switch (kind) {
      case 'OUTPUT':
        if (Buffer.byteLength(text) > limits.outputBytes) return tooLarge('output is');
        return Buffer.byteLength(commands) > limits.outputBytes ? tooLarge('commands are') : null;
      case 'TOO_LARGE':
        return tooLarge('output is');
      case 'TOO_MANY':
        return { code: 'OUTPUT_TOO_LARGE', message: clipped(text), ...nowhere };
      case 'MEMORY':
        return { ...outOfMemory(limits.memoryBytes), ...place };
      case 'SYNTAX':
      case 'OUTPUT_NOT_JSON':
        return { code: kind, message: clipped(text), ...place };
      default:
        return { code: 'UNCAUGHT', message: clipped(text), ...place };
    }
  }

  function tooLarge(what: string): Failure {
    return { code: 'OUTPUT_TOO_LARGE', message: `The ${what} larger than ${String(limits.outputBytes)} bytes of JSON.`, ...nowhere };
  }

  /** The first calls are slow until the engine's WASM is optimised. */
  async function warmUp(): Promise<void> {
    const message: RunMessage = {
      type: 'run',
      run: 0,
      code: 'export default async (input) => ({ sum: input.reduce((a, b) => a + b, 0) })',
      input: '[1,2,3]',
      context: '{}',
      timeoutMs: 1_000,
    };
    for (let i = 0; i < 20; i++) await run(message, { lines: () => undefined, fetch: () => undefined });
  }
}

const stuck: Failure = { code: 'UNCAUGHT', message: 'The code awaits a promise that nothing can settle any more.', ...nowhere };

/** False when the limit is reached. */
function log(call: Call, level: string, text: string): boolean {
  if (call.consoleBytes <= 0) return false;
  call.consoleBytes -= Buffer.byteLength(text) + lineBytes;
  const line: ConsoleLine =
    call.consoleBytes > 0
      ? // PostgreSQL keeps neither NUL nor halves of surrogate pairs.
        { level: consoleLevels.find((known) => known === level) ?? 'INFO', message: text.replace(/\0|\p{Surrogate}/gu, '\ufffd') }
      : { level: 'WARN', message: 'The console output is longer than its limit; the rest is not kept.' };
  call.lines.push(line);
  if (call.lines.length >= flushLines || performance.now() - call.flushedAt > flushMs) flush(call);
  return call.consoleBytes > 0;
}

function flush(call: Call): void {
  call.flushedAt = performance.now();
  if (call.lines.length === 0) return;
  call.tell.lines(call.lines);
  call.lines = [];
}
